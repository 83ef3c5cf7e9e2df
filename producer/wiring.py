"""What the producer's commands work with: clients and stores, built from the settings."""

import sys
from pathlib import Path
from typing import NamedTuple

from contracts import catalogue as catalogues
from contracts.clock import now_ms
from contracts.effective_settings import settings_here
from contracts.process_exit import USAGE, Failure, until_stopped, warn
from contracts.settings import Settings, cache_folder
from movielens.rating_rows import CLOCK_FROM_S, latest_second
from movielens.release import open_release
from movielens.release_metadata import read_metadata
from producer import fetch as downloads
from producer import generate as generator
from producer import rate_movie, replay_job
from producer import validate as validation
from producer.build_catalogue import build
from producer.known_releases import release
from producer.progress_display import counting, downloading, progress_view, result_line, summary
from producer.replay_options import Options
from redis_store.catalogue import CatalogueStore
from redis_store.connection import connect


class Published(NamedTuple):
    """What a catalogue holds, and how many lines of a release's files were lost, by file."""

    movies: int
    personas: int
    lost: dict[str, int | None]


def replay(options: Options, ledger: Path | None, resume: bool, json: bool) -> bool:
    """Send ratings, and print how far it came; whether it came to its end."""
    warn_of_clock()
    settings = settings_here()
    with until_stopped() as stopping:
        with progress_view(json) as progress:
            ended = replay_job.send(options, settings, ledger, resume, stopping, progress)
        said = summary(ended) if json else result_line(ended, settings.topics.ratings)
        sys.stdout.write(f"{said}\n")
        return not (stopping() and ended and ended.next < ended.until)


def dry_run(options: Options, json: bool) -> None:
    """Write the same bytes to stdout."""
    warn_of_clock()
    settings = settings_here()
    with progress_view(json) as progress:
        replay_job.dry_run(options, settings.partitions, sys.stdout.buffer, progress)


def validate(path: Path, allow_empty: bool, json: bool) -> tuple[int, str]:
    """How many rows of a release are rejected, and a report of all that is in it."""
    warn_of_clock()
    found = validation.inspect_release(path, allow_empty)
    report = validation.as_json(found) if json else validation.as_text(found)
    return sum(found.rejected.values()), report


def catalogue(path: Path | None) -> Published:
    """Publish a release's catalogue, or the one that is kept if none is given."""
    settings = settings_here()
    lost = _keep(path, settings.catalogue) if path is not None else {}
    if not settings.catalogue.is_file():
        what_to_do = "give a MovieLens release"
        raise Failure("no catalogue has been saved", str(settings.catalogue), what_to_do, USAGE)
    kept = catalogues.load(settings.catalogue)
    _store(settings, timeout_s=5).write(kept)
    return Published(len(kept.movies), len(kept.personas), lost)


def fetch(name: str) -> Path:
    """Download a release, or find it in the cache; where it is."""
    with downloading(name) as report:
        return downloads.fetch(release(name), cache_folder(), report)


def generate(folder: Path, users: int, movies: int, ratings: int, seed: int) -> None:
    """Make a data set of this shape."""
    with counting("generating", ratings) as report:
        generator.generate(folder, generator.Shape(users, movies, ratings, seed), report)


def rate(user: int, movie: int, stars: float) -> str:
    """Send one rating; its event as it was acknowledged."""
    event, settings = rate_movie.rating(user, movie, stars), settings_here()
    kept = catalogues.kept(settings.catalogue)
    known = kept or rate_movie.published(_store(settings, timeout_s=2))
    rate_movie.refuse_unknown(event, known)
    return rate_movie.send_one(settings, event)


def warn_of_clock() -> None:
    """Warn if the clock is obviously wrong; ids and original times do not depend on it."""
    if now_ms() < CLOCK_FROM_S * 1000:
        warn("the clock is set to a year before 2020")


def _keep(path: Path, file: Path) -> dict[str, int | None]:
    """Write a release's catalogue into a file; lines that were lost, by the file they stood in."""
    release = open_release(path)
    metadata = read_metadata(release)
    for what in metadata.warnings():
        warn(what)
    catalogues.save(file, build(release, metadata, latest_second(now_ms())))
    return metadata.lost_lines()


def _store(settings: Settings, timeout_s: float) -> CatalogueStore:
    return CatalogueStore(connect(settings.redis_url, timeout_s), settings.keys)
