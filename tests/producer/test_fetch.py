"""Fetching, from servers on loopback."""

import gzip
from concurrent.futures import ThreadPoolExecutor
from itertools import count, repeat
from pathlib import Path
from types import SimpleNamespace

import pytest

from producer.fetch import Unreachable, WrongFile
from reelstream.error_translation import as_failure
from tests.producer.bad_web_server import Answer, Server, body, raw, serving
from tests.producer.small_download import CONTENT, SIZE, begun, fetched, kept

pytestmark = pytest.mark.usefixtures("no_proxy")

HEAD = b"HTTP/1.1 200 OK\r\n"


def test_a_release_is_fetched_checked_and_kept_as_it_is(web: Server, tmp_path: Path) -> None:
    web.answers = [body(CONTENT)]

    assert fetched(tmp_path, web.origin) == tmp_path / "cache" / "small.zip"
    assert kept(tmp_path) == {"small.zip": CONTENT}
    assert web.asked[0].path == "/datasets/movielens/small.zip"


def test_a_release_that_is_in_the_cache_is_not_asked_for(web: Server, tmp_path: Path) -> None:
    web.answers = [body(CONTENT)]

    assert fetched(tmp_path, web.origin) == fetched(tmp_path, web.origin)
    assert len(web.asked) == 1


def test_a_cached_release_that_was_altered_is_replaced(web: Server, tmp_path: Path) -> None:
    begun(tmp_path, b"")
    (tmp_path / "cache" / "small.zip").write_bytes(CONTENT[::-1])
    web.answers = [body(CONTENT)]

    fetched(tmp_path, web.origin)

    assert kept(tmp_path) == {"small.zip": CONTENT}


def test_two_that_fetch_the_same_at_once_download_it_once(web: Server, tmp_path: Path) -> None:
    web.answers = [body(CONTENT)]

    with ThreadPoolExecutor(2) as pool:
        both = set(pool.map(fetched, repeat(tmp_path, 2), repeat(web.origin)))

    assert both == {tmp_path / "cache" / "small.zip"}
    assert len(web.asked) == 1


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (body(CONTENT[::-1]), "has SHA-256 .*, not "),
        (body(CONTENT[1:]), "announces 255,999 bytes, not 256,000"),
        (body(CONTENT + b"x"), "announces 256,001 bytes, not 256,000"),
        (body(b"<html>sign in here</html>"), "announces 25 bytes"),
        (body(gzip.compress(bytes(10**7)), Content_Encoding="gzip"), "unexpected encoding: gzip"),
        (raw(HEAD, b"\r\n", *repeat(CONTENT, 1000)), "is larger than 256,000 bytes"),
    ],
)
def test_what_is_not_the_release_is_refused_and_not_kept(
    web: Server, tmp_path: Path, answer: Answer, what: str
) -> None:
    web.answers = [answer]

    with pytest.raises(WrongFile, match=what):
        fetched(tmp_path, web.origin)

    assert kept(tmp_path) == {}


@pytest.mark.parametrize("status", [204, 403, 404, 500, 503])
def test_a_server_that_does_not_give_it_is_quoted(web: Server, tmp_path: Path, status: int) -> None:
    web.answers = [body(b"no", status)]

    with pytest.raises(Unreachable, match=rf"small\.zip answers {status} \w+"):
        fetched(tmp_path, web.origin)

    assert kept(tmp_path) == {}


@pytest.mark.parametrize(
    "answer",
    [
        raw(),
        raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
        raw(HEAD, *(b"X-%d: x\r\n" % n for n in range(200)), b"\r\n"),
        raw(HEAD, b"Transfer-Encoding: chunked\r\n\r\nmany\r\n"),
        raw(HEAD, b"Transfer-Encoding: chunked\r\n\r\nffff\r\nfew"),
        body(b"", length=SIZE),
    ],
)
def test_a_server_that_breaks_the_rules_is_unreachable(
    web: Server, tmp_path: Path, answer: Answer
) -> None:
    web.answers = [answer]

    with pytest.raises(Unreachable, match="127"):
        fetched(tmp_path, web.origin)


def test_a_server_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    with serving() as gone:
        pass

    with pytest.raises(Unreachable, match=r"127\.0\.0\.1.*refused"):
        fetched(tmp_path, gone.origin)

    assert kept(tmp_path) == {}


def test_a_server_that_falls_silent_is_left(
    web: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producer.fetch.SILENT_S", 0.1)
    web.answers = [web.silent_after(CONTENT[:1000], SIZE)]

    with pytest.raises(Unreachable, match="timed out, after 1,000 of 256,000 bytes"):
        fetched(tmp_path, web.origin)


def test_a_slow_drip_is_given_up(
    web: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producer.fetch.time", SimpleNamespace(monotonic=count(0, 60).__next__))
    web.answers = [body(CONTENT)]

    with pytest.raises(Unreachable, match=r"only [\d,]+ bytes in 60 s"):
        fetched(tmp_path, web.origin)


def test_a_full_disk_is_no_fault_of_the_network(web: Server, tmp_path: Path) -> None:
    begun(tmp_path, b"")
    (tmp_path / "cache" / "small.part").unlink()
    (tmp_path / "cache" / "small.part").symlink_to("/dev/full")
    web.answers = [body(CONTENT)]

    with pytest.raises(OSError, match="No space left") as full:
        fetched(tmp_path, web.origin)

    assert (failure := as_failure(full.value))
    assert failure.code == 22


@pytest.mark.parametrize(("error", "code"), [(Unreachable("away"), 4), (WrongFile("other"), 6)])
def test_a_failed_download_has_an_exit_code_and_a_way_out(error: Exception, code: int) -> None:
    failure = as_failure(error)

    assert failure is not None
    assert failure.code == code
    assert "or give a MovieLens release with --data or REELSTREAM_DATA" in failure.line
