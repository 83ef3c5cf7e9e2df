"""Redis's memory while versions are published one after the other, and how long it is busy."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from bench.benchmark_report import Figure, at_most
from bench.cpu_timer import Since
from contracts.artefact import Model
from contracts.hyper_parameters import Parameters
from contracts.ranked_lists import RankedList, UserLists
from contracts.redis_keys import Keys
from contracts.similar_movies import Neighbours
from contracts.version_lists import VersionLists
from harness.eventually import eventually
from redis_store.connection import Client
from redis_store.versions import VersionStore

VERSIONS = 4
MOVIES, RANK, POPULAR, NEIGHBOURS = 10_000, 128, 1000, 50
GENRES = [f"genre {n}" for n in range(19)]
WHILE, AT_REST = 3.2, 2.2
"""At most so many versions' memory."""
KIB = 1024
SLOW_US = 5000
EVERY_S = 0.002
FREED_WITHIN_S = 60
SAMPLED = 1000
"""Lists whose memory is asked for."""


class Moment(NamedTuple):
    """Memory at the most while a version was published, and at rest after it; in bytes."""

    most: int
    rest: int


def memory(client: Client, keys: Keys, lists: UserLists) -> list[Figure]:
    """Publish, activate and prune some versions, and look at Redis."""
    store, model = VersionStore(client, keys), model_of()
    empty = used(client)
    lists_alone = alone(client, store, lists) - empty
    began = Since()
    with slow_log(client) as slow:
        moments = [published(client, store, model, made_of(n, lists)) for n in range(1, VERSIONS)]
    paused_us = pauses(began.cost(1).wall_s)
    one = moments[0].rest - empty
    keys_of_lists = [keys.listed(VERSIONS - 1, *owner) for owner in owners(lists)[:SAMPLED]]
    said = np.mean([client.memory_usage(key, samples=0) for key in keys_of_lists])
    return [
        at_most("a list of 100 movies, value", client.strlen(keys_of_lists[0]), "B", KIB),
        Figure("a list of 100 movies, MEMORY USAGE", round(said), "B", "", None),
        Figure("a list of 100 movies, of used memory", round(lists_alone / len(lists)), "B",
               "", None),
        Figure("one version, memory", round(one / KIB**2, 1), "MiB", "", None),
        at_most("memory while publishing", round((moments[-1].most - empty) / one, 2),
                "versions", WHILE),
        at_most("memory at rest", round((moments[-1].rest - empty) / one, 2), "versions", AT_REST),
        at_most("commands above 5 ms in the slow log", sum(us > SLOW_US for us in slow), "", 0),
        Figure("slowest command", max(slow, default=0) / 1000, "ms", "", None),
        Figure("the machine alone, as long: pauses above 5 ms", len(paused_us), "", "", None),
        Figure("longest pause of the machine", round(max(paused_us, default=0) / 1000, 1), "ms",
               "", None),
    ]  # fmt: skip


def alone(client: Client, store: VersionStore, lists: UserLists) -> int:
    """Memory with a version that has nothing but lists, which is gone afterwards."""
    tiny = model_of(movies=1)
    none = RankedList(0, 0, 0, 0, *(lists.row(0).movies[:0],) * 3)  # type: ignore[arg-type]
    store.publish(tiny, VersionLists(lists.version, lists, none, {}, {}))
    found = used(client)
    store.prune(set())
    freed(client)
    return found


def published(client: Client, store: VersionStore, model: Model, made: VersionLists) -> Moment:
    """Publish as the trainer does; what is no longer kept goes afterwards."""
    with watched(client) as most:
        store.publish(model, made)
        store.activate(made.version, {0: made.version}, made.version, made.version)
        active = store.active()
        store.prune({active.version, active.previous} if active else set())
    freed(client)
    return Moment(most(), used(client))


@contextmanager
def watched(client: Client) -> Iterator[Callable[[], int]]:
    """Within, memory is looked at all the time; afterwards the function tells the most."""
    seen, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(EVERY_S):
            seen.append(used(client))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield lambda: max(seen)
    finally:
        over.set()
        looking.join()


@contextmanager
def slow_log(client: Client) -> Iterator[list[int]]:
    """Within, Redis notes what it did for a millisecond or more; afterwards, how many µs each."""
    client.config_set("slowlog-log-slower-than", 1000)
    client.config_set("slowlog-max-len", 10_000)
    client.slowlog_reset()
    slow: list[int] = []
    yield slow
    slow += [entry["duration"] for entry in client.slowlog_get(10_000)]


def pauses(seconds: float) -> list[float]:
    """Microseconds of the pauses above 5 ms of a loop that only looks at the clock, for so long.

    As `redis-cli --intrinsic-latency` does: no command can be quicker than the machine lets it.
    """
    found: list[float] = []
    before = time.perf_counter()
    until = before + seconds
    while before < until:
        now = time.perf_counter()
        if (took := (now - before) * 1e6) > SLOW_US:
            found.append(took)
        before = now
    return found


def used(client: Client) -> int:
    """Bytes that Redis holds."""
    return int(client.info("memory")["used_memory"])


def freed(client: Client) -> None:
    """Return when nothing is left to be freed in the background."""

    def nothing_is_left() -> bool:
        return not client.info("memory")["lazyfree_pending_objects"]

    eventually(nothing_is_left, FREED_WITHIN_S, "all freed", EVERY_S)


def owners(lists: UserLists) -> list[tuple[int, int]]:
    """Partition and user of each list."""
    return list(zip(lists.partitions.tolist(), lists.users.tolist(), strict=True))


def made_of(version: int, lists: UserLists) -> VersionLists:
    """A version with these lists, and as much else as one of a real data set has."""
    movies = np.arange(MOVIES, dtype=np.uint32)
    popular = RankedList(
        version, 0, 0, 0, movies[:POPULAR], movies[:POPULAR].astype(np.float32),
        movies[:POPULAR].astype(np.uint8),
    )  # fmt: skip
    near = Neighbours(version, movies[:NEIGHBOURS], np.ones(NEIGHBOURS, np.float32))
    similar: Mapping[int, Neighbours] = dict.fromkeys(movies.tolist(), near)
    by_genre = dict.fromkeys(GENRES, popular)
    return VersionLists(version, replace(lists, version=version), popular, by_genre, similar)


def model_of(movies: int = MOVIES) -> Model:
    """A model of zeros."""
    return Model(
        movies=np.arange(movies, dtype=np.int32),
        factors=np.zeros((movies, RANK), np.float32),
        biases=np.zeros(movies, np.float32),
        ratings=np.zeros(movies, np.int32),
        likes=np.zeros(movies, np.int32),
        prior=np.zeros(movies, np.float32),
        mean=7.0,
        parameters=Parameters(rank=RANK),
    )
