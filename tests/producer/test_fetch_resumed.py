"""A download that broke off is gone on with, or begun anew."""

from pathlib import Path

import pytest

from producer.fetch import Unreachable, WrongFile, fetch
from tests.producer.bad_web_server import Answer, Server, body, rest_of
from tests.producer.small_download import CONTENT, SIZE, SMALL, begun, fetched, kept

pytestmark = pytest.mark.usefixtures("no_proxy")


def test_it_is_told_how_much_is_here(web: Server, tmp_path: Path) -> None:
    begun(tmp_path, CONTENT[:1000])
    web.answers = [rest_of(CONTENT)]
    told: list[tuple[int, int]] = []

    fetch(SMALL, tmp_path / "cache", lambda done, of: told.append((done, of)), web.origin)

    assert told == sorted(told)
    assert told[0][0] > 1000
    assert told[-1] == (SIZE, SIZE)


def test_a_download_that_broke_off_is_kept_and_gone_on_with(web: Server, tmp_path: Path) -> None:
    most = SIZE * 99 // 100
    web.answers = [body(CONTENT[:most], length=SIZE), rest_of(CONTENT)]

    with pytest.raises(
        Unreachable, match="closed the connection, after 253,440 of 256,000 bytes, which are kept"
    ):
        fetched(tmp_path, web.origin)
    assert kept(tmp_path) == {"small.part": CONTENT[:most]}
    fetched(tmp_path, web.origin)

    assert web.asked[1].headers["Range"] == f"bytes={most}-"
    assert kept(tmp_path) == {"small.zip": CONTENT}


def test_a_server_that_cannot_go_on_gives_the_whole(web: Server, tmp_path: Path) -> None:
    begun(tmp_path, b"part")
    web.answers = [body(CONTENT)]

    fetched(tmp_path, web.origin)

    assert kept(tmp_path) == {"small.zip": CONTENT}


@pytest.mark.parametrize("answer", [rest_of(CONTENT), body(b"", 416), body(b"", 206)])
def test_what_is_wrong_when_gone_on_with_is_begun_anew(
    web: Server, tmp_path: Path, answer: Answer
) -> None:
    begun(tmp_path, b"junk")
    web.answers = [answer, body(CONTENT)]

    fetched(tmp_path, web.origin)

    assert web.asked[1].headers["Range"] is None
    assert kept(tmp_path) == {"small.zip": CONTENT}


def test_it_is_begun_anew_once(web: Server, tmp_path: Path) -> None:
    begun(tmp_path, b"junk")
    web.answers = [rest_of(CONTENT), body(CONTENT[::-1])]

    with pytest.raises(WrongFile):
        fetched(tmp_path, web.origin)

    assert kept(tmp_path) == {}


def test_a_download_that_is_whole_only_needs_its_name(web: Server, tmp_path: Path) -> None:
    begun(tmp_path, CONTENT)

    fetched(tmp_path, web.origin)

    assert kept(tmp_path) == {"small.zip": CONTENT}
    assert web.asked == []


def test_a_part_that_is_longer_than_the_release_is_begun_anew(web: Server, tmp_path: Path) -> None:
    begun(tmp_path, CONTENT + b"x")
    web.answers = [body(CONTENT)]

    fetched(tmp_path, web.origin)

    assert kept(tmp_path) == {"small.zip": CONTENT}
