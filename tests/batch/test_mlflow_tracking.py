"""Decisions in a real MLflow on SQLite; and that no trouble there reaches a retrain."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from batch.mlflow_tracking import EXPERIMENT, SILENT, Tracker
from contracts import artefact
from contracts.artefact import Manifest
from contracts.retrain_log_entries import Decision, Outcome
from contracts.settings import Settings, child_environment
from contracts.topics import Identity
from harness.builders import AT_MS, model

pytestmark = [
    pytest.mark.slow,
    # MLflow's own mappers, under SQLAlchemy 2.1.
    pytest.mark.filterwarnings("ignore:The ``noload`` loader:DeprecationWarning"),
]

PROMOTED = Decision("a1", {0: 7}, Outcome.promoted, 4, "requested by hand", AT_MS + 5)
REFUSED = Decision(
    "a2", {0: 9}, Outcome.refused, None, "NaN or infinite values in factors", AT_MS + 9
)
METRICS = {"hit_rate": 0.0907, "ratings": 100_836.0}
SCRIPT = """
import logging, sys
from batch.mlflow_tracking import Tracker
from contracts.retrain_log_entries import Decision, Outcome
logging.basicConfig(format="%(message)s")
Tracker(sys.argv[1]).record(Decision("a2", {}, Outcome.refused, None, "", 1), None, None)
print("a retrain goes on")
"""


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set for MLflow is gone after the test."""
    for name in SILENT:
        monkeypatch.setenv(name, "true")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a" / "mlflow.db"


def tracker(file: Path) -> Tracker:
    return Tracker(f"sqlite:///{file}")


def runs(file: Path) -> list[Any]:
    """What MLflow says that it has, the oldest first."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{file}")
    experiment = client.get_experiment_by_name(EXPERIMENT)
    assert experiment
    return list(client.search_runs([experiment.experiment_id], order_by=["attributes.end_time"]))


def made(root: Path) -> tuple[Manifest, Path]:
    """A version 4 with its files."""
    one = model()
    manifest = Manifest(
        4, Identity("c", "t", 4), {0: 7}, one.parameters, METRICS, "", "0.1.0", AT_MS, {}
    )
    return artefact.save(root, manifest, dict(one.arrays())), artefact.folder(root, 4)


def test_a_promoted_version_is_a_run_with_all_that_is_known_of_it(
    tmp_path: Path, file: Path
) -> None:
    manifest, folder = made(tmp_path / "models")

    tracker(file).record(PROMOTED, manifest, folder)

    (run,) = runs(file)
    assert (run.info.run_name, run.info.status) == ("v4", "FINISHED")
    assert (run.info.start_time, run.info.end_time) == (AT_MS, AT_MS + 5)
    assert run.data.metrics == METRICS
    assert run.data.params["rank"] == "3"
    assert run.data.params.keys() == set(manifest.parameters.__struct_fields__)
    said = {key: value for key, value in run.data.tags.items() if not key.startswith("mlflow.")}
    assert said == {
        "outcome": "promoted",
        "reason": "requested by hand",
        "request_id": "a1",
        "snapshot": '{"0":7}',
        "version": "4",
        "code_version": "0.1.0",
    }


def test_manifest_and_arrays_are_kept_as_they_are(tmp_path: Path, file: Path) -> None:
    manifest, folder = made(tmp_path / "models")
    tracker(file).record(PROMOTED, manifest, folder)

    shutil.rmtree(tmp_path / "models")

    kept = file.with_name("mlflow.db.artefacts") / runs(file)[0].info.run_id / "artifacts"
    (tmp_path / "models").mkdir()
    kept.rename(tmp_path / "models" / "v000004")
    found, arrays = artefact.load(tmp_path / "models", 4)
    assert found == manifest
    assert {path.suffix for path in (tmp_path / "models" / "v000004").iterdir()} == {
        ".json",
        ".npy",
    }
    assert (arrays["factors"] == model().factors).all()


def test_a_refused_model_is_a_run_too(file: Path) -> None:
    tracker(file).record(REFUSED, None, None)

    (run,) = runs(file)
    assert (run.info.run_name, run.data.tags["reason"]) == ("refused", REFUSED.reason)
    assert "version" not in run.data.tags


def test_runs_of_several_processes_are_in_one_experiment(file: Path) -> None:
    tracker(file).record(PROMOTED, None, None)
    elsewhere(file)

    assert [run.data.tags["outcome"] for run in runs(file)] == ["refused", "promoted"]


def elsewhere(file: Path) -> tuple[str, str]:
    """Another process's stdout and stderr while it records."""
    command = [sys.executable, "-c", SCRIPT, f"sqlite:///{file}"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=child_environment({})
    )
    return done.stdout, done.stderr


def no_database(file: Path) -> None:
    file.parent.mkdir()
    file.write_text("a novel, not a database")


def another_programs(file: Path) -> None:
    """One that alembic looks after, too."""
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE alembic_version (version_num TEXT)")
        database.execute("INSERT INTO alembic_version VALUES ('v4.0.0.a')")


def a_folder(file: Path) -> None:
    file.mkdir(parents=True)


def below_a_file(file: Path) -> None:
    file.parent.write_text("")


@pytest.mark.timeout(60)  # MLflow by itself tries for two minutes
@pytest.mark.parametrize("trouble", [no_database, another_programs, a_folder, below_a_file])
def test_a_store_that_cannot_be_is_one_line(
    file: Path, trouble: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    trouble(file)

    tracker(file).record(REFUSED, None, None)

    (said,) = [one.getMessage() for one in caplog.records]
    assert said.startswith(f"decision a2 not recorded in sqlite:///{file}: ")
    assert "\n" not in said


def test_a_store_of_a_later_mlflow_is_one_line_and_no_end(file: Path) -> None:
    tracker(file).record(PROMOTED, None, None)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = 'of the future'")

    out, err = elsewhere(file)

    assert out == "a retrain goes on\n"
    assert err.startswith(f"decision a2 not recorded in sqlite:///{file}: ")
    assert err.count("\n") == 1


def test_files_that_cannot_be_kept_are_one_line(
    file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.parent.mkdir()
    file.with_name("mlflow.db.artefacts").write_text("in the way")

    tracker(file).record(PROMOTED, *made(tmp_path / "models"))

    (said,) = [one.getMessage() for one in caplog.records]
    assert said.startswith("decision a1 not recorded in sqlite:///")


@pytest.mark.parametrize("library", ["mlflow", "sqlalchemy", "alembic"])
def test_without_the_extra_a_line_says_what_to_install(
    file: Path, library: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in [one for one in sys.modules if one.partition(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)

    tracker(file).record(PROMOTED, None, None)

    (said,) = [one.getMessage() for one in caplog.records]
    assert said.startswith(f"tracking is off: {library}")
    assert said.endswith(" is not installed: install the extra `track`")
    assert not file.exists()


@pytest.mark.parametrize("store", ["http://127.0.0.1:5000", "sqlite://", "sqlite:///", "mlruns"])
def test_the_setting_names_a_sqlite_file(store: str) -> None:
    with pytest.raises(ValidationError, match="tracking"):
        Settings(tracking=store)
