"""A Redis that answers, but will not do: what `doctor` and `up` say of each."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from contracts.process_exit import UNREACHABLE, USAGE
from contracts.settings import Settings
from harness.builders import AT_MS
from harness.eventually import eventually
from redis_store.connection import Client
from reelstream import machine_checks
from reelstream.machine_checks import Finding, Level
from reelstream.ports import free_port
from reelstream.status_observer import Observer
from tests.redis_store.redis_servers import client_of, filled, redis_with

pytestmark = pytest.mark.integration

SECRET = "se/cret"
SMALL = ("--maxmemory", "3mb")


class Row(NamedTuple):
    """Options, what stands before the host, and what is said: what, where, exit code."""

    options: tuple[str, ...]
    user: str
    what: str
    where: str
    code: int
    before: Callable[[Client], object] = lambda _: None


def cannot_save(client: Client) -> None:
    """Let a save fail, as on a disk that is full or gone."""
    Path(client.config_get("dir")["dir"]).rmdir()
    client.config_set("save", "3600 1")
    client.bgsave()
    told = partial(client.info, "persistence")
    eventually(lambda: told()["rdb_last_bgsave_status"] == "err", 10, "a save that fails")


ROWS = {
    "cluster": Row(
        ("--cluster-enabled", "yes"), "", "Redis runs in cluster mode", "cluster-enabled", USAGE
    ),
    "replica": Row(
        ("--replicaof", "127.0.0.1", str(free_port())),
        "",
        "Redis is a replica of 127.0.0.1",
        "replicaof",
        UNREACHABLE,
    ),
    "full": Row(SMALL, "", "Redis is full", "maxmemory", UNREACHABLE, filled),
    "disk": Row(
        (),
        "",
        "Redis rejects writes because it cannot save them",
        "appendonly, save, min-replicas-to-write",
        UNREACHABLE,
        cannot_save,
    ),
    "no replicas": Row(
        ("--min-replicas-to-write", "1"),
        "",
        "Redis rejects writes because it has too few replicas",
        "appendonly, save, min-replicas-to-write",
        UNREACHABLE,
    ),
    "no password": Row(
        ("--requirepass", SECRET), "", "Redis requires a password", "REELSTREAM_REDIS_URL", USAGE
    ),
    "wrong password": Row(
        ("--requirepass", SECRET),
        ":other@",
        "Redis rejects the password",
        "REELSTREAM_REDIS_URL",
        USAGE,
    ),
    "nobody": Row((), "nobody:no@", "Redis rejects the password", "REELSTREAM_REDIS_URL", USAGE),
    "no INFO": Row(
        ("--user", "me", "on", ">pw", "~*", "+@all", "-info"),
        "me:pw@",
        "Redis denies permission",
        "ACL",
        USAGE,
    ),
    "no writes": Row(
        ("--user", "me", "on", ">pw", "~*", "+@all", "-@write"),
        "me:pw@",
        "Redis denies permission",
        "ACL",
        USAGE,
    ),
    "other keys": Row(
        ("--user", "me", "on", ">pw", "~theirs:*", "+@all"),
        "me:pw@",
        "Redis denies permission",
        "ACL",
        USAGE,
    ),
}


def found(port: int, user: str = "") -> Finding:
    return machine_checks.redis(Settings(redis_url=f"redis://{user}127.0.0.1:{port}/0"))


@pytest.mark.parametrize("name", ROWS)
def test_a_redis_that_will_not_do_is_a_problem_that_names_its_setting(
    name: str, tmp_path: Path
) -> None:
    row = ROWS[name]
    with redis_with(tmp_path, *row.options) as port:
        row.before(client_of(port))

        said = found(port, row.user)

    assert (said.level, said.found, said.where, said.code) == (
        Level.problem,
        row.what,
        row.where,
        row.code,
    )
    assert said.to_do


@pytest.mark.parametrize(
    ("options", "user"),
    [
        ((), ""),
        (SMALL, ""),
        (("--maxmemory-policy", "allkeys-lru"), ""),
        (("--requirepass", SECRET), ":se%2Fcret@"),
        (
            ("--user", "me", "on", ">pw", "~reelstream:1:*", "+@all", "-@dangerous", "+info"),
            "me:pw@",
        ),
    ],
)
def test_a_redis_that_will_do_is_fine_and_nothing_is_left_in_it(
    options: tuple[str, ...], user: str, tmp_path: Path
) -> None:
    with redis_with(tmp_path, *options) as port:
        said = found(port, user)

        assert said.level is Level.fine
        assert client_of(port, user).dbsize() == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (SMALL, "Redis is full (maxmemory): "),
        ((*SMALL, "--maxmemory-policy", "allkeys-lru"), "Redis evicts keys (maxmemory-policy"),
        (("--requirepass", SECRET), "Redis requires a password (REELSTREAM_REDIS_URL): "),
    ],
)
def test_status_names_it(options: tuple[str, ...], said: str, tmp_path: Path) -> None:
    with redis_with(tmp_path, *options) as port:
        if options == SMALL:
            filled(client_of(port))
        settings = Settings(
            redis_url=f"redis://127.0.0.1:{port}/0",
            kafka=f"127.0.0.1:{free_port()}",
            api_port=free_port(),
            state=tmp_path,
        )

        wrong = Observer(settings, [], AT_MS).status().wrong

    assert len([one for one in wrong if one.startswith(said)]) == 1


def test_a_redis_that_throws_keys_away_is_worth_a_note(tmp_path: Path) -> None:
    with redis_with(tmp_path, *SMALL, "--maxmemory-policy", "allkeys-lru") as port:
        said = found(port)

    assert (said.level, said.where) == (Level.note, "maxmemory-policy")
    assert "allkeys-lru" in said.found
