from contracts.process_status import QueryStatus
from harness.builders import AT_MS
from streaming.health_check import check


def said(stands_ms: int, behind: int = 0) -> tuple[str, QueryStatus]:
    return "log", QueryStatus("log", AT_MS - stands_ms, behind)


def test_a_query_that_got_on_a_moment_ago_is_well() -> None:
    assert check([said(2_000, behind=7)], AT_MS) == (True, "log progressed 2 s ago, 7 behind")


def test_one_that_stands_is_not() -> None:
    well, words = check([said(120_000), said(0)], AT_MS)

    assert not well
    assert words == "log progressed 120 s ago, 0 behind; log progressed 0 s ago, 0 behind"


def test_one_that_never_spoke_is_not() -> None:
    assert check([("trends", None)], AT_MS) == (False, "trends has not reported")
