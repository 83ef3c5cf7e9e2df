"""Files as MovieLens writes them, in a folder that appears whole or not at all."""

import csv
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow.csv import CSVWriter, WriteOptions

from movielens.file_layouts import HEADERS, Role
from movielens.rating_blocks import STARS
from producer.generate.random_streams import below
from producer.generate.ratings import Ratings
from producer.generate.titles_and_genres import TAG_WORDS
from producer.generate.users import LAST_S

WORDS = pa.array(TAG_WORDS)
TAGGED = 0.02
"""The share of ratings that have a tag."""
TAGGED_WITHIN_S = 60


def _schema(role: Role, text: str) -> pa.Schema:
    names = HEADERS[role]
    return pa.schema([(name, pa.string() if name == text else pa.int64()) for name in names])


RATINGS = _schema(Role.ratings, "rating")
TAGS = _schema(Role.tags, "tag")


@contextmanager
def whole(folder: Path) -> Iterator[Path]:
    """A folder beside the wanted one, to write in; renamed to it, or removed if that fails.

    Raises:
        FileExistsError: if there are files in it already.
        NotADirectoryError: if it is a file.
    """
    folder = folder.resolve()
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}")
    temporary.mkdir(parents=True)
    try:
        yield temporary
        temporary.replace(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def table(path: Path, schema: pa.Schema) -> Iterator[CSVWriter]:
    """A writer of record batches as CSV; no value of theirs needs quotes."""
    with path.open("wb") as file:
        file.write(",".join(schema.names).encode() + b"\n")
        options = WriteOptions(include_header=False, quoting_style="none")
        with CSVWriter(file, schema, write_options=options) as writer:
            yield writer


def rating_rows(ratings: Ratings, first_user: int) -> pa.RecordBatch:
    """Ratings as lines of `ratings.csv`; ids begin at 1."""
    stars = STARS.take(pa.array(ratings.half_stars))
    columns = [ratings.user + first_user + 1, ratings.movie + 1, stars, ratings.at_s]
    return pa.record_batch(columns, schema=RATINGS)


def tag_rows(random: np.random.Generator, ratings: Ratings, first_user: int) -> pa.RecordBatch:
    """A tag for some of the ratings, as lines of `tags.csv`."""
    which = np.flatnonzero(random.random(len(ratings.user)) < TAGGED)
    words = WORDS.take(pa.array(below(random, np.full(len(which), len(WORDS)))))
    later_s = below(random, np.full(len(which), TAGGED_WITHIN_S))
    at_s = np.minimum(ratings.at_s[which] + later_s, LAST_S)
    columns = [ratings.user[which] + first_user + 1, ratings.movie[which] + 1, words, at_s]
    return pa.record_batch(columns, schema=TAGS)


def write_lines(path: Path, header: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    """Write lines as CSV, with quotes where a value needs them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)
