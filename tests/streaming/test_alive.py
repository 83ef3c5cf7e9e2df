from contracts.store.status import QueryStatus
from streaming.alive import told
from tests.builders import AT_MS


def said(stands_ms: int, behind: int = 0) -> tuple[str, QueryStatus]:
    return "log", QueryStatus("log", AT_MS - stands_ms, behind)


def test_a_query_that_got_on_a_moment_ago_is_well() -> None:
    assert told([said(2_000, behind=7)], AT_MS) == (True, "log got on 2 s ago, 7 behind")


def test_one_that_stands_is_not() -> None:
    well, words = told([said(120_000), said(0)], AT_MS)

    assert not well
    assert words == "log got on 120 s ago, 0 behind; log got on 0 s ago, 0 behind"


def test_one_that_never_spoke_is_not() -> None:
    assert told([("trends", None)], AT_MS) == (False, "trends has said nothing")
