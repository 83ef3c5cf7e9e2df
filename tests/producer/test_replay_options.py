"""Options and settings of `producer replay` that are refused before anything is sent."""

from pathlib import Path

import pytest

from tests.producer.command_runner import Command


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "inf", "1e12", "fast", ""])
def test_a_rate_that_is_none(producer: Command, release: Path, rate: str) -> None:
    assert producer.refused(2, "(--rate)", "replay", str(release), "--rate", rate)


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf", "1e12"])
def test_a_speed_that_is_none(producer: Command, release: Path, speed: str) -> None:
    assert producer.refused(2, "(--speed)", "replay", str(release), "--speed", speed)


def test_a_rate_and_a_speed_are_too_much(producer: Command, release: Path) -> None:
    paces = ("--rate", "5", "--speed", "5")

    assert producer.refused(2, "both a rate and a speed", "replay", str(release), *paces)


def test_an_empty_span(producer: Command, release: Path) -> None:
    span = ("--from", "90%", "--until", "10%")

    assert producer.refused(2, "none of the 1 rows lies between", "replay", str(release), *span)


def test_a_limit_beyond_the_rows_means_all(producer: Command, release: Path) -> None:
    code, written, _ = producer("replay", str(release), "--limit", "99", "--dry-run")

    assert (code, written.count("\n")) == (0, 1)


@pytest.mark.parametrize(
    "address",
    ["", "broker", "broker:0", "broker:70000", "http://broker:9092", "bro ker:9092", "::1:9092",
     ",".join(f"broker{n}:9092" for n in range(1000))],
)  # fmt: skip
def test_an_address_that_is_none(
    producer: Command, release: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("REELSTREAM_KAFKA", address)

    assert producer.refused(2, "REELSTREAM_KAFKA=", "replay", str(release))


@pytest.mark.parametrize("prefix", ["__a.", "a b.", "ä.", "x" * 250, "a/b."])
def test_a_prefix_that_makes_no_topic(
    producer: Command, release: Path, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    monkeypatch.setenv("REELSTREAM_TOPIC_PREFIX", prefix)

    assert producer.refused(2, "REELSTREAM_TOPIC_PREFIX=", "replay", str(release))


def test_a_ledger_that_cannot_be_kept(producer: Command, release: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ledger = str(tmp_path / "file" / "ledger")

    assert producer.refused(6, f"{ledger}: ", "replay", str(release), "--ledger", ledger)


@pytest.mark.parametrize(
    "options", [("--resume",), ("--ledger", "x"), ("--rate", "5"), ("--speed", "5")]
)
def test_a_dry_run_has_neither_pace_nor_ledger(
    producer: Command, release: Path, options: tuple[str, ...]
) -> None:
    assert producer.refused(
        2, "a dry run has no pace", "replay", str(release), "--dry-run", *options
    )
