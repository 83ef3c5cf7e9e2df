"""Whether a replay survives being killed: `python -m bench.replay_kills`.

A generated data set is replayed into a real broker, at one of several rates; the producer is killed
with SIGKILL 200 times, at random moments, and each time started again with `--resume`. Then the
topic is read back by a plain consumer and compared with the file, row by row. `--quick` is ten.
"""

import random
from typing import Annotated

import typer

from bench.benchmark_report import AsJson, Figure, Keep, at_least, at_most, report
from bench.fault_injection import Seed
from bench.fixtures import scratch_services, with_topics
from contracts.settings import KafkaClient
from harness.producer.killed_replays import Verdict, judged, records_of, replay_with_kills, rows_of
from harness.services import environment_of
from producer.generate import Shape, generate

KILLS, QUICK_KILLS = 200, 10
SHAPE = Shape(users=10_000, movies=10_000, ratings=1_500_000, seed=5)
QUICK_SHAPE = Shape(users=1_000, movies=5_000, ratings=100_000, seed=5)
BETWEEN_S, QUICK_BETWEEN_S = (1.2, 3.0), (0.5, 2.0)
RATES = ("unlimited", "10000", "10000", "3000", "3000")
WINDOW = 32_768
"""Rows that one crash may repeat, as the pages say."""


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Ten kills, under a minute.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
    seed: Seed = 5,
) -> None:
    """Kill a replay again and again, and compare the topic with the file."""
    report("replay_kills", figures(*run(quick, random.Random(seed))), as_json, keep)


def run(quick: bool, chance: random.Random) -> tuple[int, tuple[int, int], int, Verdict]:
    """Kills, what they hit and what they left, rows, and what the topic holds beside the file."""
    shape, kills = (QUICK_SHAPE, QUICK_KILLS) if quick else (SHAPE, KILLS)
    between_s = QUICK_BETWEEN_S if quick else BETWEEN_S
    with scratch_services() as (folder, services):
        generate(folder / "set", shape, lambda _: None)
        client: dict[str, KafkaClient] = {"kafka_client": "kafka-python"}
        settings = with_topics(services, folder / "state").model_copy(update=client)
        environment = environment_of(settings, services.java_home)
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
