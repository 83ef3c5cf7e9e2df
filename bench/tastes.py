"""What people of twelve tastes are shown, before and now: `python -m bench.tastes`.

Models of all of ml-latest-small (or what REELSTREAM_DATA names), with the shipped parameters and
with those of before; five stars for one, three and five well-known movies of a taste. What fits is
`batch/taste_definitions.py`; `reelstream batch tastes` shows the same of what is live. `--quick`
is the same: it takes seconds.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from batch.evaluation.dataset import load, load_content
from batch.native_engine import Native
from batch.taste_lists import GIVEN, TasteList, TastesShown, show
from batch.training import train
from bench.benchmark_report import AsJson, Figure, Keep, at_least, report
from bench.quality import OF_BEFORE
from contracts.catalogue import Catalogue
from contracts.clock import now_ms
from contracts.hyper_parameters import Parameters
from contracts.settings import from_environment
from movielens.rating_rows import latest_second
from movielens.release import open_release
from movielens.release_metadata import read_metadata
from producer.build_catalogue import build
from reelstream.demo_data import find

FITTING, TASTES = 5, 10
MODELS: Mapping[str, Parameters] = {"before": OF_BEFORE, "now": Parameters()}


def main(
    quick: Annotated[bool, typer.Option("--quick", help="The same.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Show the lists."""
    data = find(from_environment().data)
    catalogue, rated, describe = catalogue_of(data), load(data).rated(), load_content(data)
    shown = {
        name: show(train(rated, parameters, Native(2), describe=describe), catalogue)
        for name, parameters in MODELS.items()
    }
    report("tastes", list(figures(shown)), as_json, keep)


def catalogue_of(data: Path) -> Catalogue:
    """What a release tells of its movies."""
    release = open_release(data)
    return build(release, read_metadata(release), latest_second(now_ms()))


def figures(shown: Mapping[str, TastesShown]) -> Iterator[Figure]:
    """How many tastes are followed; then each list after five ratings, before and now."""
    for name, tastes in shown.items():
        for given in GIVEN:
            some = [one for one in tastes.lists if len(one.liked) == given]
            followed = sum(one.fitting >= FITTING for one in some)
            what = f"{name}: of {len(some)} tastes followed after {given}"
            if (name, given) == ("now", max(GIVEN)):
                yield at_least(what, followed, "", TASTES)
            else:
                yield Figure(what, followed, "", "", None)
    for before, now in zip(*(tastes.lists for tastes in shown.values()), strict=True):
        if len(now.liked) == max(GIVEN):
            yield _list("before", before)
            yield _list("now", now)


def _list(name: str, one: TasteList) -> Figure:
    titles = ", ".join(
        f"{'*' if movie.fits else ''}{movie.title} ({movie.year})" for movie in one.movies
    )
    return Figure(f"{one.taste}, {name}", one.fitting, f"of {len(one.movies)}: {titles}", "", None)


if __name__ == "__main__":
    typer.run(main)
