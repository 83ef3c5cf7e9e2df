"""Whether the job is making progress, for a health check: read from Redis, without Spark."""

from collections.abc import Iterable

from contracts.process_status import STUCK_S, QueryStatus


def check(queries: Iterable[tuple[str, QueryStatus | None]], now_ms: int) -> tuple[bool, str]:
    """Whether all queries are making progress, and a line that says how."""
    well, words = True, []
    for name, one in queries:
        stands_s = float("inf") if one is None else one.stands_s(now_ms)
        well = well and stands_s < STUCK_S
        said = (
            f"progressed {stands_s:.0f} s ago, {one.behind} behind" if one else "has not reported"
        )
        words.append(f"{name} {said}")
    return well, "; ".join(words)
