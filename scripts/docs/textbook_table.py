"""Reelstream beside the textbook: the README's table, and the whole one."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from scripts.docs.measured import values
from scripts.docs.tables import table


class Row(NamedTuple):
    """A line of the control's table: what is told, the figures, and the bench of our part alone."""

    what: str
    figure: str
    bench: str
    in_readme: bool = False


OTHERS = (
    Row("From a rating to the changed list, median", "from a rating to the changed list, p50",
        "freshness", in_readme=True),
    Row("… and of 99 in 100", "from a rating to the changed list, p99", "freshness"),
    Row("A newcomer's five ratings to an own list",
        "from a newcomer's fifth rating to an own list, median", "freshness"),
    Row("Tastes of newcomers that lists follow, of 12",
        "newcomers' tastes that are followed, of 12", "tastes", in_readme=True),
    Row("Movies in newcomers' lists that they had rated, of 120",
        "movies in newcomers' lists that they had rated, of 120", "tastes"),
    Row("Ratings lost by twenty kills", "ratings lost by kills", "streaming_kills"),
    Row("Ratings counted twice by twenty kills", "ratings counted twice by kills",
        "streaming_kills", in_readme=True),
    Row("Wrong counts or histories after them", "counts and histories wrong after kills",
        "speed_kills"),
    Row("Until all is processed after a kill, median",
        "until all is processed after a kill, median", "speed_kills"),
    Row("Torn answers while all lists are replaced", "torn answers while lists are replaced",
        "publish_under_reads"),
    Row("Missing answers meanwhile", "missing answers while lists are replaced",
        "publish_under_reads"),
    Row("Lists of two versions side by side", "lists of two versions side by side",
        "publish_under_reads"),
    Row("Kinds of bad records learned from, of 12", "records of 12 kinds of poison learned from",
        "poisoning", in_readme=True),
    Row("Reads answered within 2 s while Redis is frozen",
        "Redis frozen: reads answered within 2 s", "outages"),
    Row("… the person's own lists among them", "Redis frozen: own lists within 2 s", "outages"),
    Row("Writes answered within 2 s while Kafka is frozen",
        "Kafka frozen: writes answered within 2 s", "outages"),
    Row("Writes taken in the end, after 8 s of that", "Kafka frozen: writes taken", "outages"),
    Row("Processor time of a training with its lists", "CPU of a training", "retrain",
        in_readme=True),
    Row("Duration of a training", "duration of a training", "retrain"),
    Row("Processor time of a live rating, trainings included",
        "CPU of a live rating, trainings included", "freshness"),
    Row("Processor time of a rating of a backlog", "CPU of a rating of the backlog", "streaming"),
    Row("Look-ups a CPU-second", "look-ups a CPU-second", "textbook", in_readme=True),
    Row("Memory of all processes", "memory of all processes", "streaming_memory"),
    Row("Bytes in Redis for each person", "bytes in Redis for each person", "publish",
        in_readme=True),
)  # fmt: skip
"""What is told of both; lists come on top, where the textbook has two forms."""
SHORT = [row for row in OTHERS if row.in_readme]
COLUMNS = ["", "Reelstream", "textbook"]
MEASURED = "docs/measured/"
LISTS = (
    ("NDCG@10, random split", "random, ndcg@10"),
    ("Lists that follow a genre (probe)", "random, probe"),
    ("NDCG@10, people who come back", "return, ndcg@10"),
    ("NDCG@10, newcomers after 5 likes", "onboard after 5 likes, ndcg@10"),
)


def short() -> str:
    """The rows that the README has."""
    return table(COLUMNS, [*_lists(LISTS[:1], MEASURED), *_others(SHORT, MEASURED)])


def whole() -> str:
    """Every row, for the bench's own page."""
    return table(COLUMNS, [*_lists(LISTS, ""), *_others(OTHERS, "")])


def _lists(rows: Sequence[tuple[str, str]], folder: str) -> Iterator[list[str]]:
    measured = values("textbook")
    for what, figure in rows:
        ours, implicit, explicit = (
            measured[f"{figure}: {model}"]
            for model in ("reelstream", "textbook, implicit", "textbook, explicit")
        )
        yield [f"[{what}]({folder}quality.md)", ours, f"{implicit}; explicit {explicit}"]


def _others(rows: Iterable[Row], folder: str) -> Iterator[list[str]]:
    measured = values("textbook")
    for row in rows:
        both = (measured[f"{row.figure}: {name}"] for name in ("reelstream", "textbook"))
        yield [f"[{row.what}]({folder}{row.bench}.md)", *both]
