"""A replay from its options to its end: data, topic, ledger, window."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from contracts import replay_ledger as ledgers
from contracts.clock import now_ms
from contracts.process_exit import UNREACHABLE, Failure
from contracts.replay_ledger import ForeignLedger, Ledger
from contracts.settings import Settings
from contracts.topics import Identity
from kafka_clients import Admin, Batch, KafkaError, NoBroker, ProducerClient, connect_producer
from movielens.rating_blocks import Ratings
from movielens.time_order import Ordered, TooManyRejects
from producer.event_encoder import Encoder, original_clock, wall_clock
from producer.in_flight_window import Window
from producer.open_ratings import ProgressView, opened, refuse_to_go_on
from producer.pace import Pace, at_rate, at_speed, unlimited
from producer.replay import Pacing, replay
from producer.replay_options import Clock, Options
from producer.replay_range import replay_range

CLIENT_ID = "reelstream-producer"


class Unsent(Failure):
    """Kafka did not take everything; says how many rows are missing, and why."""

    where = "REELSTREAM_KAFKA"
    what_to_do = "check Kafka, then continue with --resume"
    code = UNREACHABLE


def send(
    options: Options,
    settings: Settings,
    ledger: Path | None,
    resume: bool,
    stopping: Callable[[], bool],
    progress: ProgressView,
) -> Ledger | None:
    """Replay into Kafka; how far it came, None if there was nothing.

    Args:
        options: what to do.
        settings: where Kafka is, and where ledgers are kept.
        ledger: where this one is kept; None for its usual place.
        resume: whether to go on where this very replay was ended.
        stopping: whether to stop.
        progress: is told how it goes.

    Raises:
        Unsent: if Kafka did not acknowledge everything.
        ForeignLedger, DamagedLedger, LedgerHeld, LedgerNotKept: if the ledger cannot be used.
    """
    with opened(options, progress, stopping) as ratings:
        if ratings is None:
            return None
        first, until = replay_range(ratings, options.first, options.until, options.limit)
        topic, data, clock = settings.topics.ratings, ratings.sha256, options.clock.value
        path = ledger or ledgers.usual_path(settings.state, topic, data, first, until, clock)
        with ledgers.held(path):
            kept = ledgers.read(path) if resume else None
            rows = until - (kept.next if kept else first)
            with _connected(options, settings, rows, stopping) as (identity, sender):
                refuse_to_go_on(stopping)
                fresh = Ledger(data, topic, identity, clock, first, until, first, first)
                begun = resumed(path, kept, fresh) if kept else fresh
                ledgers.write(path, begun)
                return _replay(options, ratings, sender, begun, path, stopping, progress)


def dry_run(options: Options, partitions: int, out: BinaryIO, progress: ProgressView) -> None:
    """Write the same bytes, one event a line."""
    with opened(options, progress, lambda: False) as ratings:
        if ratings is None:
            return
        first, until = replay_range(ratings, options.first, options.until, options.limit)
        records = _encoder(options, ratings, partitions)
        for batch in ratings.between(first, until):
            out.writelines(value + b"\n" for _, value, _ in records(batch))
    out.flush()


def resumed(path: Path, kept: Ledger, fresh: Ledger) -> Ledger:
    """The ledger of an earlier start of this very replay, to go on with.

    Raises:
        ForeignLedger: if it is of another replay.
    """
    for name in ("data", "topic", "identity", "clock", "first", "until"):
        theirs, ours = getattr(kept, name), getattr(fresh, name)
        if theirs != ours:
            raise ForeignLedger(f"{path} belongs to another {name}: {theirs}, not {ours}")
    return msgspec.structs.replace(kept, sent=kept.next)


def _replay(
    options: Options,
    ratings: Ordered,
    sender: ProducerClient,
    begun: Ledger,
    path: Path,
    stopping: Callable[[], bool],
    progress: ProgressView,
) -> Ledger:
    def now(window: Window) -> Ledger:
        refused = begun.refused + window.refused
        return msgspec.structs.replace(begun, next=window.next, sent=window.sent, refused=refused)

    def keep(window: Window) -> None:
        ledgers.write(path, now(window))

    window = Window(sender, begun.topic, begun.next, keep, time.monotonic)
    batches = ratings.between(begun.next, begun.until)
    records = _encoder(options, ratings, begun.identity.partitions)
    tempo = Pacing(_pace(options, ratings, begun.next), time.monotonic, time.sleep)
    replay(
        batches, records, window, tempo, stopping, lambda window: progress.replaying(now(window))
    )
    ended = now(window)
    if window.error is not None:
        what = f"{ended.until - ended.next} of {ended.until - ended.first} rows unacknowledged"
        raise Unsent(f"{what}: {window.error}")
    if ended.next < ended.until and not stopping():
        raise Unsent(f"{ended.until - ended.next} of {ended.until - ended.first} rows unsent")
    if ended.refused > options.max_rejects:
        raise TooManyRejects(f"{ended.refused} rows rejected (too large for Kafka)")
    return ended


@contextmanager
def _connected(
    options: Options, settings: Settings, rows: int, stopping: Callable[[], bool]
) -> Iterator[tuple[Identity, ProducerClient]]:
    """Within, the topic's identity and a producer.

    Raises:
        Unsent: if Kafka does not answer.
        WrongTopic: if there is no such topic.
    """
    try:
        with closing(Admin(settings.kafka)) as admin:
            identity = admin.identity(settings.topics.ratings)
        sender = connect_producer(
            settings.kafka_client, settings.kafka, CLIENT_ID, options.timeout_s
        )
    except (NoBroker, KafkaError) as error:
        refuse_to_go_on(stopping)
        raise Unsent(f"{error}; {rows} rows unsent") from error
    with closing(sender):
        yield identity, sender


def _encoder(options: Options, ratings: Ordered, partitions: int) -> Callable[[Ratings], Batch]:
    instants = original_clock if options.clock is Clock.original else wall_clock(now_ms)
    return Encoder(ratings.sha256, partitions, instants).records


def _pace(options: Options, ratings: Ordered, first: int) -> Pace:
    if options.rate is not None:
        return at_rate(options.rate)
    if options.speed is not None:
        return at_speed(options.speed, ratings.second(first))
    return unlimited
