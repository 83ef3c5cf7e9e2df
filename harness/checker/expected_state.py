"""What must be so: the state that follows from the records alone."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from harness.checker.event_validity import Valid, event_of
from harness.checker.state_types import (
    DISMISSED,
    RETRACTED,
    Bucket,
    History,
    LogRow,
    Position,
    State,
)
from harness.checker.topic_dump import Row

HOUR_MS = 3_600_000
GRAINS = {"minute": 60, "hour": 3600, "day": 86_400}


class GapInTopic(ValueError):
    """A dump that leaves an offset out proves nothing."""


def truth_of(rows: Sequence[Row], partitions: int, genres: Mapping[int, Sequence[str]]) -> State:
    """The state that these records must lead to.

    Args:
        rows: the whole topic.
        partitions: how many it has.
        genres: of each movie.
    """
    truth = State()
    for partition in range(partitions):
        mine = sorted((row for row in rows if row.partition == partition), key=lambda r: r.offset)
        if [row.offset for row in mine] != list(range(len(mine))):
            raise GapInTopic(f"partition {partition}: {len(mine)} records with other offsets")
        events = [(row, event_of(row, partitions)) for row in mine]
        _apply(truth, partition, events)
        _count_fresh(truth, events, genres)
        _count_activity(truth, events)
        truth.log[partition] = [_log_row(row, event) for row, event in events]
    truth.totals = _totals(truth.histories.values())
    return truth


def _apply(truth: State, partition: int, events: Iterable[tuple[Row, Valid | None]]) -> None:
    end = applied = no_effect = rejected = 0
    for row, event in events:
        end = row.offset + 1
        if event is None:
            rejected += 1
            continue
        user = (partition, event.user_id)
        movies = truth.histories[user].movies if user in truth.histories else {}
        truth.histories[user] = History(movies, end)
        said = (_state(event), event.rated_at_ms)
        have = movies.get(event.movie_id)
        if have is not None and (have == said or have[1] > said[1]):
            no_effect += 1
        else:
            movies[event.movie_id] = said
            applied += 1
    truth.positions[partition] = Position(end, applied, no_effect, rejected)


def _state(event: Valid) -> int:
    if event.half_stars is not None:
        return event.half_stars
    return RETRACTED if event.kind == "retracted" else DISMISSED


def _totals(histories: Iterable[History]) -> dict[int, tuple[int, ...]]:
    counts: dict[int, list[int]] = {}
    for history in histories:
        for movie, (state, _) in history.movies.items():
            if state not in (RETRACTED, DISMISSED):
                counts.setdefault(movie, [0] * 10)[state - 1] += 1
    return {movie: tuple(numbers) for movie, numbers in counts.items()}


def _count_fresh(
    truth: State,
    events: Iterable[tuple[Row, Valid | None]],
    genres: Mapping[int, Sequence[str]],
) -> None:
    for row, event in events:
        if event is None or event.half_stars is None or not _is_fresh(row, event):
            continue
        names = [f"m:{event.movie_id}"] + [f"g:{g}" for g in genres.get(event.movie_id, ())]
        for place in _places(row):
            bucket = truth.buckets.setdefault(place, {})
            for name in names:
                ratings, half_stars = bucket.get(name, (0, 0))
                bucket[name] = (ratings + 1, half_stars + event.half_stars)


def _count_activity(truth: State, events: Iterable[tuple[Row, Valid | None]]) -> None:
    for row, event in events:
        fresh = event if event is not None and _is_fresh(row, event) else None
        said = ["records", *(["rejected"] if event is None else [])]
        said += ["ratings"] if fresh and fresh.kind == "rated" else []
        users = [register_and_rank(fresh.user_id)] if fresh else []
        for place in _places(row):
            counts = truth.activity.setdefault(place, {})
            for what in said:
                counts[what] = counts.get(what, 0) + 1
            for register, rank in users:
                registers = truth.users.setdefault(place, {})
                registers[register] = max(rank, registers.get(register, 0))


def _is_fresh(row: Row, event: Valid) -> bool:
    return row.timestamp_ms - event.rated_at_ms <= HOUR_MS


def _places(row: Row) -> list[Bucket]:
    """The buckets that a record lies in."""
    starts = {grain: row.timestamp_ms // (s * 1000) * s for grain, s in GRAINS.items()}
    return list(starts.items())


def register_and_rank(user: int) -> tuple[int, int]:
    """Where a user counts in a HyperLogLog sketch of 2,048 registers, and how much.

    The hash is the finaliser of SplitMix64; its low eleven bits are the register, the zeros before
    the first one of the other 53 and one more the rank.
    """
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        user = (user ^ (user >> shift)) * factor % 2**64
    return user % 2048, 54 - (user // 2048).bit_length()


def _log_row(row: Row, event: Valid | None) -> LogRow:
    if event is None:
        return LogRow(row.offset, row.timestamp_ms, False)
    return LogRow(row.offset, row.timestamp_ms, True, *event)


def genres_of(data: Path) -> dict[int, list[str]]:
    """Genres by movie of a CSV release."""
    with (data / "movies.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {
        int(row["movieId"]): [g for g in row["genres"].split("|") if g != "(no genres listed)"]
        for row in rows
    }
