import pytest

from contracts.topics import Identity
from event_log import (
    BrokenLog,
    ForeignLog,
    NoLog,
    Storage,
    claim,
    identity_of,
)
from tests.event_log.test_log_rows import OURS


def test_a_log_is_claimed_once_and_for_all(log: Storage) -> None:
    claim(log, OURS)
    claim(log, OURS)

    assert identity_of(log) == OURS


def test_a_log_that_has_not_begun_is_nobodys(log: Storage) -> None:
    with pytest.raises(NoLog, match="there is no event log in"):
        identity_of(log)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"cluster_id": "here"}', b"\xff"])
def test_a_log_that_does_not_tell_whose_it_is_is_broken(log: Storage, content: bytes) -> None:
    log.write("log.json", content)

    with pytest.raises(BrokenLog, match=r"log\.json of .* cannot be read"):
        identity_of(log)


@pytest.mark.parametrize(
    "other", [Identity("other", "topic", 4), Identity("cluster", "other", 4),
              Identity("cluster", "topic", 12)]
)  # fmt: skip
def test_a_foreign_log_is_refused(log: Storage, other: Identity) -> None:
    claim(log, OURS)

    with pytest.raises(ForeignLog, match="belongs to"):
        claim(log, other)
