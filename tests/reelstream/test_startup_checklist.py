import json
from pathlib import Path

from reelstream.startup_checklist import Checklist, State, Step


def test_the_checklist_is_written_for_the_page(tmp_path: Path) -> None:
    checklist = Checklist(tmp_path / "progress.json", [Step("Kafka"), Step("History")])

    checklist.set("History", State.running, "62k of 90k")

    written = json.loads((tmp_path / "progress.json").read_bytes())
    assert written["steps"][1] == {"name": "History", "state": "running", "detail": "62k of 90k"}


def test_a_checklist_says_what_is_under_way(tmp_path: Path) -> None:
    checklist = Checklist(tmp_path / "progress.json", [Step("Kafka"), Step("History")])
    assert checklist.current == "nothing has started"

    checklist.set("Kafka", State.done)
    checklist.set("History", State.running, "waiting for Spark to start")

    assert checklist.current == "History waiting for Spark to start"


def test_a_notice_stays_before_every_message(tmp_path: Path) -> None:
    checklist = Checklist(tmp_path / "progress.json", [Step("Kafka")], notice="generated ratings")

    messages = []
    for message in ("", "finished"):
        checklist.say(message)
        messages.append(json.loads((tmp_path / "progress.json").read_bytes())["message"])

    assert messages == ["generated ratings", "generated ratings: finished"]
