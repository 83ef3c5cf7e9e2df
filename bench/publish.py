"""The cost of publishing: `python -m bench.publish`.

Lists of 100 movies for 100,000 users are written to a Redis of its own, the sides in turns:

* By redis-py's `pipeline.set`, a thousand at a time, from keys and values that are ready, and as
  versions are written, from the same.
* The same two from everybody's list in an array, naming and packing included: one list after the
  other, and as versions do it.

Compares the client's processor time in medians of several rounds; reading everything back to
compare it is reported separately. Then four versions are published with all that belongs to one,
activated and pruned, as by the trainer: giving way to everybody else. Redis is looked at meanwhile
(`bench.publish_memory`): its memory beside that of one version, and its slow log; then at how long
the machine pauses a process that does nothing but look at the clock. `--quick` has a tenth of the
users.
"""

import os
import statistics
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Annotated, NamedTuple

import numpy as np
import typer

from bench.benchmark_report import AsJson, Figure, Keep, at_least, report
from bench.cpu_timer import Since
from bench.fixtures import scratch_redis
from bench.publish_memory import memory
from contracts.ranked_lists import ENTRY, UserLists, pack
from contracts.redis_keys import Keys
from redis_store.connection import Client, connect, forget, set_all
from redis_store.versions import BATCH, Batch
from reelstream.local_stack import TRAINER_NICE

USERS, QUICK_USERS = 100_000, 10_000
ROUNDS = 5
PARTITIONS, MOVIES, LENGTH = 4, 10_000, 100
VERSION = 12
AT_MS = 1_763_632_800_000
PIPELINED = 1000
TIMES = 8
"""How many times as fast as `pipeline.set` publishing should be."""
KEYS = Keys("reelstream:1:")


class Columns(NamedTuple):
    """What is known of everybody's list before it is packed; shape (users, LENGTH)."""

    movies: "np.ndarray[tuple[int, int], np.dtype[np.uint32]]"
    scores: "np.ndarray[tuple[int, int], np.dtype[np.float32]]"
    stars: "np.ndarray[tuple[int, int], np.dtype[np.uint8]]"


def main(
    quick: Annotated[bool, typer.Option("--quick", help="A tenth of the users.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Write lists as redis-py does and as versions are, and look at Redis meanwhile."""
    columns = made(QUICK_USERS if quick else USERS)
    with scratch_redis() as (_, url):
        client = connect(url, timeout_s=30)
        rows = speed(client, columns)
        forget(client, KEYS.prefix)
        os.nice(TRAINER_NICE)
        rows += memory(client, KEYS, lists_of(columns))
    report("publish", rows, as_json, keep)


def made(users: int) -> Columns:
    """Lists of nobody in particular."""
    chance = np.random.default_rng(1)
    shape = (users, LENGTH)
    return Columns(
        chance.integers(1, MOVIES, shape, np.uint32),
        -np.sort(-chance.random(shape, np.float32)),
        chance.integers(5, 50, shape, np.uint8),
    )


def lists_of(columns: Columns) -> UserLists:
    """The lists as they are handed to whoever publishes."""
    users = np.arange(1, len(columns.movies) + 1)
    entries = np.empty(columns.movies.shape, ENTRY)
    entries["movie"], entries["score"], entries["stars"] = columns
    return UserLists(
        version=VERSION,
        generated_at_ms=AT_MS,
        partitions=(users % PARTITIONS).astype(np.int32),
        users=users,
        next_offsets=users,
        events_through_ms=users + AT_MS,
        counts=np.full(len(users), LENGTH, np.int32),
        entries=entries,
    )


def speed(client: Client, columns: Columns) -> list[Figure]:
    """Each side a few times, in turns."""
    ready = list(packed(lists_of(columns)))
    pairs = [pair for keys, values in ready for pair in zip(keys, values, strict=True)]
    sides: dict[str, Callable[[], None]] = {
        "pipeline.set": lambda: piped(client, pairs),
        "version": lambda: written(client, ready),
        "pack and pipeline.set": lambda: piped(client, one_by_one(lists_of(columns))),
        "version from arrays": lambda: written(client, packed(lists_of(columns))),
        "read back": lambda: read_back(client, ready),
    }
    us = {name: list[float]() for name in sides}
    for _ in range(ROUNDS):
        for name, side in sides.items():
            began = Since()
            side()
            us[name].append(began.cost(len(pairs)).us)
    return speed_figures(len(pairs), {name: statistics.median(some) for name, some in us.items()})


def speed_figures(count: int, us: dict[str, float]) -> list[Figure]:
    """What each list costs, and how many times as fast versions are written."""
    ready, arrays = us["version"], us["version from arrays"]
    naive = us["pack and pipeline.set"]
    compared = {
        "from arrays, beside pack and pipeline.set": naive / arrays,
        "from arrays, beside pipeline.set of what is ready": us["pipeline.set"] / arrays,
        "from arrays and read back, beside pack and pipeline.set":
            naive / (arrays + us["read back"]),
    }  # fmt: skip
    return [
        Figure("lists", count, "", "", None),
        *(Figure(name, round(cost, 2), "µs a list", "", None) for name, cost in us.items()),
        at_least("beside pipeline.set", round(us["pipeline.set"] / ready, 1), "×", TIMES),
        *(Figure(name, round(times, 1), "×", "", None) for name, times in compared.items()),
    ]


def packed(lists: UserLists) -> Iterator[Batch]:
    """Keys and values by the batch, as a version's are."""
    for rows in lists.alike(BATCH):
        users = lists.users[rows].tolist()
        partition = int(lists.partitions[rows[0]])
        yield KEYS.all_listed(VERSION, partition, users), lists.packed(rows)


def one_by_one(lists: UserLists) -> Iterator[tuple[str, bytes]]:
    """Each list named and packed alone."""
    owners = zip(lists.partitions.tolist(), lists.users.tolist(), strict=True)
    for row, (partition, user) in enumerate(owners):
        yield KEYS.listed(VERSION, partition, user), pack(lists.row(row))


def piped(client: Client, pairs: Iterable[tuple[str | bytes, bytes]]) -> None:
    """As one writes with redis-py."""
    left = iter(pairs)
    while some := list(islice(left, PIPELINED)):
        with client.pipeline(transaction=False) as pipe:
            for key, value in some:
                pipe.set(key, value)
            pipe.execute()


def written(client: Client, batches: Iterable[Batch]) -> None:
    """As a version is."""
    for keys, values in batches:
        set_all(client, keys, values)


def read_back(client: Client, batches: Iterable[Batch]) -> None:
    """As a version is, to compare it."""
    for keys, values in batches:
        if client.mget(keys) != values:
            raise AssertionError("Redis gives back other values")


if __name__ == "__main__":
    typer.run(main)
