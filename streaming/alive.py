"""Whether the job gets on, for a health check: read from Redis, without Spark."""

from collections.abc import Iterable

from contracts.store.status import STUCK_S, QueryStatus


def told(queries: Iterable[tuple[str, QueryStatus | None]], now_ms: int) -> tuple[bool, str]:
    """Whether all queries get on, and what they say of it, in a line."""
    well, words = True, []
    for name, one in queries:
        stands_s = float("inf") if one is None else one.stands_s(now_ms)
        well = well and stands_s < STUCK_S
        said = f"got on {stands_s:.0f} s ago, {one.behind} behind" if one else "has said nothing"
        words.append(f"{name} {said}")
    return well, "; ".join(words)
