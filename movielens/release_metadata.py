"""A release's files other than the ratings, and the invalid lines in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.catalogue import Person
from movielens.file_layouts import Role
from movielens.metadata_parsing import Loss
from movielens.movies import Link, MovieRow, read_links, read_movies
from movielens.release import Release
from movielens.tags import read_tags
from movielens.users import read_people


@dataclass(frozen=True)
class ReleaseMetadata:
    """What a release tells beside its ratings.

    Attributes:
        lost: what of each file could not be used.
        passed_over: as in `Release`.
    """

    movies: list[MovieRow]
    people: dict[int, Person]
    links: dict[int, Link]
    tags: dict[int, tuple[str, ...]]
    lost: Mapping[Role, Loss]
    passed_over: Sequence[str]

    def warnings(self) -> list[str]:
        """What is passed over or lost, a line for each file."""
        lost = [loss.summary() for loss in self.lost.values() if loss.first]
        return [*self.passed_over, *lost]

    def lost_lines(self) -> dict[str, int | None]:
        """How many lines of each file are lost, where some are; None for all of it."""
        return {role.value: loss.lines for role, loss in self.lost.items() if loss.first}


def read_metadata(release: Release) -> ReleaseMetadata:
    """All of it; all readers use this, so that they agree on what is acceptable.

    Raises:
        NotMovieLens: if the movies file has another format.
        Damaged: if a file is not whole, or changes meanwhile.
    """
    lost: dict[Role, Loss] = {role: Loss() for role in Role if role is not Role.ratings}
    return ReleaseMetadata(
        read_movies(release, lost[Role.movies]),
        read_people(release, lost[Role.users]),
        read_links(release, lost[Role.links]),
        read_tags(release, lost[Role.tags]),
        lost,
        release.passed_over,
    )
