"""Whether a replay survives being killed: `python -m bench.resume`.

A generated data set is replayed into a real broker, at one of several rates; the producer is killed
with SIGKILL 200 times, at random moments, and each time started again with `--resume`. Then the
topic is read back by a plain consumer and compared with the file, row by row. `--quick` is ten.
"""

import random
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from bench.figures import Figure, at_least, at_most, save, show
from contracts.clients import Admin
from contracts.settings import Settings, child_environment
from contracts.topics import topic_configs
from producer.generate import Shape, generate
from tests.producer.killed import Verdict, judged, records_of, replay_with_kills, rows_of
from tests.services import Origin, running_services

KILLS, QUICK_KILLS = 200, 10
SHAPE = Shape(users=10_000, movies=10_000, ratings=1_500_000, seed=5)
QUICK_SHAPE = Shape(users=1_000, movies=5_000, ratings=100_000, seed=5)
BETWEEN_S, QUICK_BETWEEN_S = (1.2, 3.0), (0.5, 2.0)
RATES = ("unlimited", "10000", "10000", "3000", "3000")
WINDOW = 32_768
"""Rows that one crash may repeat, as the README says."""


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Ten kills, under a minute.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print rows as JSON.")] = False,
    keep: Annotated[bool, typer.Option("--save", help="Keep the run in bench/results.")] = False,
    seed: Annotated[int, typer.Option(help="Of the moments and the rates.")] = 5,
) -> None:
    """Kill a replay again and again, and compare the topic with the file."""
    rows = figures(*run(quick, random.Random(seed)))
    show(rows, as_json)
    if keep:
        save("resume", rows)
    if not all(row.met in {True, None} for row in rows):
        raise typer.Exit(1)


def run(quick: bool, chance: random.Random) -> tuple[int, tuple[int, int], int, Verdict]:
    """Kills, what they hit and what they left, rows, and what the topic holds beside the file."""
    shape, kills = (QUICK_SHAPE, QUICK_KILLS) if quick else (SHAPE, KILLS)
    between_s = QUICK_BETWEEN_S if quick else BETWEEN_S
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate(folder / "set", shape, lambda _: None)
        with running_services(folder, Origin.embedded) as services:
            settings = Settings(kafka=services.kafka, topic_prefix=f"resume-{chance.random()}.")
            with closing(Admin(services.kafka)) as admin:
                admin.create(topic_configs(settings.topics, settings.partitions))
            environment = child_environment(
                {
                    "REELSTREAM_KAFKA": services.kafka,
                    "REELSTREAM_TOPIC_PREFIX": settings.topic_prefix,
                    "REELSTREAM_STATE": str(folder / "state"),
                }
            )
            hit_and_left = replay_with_kills(
                folder / "set", environment, folder / "ledger", kills, chance, between_s, RATES
            )
            records = records_of(services.kafka, settings.topics.ratings)
            return kills, hit_and_left, shape.ratings, judged(records, rows_of(folder / "set"))


def figures(kills: int, hit_and_left: tuple[int, int], rows: int, found: Verdict) -> list[Figure]:
    """What came of it."""
    hit, left = hit_and_left
    return [
        Figure("rows of the file", rows, "", "", None),
        Figure("kills", kills, "", "", None),
        at_least("kills that hit a replay with rows to send", hit, "", round(0.9 * kills)),
        Figure("rows left for the last start", left, "", "", None),
        at_most("rows missing from the topic", found.missing, "", 0),
        at_most("records that are no row", found.foreign, "", 0),
        at_most("rows out of time order", found.late, "", 0),
        at_most("records repeated", found.repeated, "", hit * WINDOW),
        Figure("records repeated, per kill that hit", round(found.repeated / max(hit, 1)), "",
               "", None),
    ]  # fmt: skip


if __name__ == "__main__":
    typer.run(main)
