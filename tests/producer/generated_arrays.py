"""Generated data sets as arrays."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from producer.generate import Shape, generate


@dataclass(frozen=True)
class Columns:
    """A folder's ratings, arrays of shape (n,), and years of release by row of `movies.csv`."""

    user: NDArray[np.int64]
    movie: NDArray[np.int64]
    stars: NDArray[np.float64]
    at_s: NDArray[np.int64]
    year: NDArray[np.int64]


def generated(folder: Path, shape: Shape) -> Path:
    generate(folder, shape, lambda _: None)
    return folder


def movies(folder: Path) -> list[list[str]]:
    """Id, title and genres of each movie."""
    with (folder / "movies.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def year(title: str) -> int:
    """The year at a title's end; 0 where there is none, as with some real ones."""
    found = re.search(r"\((\d{4})\)$", title)
    return int(found[1]) if found else 0


def columns(folder: Path) -> Columns:
    rows = [line.split(",") for line in (folder / "ratings.csv").read_text().splitlines()[1:]]
    user, movie, stars, at_s = np.array(rows, np.float64).T
    years = np.array([year(title) for _, title, _ in movies(folder)])
    return Columns(
        user.astype(np.int64), movie.astype(np.int64), stars, at_s.astype(np.int64), years
    )
