"""The CSV: what RFC 4180 says, and nothing that a spreadsheet would compute."""

import csv
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.export.table_writer import write

SCHEMA = pa.schema([pa.field("n", pa.int32(), nullable=False), ("text", pa.string())])
STARTS_FORMULA = tuple("=+-@＝＋－＠\t\r\n")


def written(folder: Path, *texts: str | None) -> Path:
    """The CSV of these texts, a part each."""
    parts = [pa.table({"n": [n], "text": [text]}, SCHEMA) for n, text in enumerate(texts)]
    write(lambda name: folder / name, "some", SCHEMA, parts)
    return folder / "some.csv"


def as_csv(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        return [row[1] for row in csv.reader(file, strict=True)][1:]


def without_guard(text: str) -> str:
    return re.sub("^'('*[=+\\-@＝＋－＠\t\r\n])", r"\1", text)


def test_lines_end_and_texts_are_quoted_as_rfc_4180_says(tmp_path: Path) -> None:
    path = written(tmp_path, 'He said "no", twice', None, "")

    assert path.read_bytes() == b'"n","text"\r\n0,"He said ""no"", twice"\r\n1,\r\n2,""\r\n'


@pytest.mark.parametrize("start", STARTS_FORMULA)
def test_no_text_is_a_formula(tmp_path: Path, start: str) -> None:
    (text,) = as_csv(written(tmp_path, f"{start}cmd|'/C calc'!A0"))

    assert text == f"'{start}cmd|'/C calc'!A0"


def test_parquet_keeps_the_text(tmp_path: Path) -> None:
    written(tmp_path, "=1+1", "'=1+1")

    assert pq.read_table(tmp_path / "some.parquet")["text"].to_pylist() == ["=1+1", "'=1+1"]


@pytest.mark.parametrize("title", ["'burbs, The", "Heat", "8½", "1-900", "Face/Off"])
def test_other_texts_stay_as_they_are(tmp_path: Path, title: str) -> None:
    assert as_csv(written(tmp_path, title)) == [title]


@given(texts=st.lists(st.text(st.sampled_from("'=+-@＝\t\r\n\",;é a|"), max_size=5), max_size=6))
def test_every_text_can_be_read_back_and_none_begins_a_formula(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    read = as_csv(written(tmp_path_factory.mktemp("csv"), *texts))

    assert list(map(without_guard, read)) == texts
    assert not any(text.startswith(STARTS_FORMULA) for text in read)


def test_a_table_without_rows_has_a_header(tmp_path: Path) -> None:
    assert written(tmp_path).read_bytes() == b'"n","text"\r\n'
    assert pq.read_table(tmp_path / "some.parquet").num_rows == 0


def test_a_part_is_a_row_group(tmp_path: Path) -> None:
    written(tmp_path, "a", "b", "c")

    assert pq.ParquetFile(tmp_path / "some.parquet").num_row_groups == 3
