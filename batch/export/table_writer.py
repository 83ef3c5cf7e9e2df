"""Writes a table as two files, Parquet and CSV, a part at a time.

The CSV is RFC 4180 in UTF-8: a header, lines that end in CRLF, every text in quotes, nothing for
null. Genres are joined by `|`, times are ISO 8601. A text that a spreadsheet would take for a
formula gets an apostrophe before it, and so does one that begins with apostrophes before such a
sign: whoever takes one apostrophe from texts of that form has the text as Parquet holds it.
Source: OWASP, CSV Injection.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.csv import CSVWriter, WriteOptions
from pyarrow.parquet import ParquetWriter

FORMULA = "^('*[=+\\-@＝＋－＠\\t\\r\\n])"
CRLF = WriteOptions(eol="\r\n")


def write(
    path: Callable[[str], Path], name: str, schema: pa.Schema, parts: Iterable[pa.Table]
) -> int:
    """Write `name.parquet`, a row group a part, and `name.csv`; how many rows they have.

    Args:
        path: where a file of this name is written.
        name: of the table.
        schema: of each part.
        parts: of the table, in order.

    Raises:
        OSError: if the disk does not take them.
    """
    rows = 0
    with (
        _flushed(path(f"{name}.parquet")) as columns,
        _flushed(path(f"{name}.csv")) as lines,
        ParquetWriter(columns, schema, compression="zstd") as to_parquet,
        CSVWriter(lines, flat(schema.empty_table()).schema, write_options=CRLF) as to_csv,
    ):
        for part in parts:
            to_parquet.write_table(part)
            to_csv.write_table(flat(part))
            rows += part.num_rows
    return rows


@contextmanager
def _flushed(path: Path) -> Iterator[BinaryIO]:
    """Within, the file to write; at the end it is on the disk."""
    with path.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def flat(table: pa.Table) -> pa.Table:
    """The table as the CSV holds it."""
    columns = map(_flat, table.columns)
    return pa.table(dict(zip(table.column_names, columns, strict=True)))


def _flat(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):
        return pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")
    if pa.types.is_list(column.type):
        column = pc.binary_join(column, "|")
    if pa.types.is_string(column.type):
        return pc.replace_substring_regex(column, FORMULA, r"'\1")
    return column
