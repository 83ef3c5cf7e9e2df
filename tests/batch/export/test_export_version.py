"""What an export says is what the model and the event log say, whoever reads it."""

import csv
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from batch.export import tables
from batch.export.export_folder import FILES, MANIFEST, MARK, Manifest
from batch.export.export_version import ExportSources, export
from batch.snapshot import take
from contracts import artefact, catalogue
from contracts.artefact import BrokenArtefact
from contracts.catalogue import Catalogue
from contracts.file_checks import sha256_of
from contracts.ranked_lists import NO_STARS
from contracts.topics import Identity
from event_log import ForeignLog, Storage, claim
from harness.builders import AT_MS, PARTITIONS
from recommender.fold_in import Folder
from tests.batch.export.small_version import SNAPSHOT, TITLES, kept, movie


@pytest.fixture
def version(tmp_path: Path) -> ExportSources:
    return kept(tmp_path / "state")


def exported(version: ExportSources, to: Path, top: int = 100) -> Manifest:
    return export(version, 4, top, to, lambda _: None)


def rows(path: Path) -> list[dict[str, Any]]:
    return list(pq.read_table(path).to_pylist())


def told(version: ExportSources, top: int) -> list[dict[str, Any]]:
    """Everybody's list by the folder alone, a user at a time."""
    manifest, arrays = artefact.load(version.artefacts, 4)
    folder = Folder(artefact.model_from(arrays, manifest.parameters))
    lists = [(u, folder.ranked(h, top)) for u, h in take(version.event_log, SNAPSHOT).histories()]
    return [
        {
            "user_id": user,
            "rank": rank,
            "movie_id": int(movie_id),
            "title": TITLES.get(int(movie_id)),
            "score": pytest.approx(float(score), rel=1e-5),
            "predicted_stars": None if stars == NO_STARS else float(stars) / 10,
        }
        for user, one in lists
        for rank, (movie_id, score, stars) in enumerate(
            zip(one.movies, one.scores, one.stars_x10, strict=True), 1
        )
    ]


@pytest.mark.parametrize("top", [3, 100])
def test_recommendations_are_what_folding_in_says(
    version: ExportSources, tmp_path: Path, top: int
) -> None:
    exported(version, tmp_path / "out", top)

    found = rows(tmp_path / "out" / "recommendations.parquet")
    assert found == told(version, top)
    assert {row["user_id"] for row in found} == {7, 9}
    assert top == 3 or {None} < {row["predicted_stars"] for row in found}


def test_lists_are_the_same_however_many_users_are_held(
    version: ExportSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "USERS_AT_ONCE", 2)

    exported(version, tmp_path / "out")

    assert rows(tmp_path / "out" / "recommendations.parquet") == told(version, 100)
    assert pq.ParquetFile(tmp_path / "out" / "ratings.parquet").num_row_groups == 2


def test_ratings_are_the_latest_that_stand(version: ExportSources, tmp_path: Path) -> None:
    exported(version, tmp_path / "out")

    at = datetime.fromtimestamp(AT_MS / 1000, UTC)
    found = rows(tmp_path / "out" / "ratings.parquet")
    assert [tuple(row.values()) for row in found] == [
        (7, 10, 5.0, at),
        (7, 20, 4.5, at.replace(second=1, microsecond=500_000)),
        (8, 30, 1.0, at),
        (9, 110, 4.0, at),
    ]


def test_movies_are_those_of_catalogue_and_model(version: ExportSources, tmp_path: Path) -> None:
    exported(version, tmp_path / "out")

    found = {row["movie_id"]: row for row in rows(tmp_path / "out" / "movies.parquet")}
    manifest, arrays = artefact.load(version.artefacts, 4)
    one = artefact.model_from(arrays, manifest.parameters)
    assert list(found) == [*one.movies.tolist(), 999]
    assert found[20] == {
        "movie_id": 20,
        "title": TITLES[20],
        "year": 1995,
        "genres": ["Crime", "Drama"],
        "imdb_id": "tt20",
        "tmdb_id": 21,
        "ratings": 4,
        "likes": 1,
        "bias": float(one.biases[1] / 2),
    }
    assert (found[40]["title"], found[40]["likes"]) == (None, 3)
    assert (found[999]["ratings"], found[999]["likes"], found[999]["bias"]) == (0, 0, None)


@pytest.mark.parametrize("table", ["recommendations", "movies", "ratings"])
def test_duckdb_reads_the_same_from_both_files(
    version: ExportSources, tmp_path: Path, table: str
) -> None:
    exported(version, tmp_path / "out")
    path = tmp_path / "out" / table
    columns = {
        "genres": "string_split(genres, '|')",
        "title": "regexp_replace(title, '^''(''*[=+@-])', '\\1')",
    }
    plain = pq.read_schema(f"{path}.parquet").names
    wanted = ", ".join(f"{columns.get(name, name)} AS {name}" for name in plain)

    with duckdb.connect() as db:
        db.execute("SET TimeZone = 'UTC'")
        db.execute(f"CREATE TABLE parquet AS FROM read_parquet('{path}.parquet')")
        db.execute("CREATE TABLE csv AS FROM parquet LIMIT 0")
        db.execute(f"INSERT INTO csv SELECT {wanted} FROM read_csv('{path}.csv', header = true)")
        differ = "(FROM parquet EXCEPT FROM csv) UNION ALL (FROM csv EXCEPT FROM parquet)"

        count = db.execute("SELECT count(*) FROM csv").fetchone()
        different = db.execute(f"SELECT count(*) FROM ({differ})").fetchone()
    assert count == (pq.read_metadata(f"{path}.parquet").num_rows,)
    assert different == (0,)


def test_pandas_reads_what_is_in_the_csv(version: ExportSources, tmp_path: Path) -> None:
    exported(version, tmp_path / "out")

    read = pd.read_csv(tmp_path / "out" / "ratings.csv", parse_dates=["rated_at"])

    wanted = pq.read_table(tmp_path / "out" / "ratings.parquet").to_pandas()
    np.testing.assert_array_equal(read["stars"], wanted["stars"])
    np.testing.assert_array_equal(read["rated_at"], wanted["rated_at"])


def test_the_manifest_says_what_was_exported(version: ExportSources, tmp_path: Path) -> None:
    done = exported(version, tmp_path / "out")

    folder = tmp_path / "out"
    assert msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest) == done
    assert (done.version, done.snapshot, done.created_at_ms) == (4, SNAPSHOT, AT_MS)
    assert done.rows == {"recommendations": 20, "movies": 13, "ratings": 4}
    assert done.sha256 == {name: sha256_of(folder / name) for name in FILES}
    assert done.catalogue_sha256 == sha256_of(version.catalogue)
    assert {path.name for path in folder.iterdir()} == {MARK, MANIFEST, *FILES}


def test_the_same_version_gives_the_same_bytes(version: ExportSources, tmp_path: Path) -> None:
    exported(version, tmp_path / "one")
    exported(version, tmp_path / "other")

    for name in (*FILES, MANIFEST):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_an_earlier_export_is_replaced_whole(version: ExportSources, tmp_path: Path) -> None:
    before = exported(version, tmp_path / "out", top=3)
    catalogue.save(version.catalogue, Catalogue([movie(10, "Heat again")], []))

    after = exported(version, tmp_path / "out", top=2)

    same = {name for name in FILES if before.sha256[name] == after.sha256[name]}
    assert same == {"ratings.parquet", "ratings.csv"}
    assert json.loads((tmp_path / "out" / MANIFEST).read_text())["top"] == 2
    assert after.sha256 == {name: sha256_of(tmp_path / "out" / name) for name in FILES}
    with (tmp_path / "out" / "movies.csv").open(newline="", encoding="utf-8") as file:
        assert "Heat again" in {row["title"] for row in csv.DictReader(file)}


def test_a_version_that_is_not_there_leaves_an_earlier_export(
    version: ExportSources, tmp_path: Path
) -> None:
    before = exported(version, tmp_path / "out")
    shutil.rmtree(version.artefacts)

    with pytest.raises(BrokenArtefact, match="v000004"):
        exported(version, tmp_path / "out")

    assert before.sha256 == {name: sha256_of(tmp_path / "out" / name) for name in FILES}


def test_an_event_log_of_another_topic_is_refused(version: ExportSources, tmp_path: Path) -> None:
    other = Storage.of(str(tmp_path / "other"))
    claim(other, Identity("cluster", "another topic", PARTITIONS))

    with pytest.raises(ForeignLog, match="another topic"):
        exported(ExportSources(version.artefacts, other, version.catalogue), tmp_path / "out")
