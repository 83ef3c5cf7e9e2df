"""Where and how the system runs: environment variables with the prefix REELSTREAM_.

Flags say what one run does; no value lives in both. The only reader of the environment, with
`contracts.clean_environment`, which says what of it is handed on.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.clean_environment import made
from contracts.process_exit import USAGE, Failure
from contracts.redis_keys import Keys
from contracts.topics import MAX_PARTITIONS, Topics

_HOST = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.%]+\])"
_PORT = r"(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])"
Bootstrap = Annotated[
    str, StringConstraints(pattern=rf"^{_HOST}:{_PORT}(,{_HOST}:{_PORT}){{0,99}}$")
]
_USERINFO = r"(?:(?:[^\s%/?#@\[\]]|%[0-9A-Fa-f]{2})*@)?"
_REDIS = rf"rediss?://{_USERINFO}{_HOST}(?::{_PORT})?(?:/\d*)?(?:\?[^\s#@]*)?"
_SOCKET = rf"unix://{_USERINFO}/[^\s?#@]+(?:\?[^\s#@]*)?"
REDIS_FORM = "redis://user:password@host:port/0, user and password percent-encoded"


def _redis_url(url: str) -> str:
    if re.fullmatch(f"{_REDIS}|{_SOCKET}", url):
        return url
    raise ValueError(f"use {REDIS_FORM}")


RedisUrl = Annotated[str, AfterValidator(_redis_url)]
SECRET = ("redis_url",)
"""Settings that may hold a password: errors do not show their values."""
KafkaClient = Literal["kafka-python", "confluent-kafka"]
LOOPBACK = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}
"""The loopback address of a server that listens on all addresses."""
SCRATCH = "scratch"
EngineName = Literal["auto", "native", "mllib"]


class Settings(BaseSettings):
    """All settings, built once per process."""

    model_config = SettingsConfigDict(
        env_prefix="REELSTREAM_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    kafka: Bootstrap = Field(
        "127.0.0.1:9092", description="Kafka's bootstrap servers, host:port, comma-separated."
    )
    kafka_client: KafkaClient = Field(
        "kafka-python",
        description="Client library of producer, speed layer and API: `kafka-python`, or "
        "`confluent-kafka` with the extra `fast`.",
    )
    redis_url: RedisUrl = Field(
        "redis://127.0.0.1:6379/0", description="The serving store: Redis 6.2 or newer."
    )
    topic_prefix: str = Field(
        "",
        description="Prefix of all topics, to share a cluster.",
        max_length=100,
        pattern=r"^_?([A-Za-z0-9.-][A-Za-z0-9._-]*)?$",
    )
    key_prefix: str = Field(
        "reelstream:1:", description="Prefix of all Redis keys, to share a Redis."
    )
    partitions: int = Field(
        4,
        ge=1,
        le=MAX_PARTITIONS,
        description="Partitions that `ratings` is created with; an existing topic keeps its own.",
    )
    state: Path = Field(
        Path("state"), description="Folder of event log, checkpoints, models and logs."
    )
    event_log: str | None = Field(
        None,
        description="The event log: a folder or s3://bucket/prefix; in the state folder if unset.",
    )
    data: Path | None = Field(
        None, description="A MovieLens release for `demo` and `up`; downloaded if unset."
    )
    api_host: str = Field("127.0.0.1", description="Address that the API listens on.")
    api_port: int = Field(8000, ge=1, le=65535, description="Port that the API listens on.")
    metrics_host: str = Field("127.0.0.1", description="Address that metrics are served on.")
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="Port of the metrics; not served if unset."
    )
    connector_jars: Path | None = Field(
        None, description="Folder of Spark's Kafka connector; `reelstream jars` fetches it."
    )
    engine: EngineName = Field(
        "auto", description="What trains: `native`, `mllib`, or by the number of ratings: `auto`."
    )
    retrain_events: int = Field(1500, ge=1, description="New events that trigger a retrain.")
    retrain_seconds: int = Field(
        60, ge=1, description="Seconds after which any new events trigger one."
    )
    tracking: str | None = Field(
        None,
        description="MLflow's store of retrains, sqlite:///path; off if unset; extra `track`.",
        pattern=r"^sqlite:///[^?]+$",
    )

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that a process reads these settings from."""
        said = self.model_dump(mode="json", exclude_none=True)
        return {f"REELSTREAM_{name.upper()}": str(value) for name, value in said.items()}

    @property
    def page(self) -> str:
        """Where the API is reached from this machine, without a slash at the end."""
        host = LOOPBACK.get(self.api_host, self.api_host)
        return (
            f"http://[{host}]:{self.api_port}" if ":" in host else f"http://{host}:{self.api_port}"
        )

    @property
    def topics(self) -> Topics:
        """Names of the topics."""
        return Topics(self.topic_prefix)

    @property
    def keys(self) -> Keys:
        """Names of the Redis keys."""
        return Keys(self.key_prefix)

    @property
    def log_address(self) -> str:
        """The event log's folder or address."""
        return self.event_log or str(self.state / "event-log")

    @property
    def catalogue(self) -> Path:
        """The catalogue's file, beside the event log."""
        return self.state / "catalogue.json"

    @property
    def checkpoints(self) -> Path:
        """The folder of Spark's checkpoints."""
        return self.state / "checkpoints"

    @property
    def artefacts(self) -> Path:
        """The folder of model artefacts."""
        return self.state / "models"

    @property
    def scratch(self) -> Path:
        """The folder of temporary files; what a run leaves there, the next one removes."""
        return self.state / SCRATCH

    @property
    def progress(self) -> Path:
        """The start-up checklist that `reelstream demo` writes and the page shows."""
        return self.state / "progress.json"


class BadSettings(Failure):
    """A setting in the environment that cannot be used; names variable and value."""

    where = "settings"
    what_to_do = "correct or unset the variable"
    code = USAGE


def from_environment() -> Settings:
    """The settings of this process.

    Raises:
        BadSettings: naming the variable and what is wrong with it.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "REELSTREAM_" + "_".join(map(str, first["loc"])).upper()
        value = "" if first["loc"][0] in SECRET else f"={first['input']!r}"
        raise BadSettings(f"{name}{value}: {first['msg'].removeprefix('Value error, ')}") from error


def child_environment(changes: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that we start: of our making, with some variables set."""
    return made(os.environ) | dict(changes)


def tell_libraries(variables: Mapping[str, str]) -> None:
    """Set variables that a library reads from the environment and takes no other way."""
    os.environ.update(variables)


def java_home() -> str | None:
    """JAVA_HOME, where it is set."""
    return os.environ.get("JAVA_HOME")


def cache_folder() -> Path:
    """Where downloads are kept between runs: XDG_CACHE_HOME or ~/.cache, below `reelstream`.

    Raises:
        Failure: if neither says where.
    """
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else _home() / ".cache") / "reelstream"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:  # a container's user that no list knows
        what, to_do = "this user has no home folder", "set XDG_CACHE_HOME to a folder for downloads"
        raise Failure(what, "HOME", to_do, USAGE) from error
