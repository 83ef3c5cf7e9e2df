"""Which library is used, and what is said when it is not there."""

import subprocess
import sys

import pytest

from contracts.process_exit import USAGE
from kafka_clients import NotInstalled, connect_producer, join_group
from reelstream.error_translation import as_failure


@pytest.mark.slow
def test_the_extra_is_imported_only_when_it_is_asked_for() -> None:
    look = "import sys, kafka_clients; print('confluent_kafka' in sys.modules)"

    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)

    assert said.stdout == "False\n"


def test_a_library_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)

    with pytest.raises(NotInstalled, match="confluent-kafka is not installed") as refused:
        connect_producer("confluent-kafka", "127.0.0.1:9", "test", 1)
    with pytest.raises(NotInstalled):
        join_group("confluent-kafka", "127.0.0.1:9", "ratings", "test", lambda _: 0)

    failure = as_failure(refused.value)
    assert failure is not None
    assert failure.code == USAGE
    assert failure.line.endswith("(REELSTREAM_KAFKA_CLIENT): install the extra `fast`")
