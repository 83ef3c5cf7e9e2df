"""Two hundred attempts to publish bad versions: `python -m bench.forbidden_publishes`.

A good version is live in a Redis of its own. Worse challengers, NaN and infinite values,
half-written artefacts and manifests of other versions go through the trainer and through rollbacks
(`harness/batch/forbidden_publishes.py`). Then generated ratings are attacked by 3 and 5 % of their
users, and retrained on (`bench/poisoned_retrains.py`): such a retrain is contained if it is
refused, or if the pushed movies get no more than a fifth of the places in genuine users' top tens
that they would get without the screen. `--quick` has ten.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bench.benchmark_report import AsJson, Figure, Keep, at_most, report
from bench.fixtures import scratch_redis
from bench.poisoned_retrains import SHARES, poisoned
from event_log import Storage
from harness.batch.forbidden_publishes import ATTEMPTS, prepared
from harness.batch.retrain_rig import retrainer

EACH, QUICK_EACH = 45, 2
"""Attempts of each kind."""
ATTACKS, QUICK_ATTACKS = 10, 1
"""Of each share."""


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Ten attempts.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Try to publish what must not be published."""
    each, attacks = (QUICK_EACH, QUICK_ATTACKS) if quick else (EACH, ATTACKS)
    with scratch_redis() as (folder, url):
        found = [*planted(folder, url, each), *poisoned(folder, url, attacks)]
    whole = each * len(ATTEMPTS) + attacks * len(SHARES)
    report("forbidden_publishes", [Figure("attempts", whole, "", "", None), *found], as_json, keep)


def planted(folder: Path, url: str, each: int) -> list[Figure]:
    """How many attempts of each kind end in another version."""
    batch = retrainer(url, Storage.of(str(folder / "log")), folder / "models")
    prepared(batch)
    found = []
    for name, attempt in ATTEMPTS.items():
        sys.stderr.write(f"{name}\n")
        published = sum(attempt(batch, seed) for seed in range(each))
        found.append(Figure(f"{name}: attempts", each, "", "", None))
        found.append(at_most(f"{name}: published", published, "", 0))
    return found


if __name__ == "__main__":
    typer.run(main)
