"""Where and how the system runs: environment variables with the prefix REELSTREAM_.

Flags say what one run does; no value lives in both. The only reader of the environment.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.keys import Keys
from contracts.topics import Topics

_HOST = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.%]+\])"
_PORT = r"(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])"
Bootstrap = Annotated[
    str, StringConstraints(pattern=rf"^{_HOST}:{_PORT}(,{_HOST}:{_PORT}){{0,99}}$")
]
KafkaClient = Literal["kafka-python", "confluent-kafka"]
EngineName = Literal["auto", "native", "mllib"]


class Settings(BaseSettings):
    """All settings, built once per process."""

    model_config = SettingsConfigDict(env_prefix="REELSTREAM_", frozen=True, extra="ignore")

    kafka: Bootstrap = Field("127.0.0.1:9092", description="Kafka's bootstrap servers.")
    kafka_client: KafkaClient = Field(
        "kafka-python", description="The library that producer and speed layer use."
    )
    redis_url: str = Field("redis://127.0.0.1:6379/0", description="The serving store.")
    topic_prefix: str = Field(
        "",
        description="Prefix of all topics.",
        max_length=100,
        pattern=r"^_?([A-Za-z0-9.-][A-Za-z0-9._-]*)?$",
    )
    key_prefix: str = Field("reelstream:1:", description="Prefix of all Redis keys.")
    partitions: int = Field(4, ge=1, le=1000, description="Partitions of `ratings`, for its life.")
    state: Path = Field(Path("state"), description="Folder of logs, checkpoints and artefacts.")
    event_log: str | None = Field(
        None, description="The event log: a folder or s3://bucket/prefix, if not in the state."
    )
    data: Path | None = Field(None, description="A MovieLens release.")
    api_host: str = Field("127.0.0.1", description="Address that the API binds.")
    api_port: int = Field(8000, ge=1, le=65535, description="Port that the API binds.")
    metrics_host: str = Field("127.0.0.1", description="Address that metrics are served at.")
    metrics_port: int | None = Field(None, ge=1, le=65535, description="Its port; none, no server.")
    connector_jars: Path | None = Field(None, description="Folder of Spark's Kafka connector.")
    engine: EngineName = Field("auto", description="What trains: native, mllib, or by size: auto.")
    retrain_events: int = Field(1500, ge=1, description="New events that ask for a retrain.")
    retrain_seconds: int = Field(60, ge=1, description="Time after which new events ask for one.")
    tracking: str | None = Field(
        None,
        description="Where MLflow keeps retrains: sqlite:///path; none, no MLflow.",
        pattern=r"^sqlite:///[^?]+$",
    )

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that a process reads these settings from."""
        said = self.model_dump(mode="json", exclude_none=True)
        return {f"REELSTREAM_{name.upper()}": str(value) for name, value in said.items()}

    @property
    def topics(self) -> Topics:
        """Names of the topics."""
        return Topics(self.topic_prefix)

    @property
    def keys(self) -> Keys:
        """Names of the Redis keys."""
        return Keys(self.key_prefix)

    @property
    def log_place(self) -> str:
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
    def progress(self) -> Path:
        """The start-up checklist that `reelstream demo` writes and the page shows."""
        return self.state / "progress.json"


class BadSettings(ValueError):
    """A setting in the environment that cannot be used; names variable and value."""


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
        raise BadSettings(f"{name}={first['input']!r}: {first['msg']}") from error


def child_environment(changes: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with some variables set, for a process that it starts."""
    return dict(os.environ) | dict(changes)


def tell_libraries(variables: Mapping[str, str]) -> None:
    """Set variables that a library reads from the environment and takes no other way."""
    os.environ.update(variables)


def java_home() -> str | None:
    """JAVA_HOME, where it is set."""
    return os.environ.get("JAVA_HOME")


def cache_folder() -> Path:
    """Where downloads are kept between runs: XDG_CACHE_HOME or ~/.cache, below `reelstream`."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "reelstream"
