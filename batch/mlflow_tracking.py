"""Optional tracking of retrains in MLflow: a run for each decision.

Kept in a SQLite file; manifests and arrays are copied into the folder `<file>.artefacts` beside it.
"""

import logging
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from contracts.artefact import Manifest
from contracts.retrain_log_entries import Decision
from contracts.settings import tell_libraries

if TYPE_CHECKING:
    from mlflow import MlflowClient

log = logging.getLogger(__name__)

SQLITE = "sqlite:///"
EXPERIMENT = "reelstream"
SILENT = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_LOGGING_LEVEL": "CRITICAL"}
"""Unless told, MLflow reports over the network how it is used, and logs tracebacks."""


@dataclass(frozen=True)
class Tracker:
    """Where runs are kept: `sqlite:///` and a file's path."""

    store: str

    def record(
        self, decision: Decision, manifest: Manifest | None, artefact_folder: Path | None
    ) -> None:
        """Add a decision's run; where that cannot be done, a line of the log says so.

        Args:
            decision: what became of a request.
            manifest: of the model that it is about; None if there is none.
            artefact_folder: the model's files; None if they are not kept.
        """
        tell_libraries(SILENT)
        try:
            failures = _failures()
        except ModuleNotFoundError as error:
            log.warning(
                "tracking is off: %s is not installed: install the extra `track`", error.name
            )
            return
        try:
            self._record(decision, manifest, artefact_folder)
        except failures as error:
            reason = str(error).partition("\n")[0]
            log.warning(
                "decision %s not recorded in %s: %s", decision.request_id, self.store, reason
            )

    def _record(self, decision: Decision, manifest: Manifest | None, folder: Path | None) -> None:
        from mlflow import MlflowClient
        from mlflow.entities import Metric, Param

        file, at_ms = Path(self.store.removeprefix(SQLITE)), decision.decided_at_ms
        _require_sqlite(file)
        client = MlflowClient(self.store)
        begun_ms = manifest.created_at_ms if manifest else at_ms
        name = f"v{decision.version}" if decision.version else str(decision.outcome)
        run = client.create_run(
            _experiment(client, file), begun_ms, _tags(decision, manifest), name
        ).info.run_id
        if manifest:
            parameters = msgspec.structs.asdict(manifest.parameters)
            client.log_batch(
                run,
                [Metric(key, value, at_ms, 0) for key, value in manifest.metrics.items()],
                [Param(key, str(value)) for key, value in parameters.items()],
            )
        if folder:
            client.log_artifacts(run, str(folder))
        client.set_terminated(run, end_time=at_ms)


def _failures() -> tuple[type[Exception], ...]:
    """What MLflow and its database raise.

    Raises:
        ModuleNotFoundError: naming a library that is not installed.
    """
    from alembic.util import CommandError
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    return (MlflowException, SQLAlchemyError, CommandError, sqlite3.Error, OSError)


def _require_sqlite(file: Path) -> None:
    """See that the file can be opened; MLflow would try for two minutes.

    Raises:
        OSError, sqlite3.Error: if it cannot, or is something else.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file)) as database:
        database.execute("SELECT count(*) FROM sqlite_master")


def _experiment(client: "MlflowClient", file: Path) -> str:
    """The id of our experiment, which is created if missing."""
    if found := client.get_experiment_by_name(EXPERIMENT):
        return found.experiment_id
    artefacts = file.with_name(f"{file.name}.artefacts").resolve()
    return client.create_experiment(EXPERIMENT, artefacts.as_uri())


def _tags(decision: Decision, manifest: Manifest | None) -> dict[str, str]:
    said = {
        "outcome": str(decision.outcome),
        "reason": decision.reason,
        "request_id": decision.request_id,
        "snapshot": msgspec.json.encode(decision.snapshot).decode(),
        "version": decision.version,
        "code_version": manifest.code_version if manifest else None,
    }
    return {key: str(value) for key, value in said.items() if value is not None}
