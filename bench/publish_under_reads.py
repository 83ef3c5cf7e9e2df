"""Whether readers ever see half a version: `python -m bench.publish_under_reads`.

A million look-ups, by the rule that the API reads by, go on while 200 versions are published into a
Redis of its own, each second one by a process that is killed with SIGKILL at a named point, and
while somebody goes back to older versions, also to some that are gone from Redis
(`harness/batch/publish_under_reads.py`). Users rate what they are shown meanwhile. `--quick` has
20,000 look-ups and eleven versions.
"""

from typing import Annotated

import typer

from bench.benchmark_report import AsJson, Figure, Keep, at_least, at_most, report
from bench.fixtures import scratch_redis
from harness.batch.publish_under_reads import Done, Seen, publish_under_reads

READS, QUICK_READS = 1_000_000, 20_000
PUBLISHES, QUICK_PUBLISHES = 200, 11


def main(
    quick: Annotated[bool, typer.Option("--quick", help="20,000 look-ups.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Read while versions are published, killed and rolled back; judge every answer."""
    publishes, reads = (QUICK_PUBLISHES, QUICK_READS) if quick else (PUBLISHES, READS)
    with scratch_redis() as (folder, url):
        seen, done = publish_under_reads(url, "storm:1:", folder, publishes, reads)
    report("publish_under_reads", figures(seen, done, publishes, reads), as_json, keep)


def figures(seen: Seen, done: Done, publishes: int, reads: int) -> list[Figure]:
    """What came of it."""
    return [
        at_least("look-ups", seen.reads, "", reads),
        Figure("versions begun", publishes, "", "", None),
        Figure("versions published without a kill", done.published, "", "", None),
        Figure("rollbacks without a kill", done.rolled_back, "", "", None),
        *(at_least(f"killed {point}", kills, "", 1) for point, kills in done.kills.items()),
        Figure("activations", seen.activation, "", "", None),
        Figure("versions that were read", len(seen.versions), "", "", None),
        Figure("ratings meanwhile", seen.ratings, "", "", None),
        at_most("torn answers", seen.torn, "", 0),
        at_most("answers without a list", seen.missing, "", 0),
        at_most("activation numbers going backwards", seen.backwards, "", 0),
        at_most("answers with a rated movie", seen.came_back, "", 0),
    ]


if __name__ == "__main__":
    typer.run(main)
