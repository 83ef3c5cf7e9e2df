from pathlib import Path

import pytest

from contracts.process_exit import DAMAGED, DISK_FULL, FAILED, UNREACHABLE
from scripts.pip_failures import complaint, failure, has_no_wheel, unreachable

LOG = Path("/project/.venv/setup.log")
BROKEN = (
    "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) "
    "after connection broken by '{}': /simple/iniconfig/"
)
NONE = [
    "ERROR: Could not find a version that satisfies the requirement iniconfig==2.3.1 "
    "(from versions: none)",
    "ERROR: No matching distribution found for iniconfig==2.3.1",
]
CONNECTION = "<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f5143538d10>"
REASONS = [
    (
        f"NewConnectionError('{CONNECTION}: Failed to establish a new connection: "
        "[Errno -3] Temporary failure in name resolution')",
        "temporary failure in name resolution",
    ),
    (
        f"ProxyError('Cannot connect to proxy.', NewConnectionError('{CONNECTION}: "
        "Failed to establish a new connection: [Errno 111] Connection refused'))",
        "connection refused",
    ),
    (
        f"ConnectTimeoutError({CONNECTION}, 'Connection to index.example timed out. "
        "(connect timeout=20.0)')",
        "connection to index.example timed out",
    ),
    (
        "ReadTimeoutError(\"HTTPSConnectionPool(host='index.example', port=443): Read timed out. "
        '(read timeout=20.0)")',
        "read timed out",
    ),
    (
        "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify "
        "failed: unable to get local issuer certificate (_ssl.c:1006)'))",
        "unable to get local issuer certificate",
    ),
    (
        "ProtocolError('Connection aborted.', "
        "RemoteDisconnected('Remote end closed connection without response'))",
        "remote end closed connection without response",
    ),
]
MISMATCH = """\
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated …
    redis[hiredis]==8.1.0 from https://index.example/redis-8.1.0-py3-none-any.whl (from -r x):
        Expected sha256 0000
             Got        9121""".splitlines()


@pytest.mark.parametrize(("reason", "plain"), REASONS)
def test_the_reason_for_an_unreachable_index_is_said_in_plain_words(
    reason: str, plain: str
) -> None:
    found = failure([BROKEN.format(reason), *NONE], LOG)

    assert found.code == UNREACHABLE
    assert f"cannot be reached: {plain} (network)" in found.line


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("ERROR: HTTP error 503 while getting https://index.example/a.whl", "HTTP error 503"),
        (
            "ERROR: 403 Client Error: Forbidden for url: https://index.example/simple/a/",
            "403 Client Error: Forbidden",
        ),
        (
            "pip._vendor.urllib3.exceptions.ReadTimeoutError: "
            "HTTPSConnectionPool(host='index.example', port=443): Read timed out.",
            "read timed out",
        ),
    ],
)
def test_an_index_that_answers_badly_is_as_good_as_none(line: str, plain: str) -> None:
    assert unreachable([line]) == plain


def test_another_file_than_the_locks() -> None:
    found = failure(MISMATCH, LOG)

    assert found.code == DAMAGED
    assert "redis[hiredis]==8.1.0 does not match its hash in the lock" in found.what


def test_a_full_disk() -> None:
    line = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"

    assert failure([line], LOG).code == DISK_FULL


def test_anything_else_is_pips_last_error_and_the_log() -> None:
    found = failure([*NONE, ""], LOG)

    assert found.code == FAILED
    assert found.line == (
        "pip failed: No matching distribution found for iniconfig==2.3.1 "
        "(/project/.venv/setup.log): see the log"
    )


def test_of_a_traceback_the_end_counts() -> None:
    lines = ["ERROR: Exception:", "Traceback (most recent call last):", "  File …", "OSError: odd"]

    assert complaint(lines) == "OSError: odd"
    assert complaint([]) == "it printed nothing"


def test_no_wheel_is_not_the_same_as_no_network() -> None:
    assert has_no_wheel(NONE)
    assert not has_no_wheel([BROKEN.format(REASONS[0][0]), *NONE])
