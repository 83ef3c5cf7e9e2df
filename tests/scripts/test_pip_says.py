from pathlib import Path

import pytest

from contracts.edge import DAMAGED, DISK_FULL, FAILED, UNREACHABLE
from scripts.pip_says import Progress, complaint, failure, has_no_wheel, unreachable

LOG = Path("/project/.venv/setup.log")
COLD = """\
Collecting numpy==2.4.6
  Downloading numpy-2.4.6-cp311-cp311-manylinux_2_27_x86_64.whl (16.9 MB)
Collecting mdurl==0.1.2
  Using cached mdurl-0.1.2-py3-none-any.whl (10.0 kB)
Collecting pyspark==4.2.0
  Downloading https://index.example/pyspark-4.2.0.tar.gz (450.1 MB)"""
AFTER = """\
  Preparing metadata (setup.py): started
  Preparing metadata (setup.py): finished with status 'done'
Building wheels for collected packages: pyspark
  Building wheel for pyspark (pyproject.toml): started"""
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


def after(text: str) -> Progress:
    progress = Progress()
    for line in text.splitlines():
        progress.heed(line)
    return progress


def test_it_counts_packages_and_megabytes() -> None:
    progress = after(COLD)

    assert (progress.doing, progress.count, progress.file) == ("pyspark", 3, "pyspark-4.2.0.tar.gz")
    assert progress.done_mb == pytest.approx(16.9)
    assert progress.file_mb == 450.1


def test_it_waits_for_the_network_until_the_file_is_here() -> None:
    progress = after(COLD)

    assert progress.lacks_bytes(100)
    assert not progress.lacks_bytes(450.1)


def test_building_needs_no_network() -> None:
    progress = after(COLD + "\n" + AFTER)

    assert progress.doing == "building pyspark"
    assert progress.done_mb == pytest.approx(467)
    assert not progress.lacks_bytes(0)


def test_asking_the_index_needs_the_network() -> None:
    assert Progress().lacks_bytes(0)
    assert after("Collecting mdurl==0.1.2").lacks_bytes(0)


@pytest.mark.parametrize(
    ("line", "doing"),
    [
        ("Installing collected packages: pyspark", "installing pyspark"),
        ("Installing collected packages: anyio, click", "installing"),
    ],
)
def test_installing(line: str, doing: str) -> None:
    assert after(line).doing == doing


def test_metadata_alone_is_no_package_yet() -> None:
    assert after("  Downloading numpy-2.4.6-cp312.whl.metadata (6.6 kB)").count == 0


def test_a_new_try_is_no_progress() -> None:
    assert not Progress().heed(BROKEN.format("ReadTimeoutError()"))


@pytest.mark.parametrize(("reason", "plain"), REASONS)
def test_the_reason_for_an_unreachable_index_is_said_in_plain_words(
    reason: str, plain: str
) -> None:
    found = failure([BROKEN.format(reason), *NONE], LOG)

    assert found.code == UNREACHABLE
    assert f"cannot be reached: {plain} (network)" in str(found)


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
    assert "redis[hiredis]==8.1.0 is not the file that the lock names" in str(found)


def test_a_full_disk() -> None:
    line = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"

    assert failure([line], LOG).code == DISK_FULL


def test_anything_else_is_pips_last_error_and_the_log() -> None:
    found = failure([*NONE, ""], LOG)

    assert found.code == FAILED
    assert str(found) == (
        "error: pip failed: No matching distribution found for iniconfig==2.3.1 "
        "(/project/.venv/setup.log): see there what it did"
    )


def test_of_a_traceback_the_end_counts() -> None:
    lines = ["ERROR: Exception:", "Traceback (most recent call last):", "  File …", "OSError: odd"]

    assert complaint(lines) == "OSError: odd"
    assert complaint([]) == "it said nothing"


def test_no_wheel_is_not_the_same_as_no_network() -> None:
    assert has_no_wheel(NONE)
    assert not has_no_wheel([BROKEN.format(REASONS[0][0]), *NONE])
