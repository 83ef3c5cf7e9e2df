"""What users notice while Kafka or Redis is down: `python -m bench.outages`.

An API with a speed worker behind it is asked for everything that it answers, a hundred times a
second, and given twenty ratings a second, by a process of its own that waits for nobody. Again and
again the broker or Redis, which are the bench's own, is frozen for ten seconds, or killed and
started again. Reports how long reads took meanwhile, from when they were due; how soon after
Kafka's return a rating was acknowledged again; and at the end, whether every acknowledged rating is
in the topic where the answer said, and in its person's history, by the checker, which shares no
code with what it checks. Twenty freezes and twenty kills of each take about twenty minutes;
`--quick` is a freeze of each.
"""

import math
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from bench.benchmark_report import AsJson, Figure, Keep, at_most, report
from bench.fault_injection import Seed, judged, met, shuffled
from contracts.settings import from_environment
from harness.api.load_generator import Answer
from harness.api.outage_rig import (
    CALM,
    KAFKA_FROZEN,
    KINDS,
    REDIS_FROZEN,
    Outage,
    Verdict,
    reads_in,
    rig,
    slow_ms,
)
from reelstream.demo_data import find

EACH = 20
READS, WRITES = 100, 20
"""A second."""
QUICK = [KAFKA_FROZEN, REDIS_FROZEN]
READS_P99_MS, WRITES_BACK_S, WHOLE_AGAIN_S = 250, 10, 5
FAILED_FROM = 500
AWAY = 503
"""Says when to come again, and is no failure."""


def main(
    quick: Annotated[bool, typer.Option("--quick", help="A freeze of each, a minute.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
    seed: Seed = 5,
    each: Annotated[int, typer.Option(min=1, help="Outages of each kind.")] = EACH,
) -> None:
    """Freeze and kill Kafka and Redis under people who read and rate."""
    data = find(from_environment().data)
    # All of them before any again: what dies too often is given up.
    kinds = QUICK if quick else shuffled(KINDS, each * len(KINDS), random.Random(seed))
    with tempfile.TemporaryDirectory() as folder, rig(Path(folder), data, READS, WRITES) as one:
        done = met(one, [CALM, *kinds])
    report("outages", judged("outages", done, lambda found: list(figures(found))), as_json, keep)


def figures(found: Verdict) -> Iterator[Figure]:
    """Reads and writes by kind of outage, then what must not be in any."""
    (calm,), answers = [one for one in found.outages if one.kind == CALM], found.answers
    yield Figure("reads p99, no outage", round(slow_ms(reads_in(answers, calm))), "ms", "", None)
    nexts = [*(one.began for one in found.outages[1:]), math.inf]
    for kind in KINDS:
        some = {
            one: until for one, until in zip(found.outages, nexts, strict=True) if one.kind == kind
        }
        if some:
            yield from of_kind(kind, some, answers)
    yield Figure("outages", len(found.outages) - 1, "", "", None)
    yield from of_all(found)


def of_kind(kind: str, some: Mapping[Outage, float], answers: Sequence[Answer]) -> Iterator[Figure]:
    """What people noticed of one kind, each outage with the next one's begin: the worst of all."""
    reads = [reads_in(answers, one) for one in some]
    yield Figure(f"{kind}: how often", len(some), "", "", None)
    slowest = round(max(slow_ms(one) for one in reads))
    yield at_most(f"{kind}: reads p99, worst", slowest, "ms", READS_P99_MS)
    degraded = sum(one.degraded for each in reads for one in each)
    share = round(100 * degraded / sum(map(len, reads)), 1)
    yield Figure(f"{kind}: reads answered from memory", share, "%", "", None)
    back_s = round(max(one.taken_again_s for one in some), 1)
    yield at_most(f"{kind}: ratings taken again after, worst", back_s, "s", WRITES_BACK_S)
    whole_s = round(max(whole_again_s(*one, answers) for one in some.items()), 1)
    yield at_most(f"{kind}: reads not degraded after, worst", whole_s, "s", WHOLE_AGAIN_S)


def whole_again_s(outage: Outage, until: float, answers: Sequence[Answer]) -> float:
    """Seconds from the service's return to the last read answered until then from memory."""
    calm = [one for one in answers if outage.back < one.due and one.due + one.took_s < until]
    late = [one.due for one in calm if one.degraded]
    return max(late, default=outage.back) - outage.back


def of_all(verdict: Verdict) -> Iterator[Figure]:
    """What must never be."""
    counts = Counter(one.status for one in verdict.answers)
    failed = sum(n for status, n in counts.items() if status >= FAILED_FROM and status != AWAY)
    yield Figure("requests", counts.total(), "", "", None)
    yield at_most("answers 500", failed, "", 0)
    yield at_most("requests without an answer", counts[0], "", 0)
    yield Figure("ratings acknowledged", verdict.acknowledged, "", "", None)
    yield at_most("of these lost, or violations found", len(verdict.said), "", 0)


if __name__ == "__main__":
    typer.run(main)
