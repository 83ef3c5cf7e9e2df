"""A data set's rows as events: deterministic, one per row, written column by column."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from contracts.events import instant
from contracts.partitioner import partition_of
from kafka_clients import Outgoing
from movielens.rating_blocks import STARS, Ratings

Instants = Callable[[Ratings], tuple[pa.StringArray | pa.StringScalar | str, ...]]
"""When ratings were given, as the wire says it, in parts: one for each, or one for all."""
_RATED = pc.binary_join_element_wise(',"rating":', STARS, ',"rated_at":"', "")


def id_prefix(sha256: str) -> str:
    """What the ids of a data set's events begin with; the row follows, in twelve decimal digits.

    Together a UUIDv8, whose bits are the maker's (RFC 9562, section 5.8): the same whenever and
    however a row is replayed, and no two rows of a data set share one.
    """
    return f"{sha256[:8]}-{sha256[8:12]}-8{sha256[12:15]}-8{sha256[15:18]}-"


class Encoder:
    """Makes records of a data set's ratings, byte for byte what `contracts.events.encode` makes.

    Columns at a time: an event made by itself costs more than a fast client takes to send it.
    """

    def __init__(self, sha256: str, partitions: int, instants: Instants) -> None:
        """Encode for a topic of so many partitions."""
        self._prefix = id_prefix(sha256)
        self._places = _Partitions(partitions)
        self._instants = instants

    def records(self, ratings: Ratings) -> "Records":
        """The records of some ratings, in their order."""
        users = pa.array(ratings.user_id).cast(pa.string())
        return Records(
            users.cast(pa.binary()).to_pylist(),
            self._values(ratings, users).to_pylist(),
            [*map(self._places.__getitem__, ratings.user_id.tolist())],
        )

    def _values(self, ratings: Ratings, users: pa.StringArray) -> pa.BinaryArray:
        return pc.binary_join_element_wise(
            '{"v":1,"kind":"rated","event_id":"' + self._prefix,
            pc.ascii_lpad(pa.array(ratings.row).cast(pa.string()), 12, "0"),
            '","user_id":',
            users,
            ',"movie_id":',
            pa.array(ratings.movie_id).cast(pa.string()),
            _RATED.take(pa.array(ratings.half_stars)),
            *self._instants(ratings),
            '"}',
            "",
        ).cast(pa.binary())


@dataclass(frozen=True)
class Records:
    """Records as columns: a tuple for each is made only as it is taken."""

    keys: list[bytes]
    values: list[bytes]
    partitions: list[int]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.keys)

    def __iter__(self) -> Iterator[Outgoing]:
        """Each of them, in order."""
        return zip(self.keys, self.values, self.partitions, strict=True)


class _Partitions(dict[int, int]):
    """The partitions of the users that have been seen."""

    def __init__(self, partitions: int) -> None:
        super().__init__()
        self._partitions = partitions

    def __missing__(self, user: int) -> int:
        found = self[user] = partition_of(user, self._partitions)
        return found


def original_clock(ratings: Ratings) -> tuple[pa.StringArray, str]:
    """The instants at which the ratings were given."""
    at = pa.array(ratings.rated_at_s).cast(pa.timestamp("s")).cast(pa.string())
    return pc.binary_replace_slice(at, 10, 11, "T"), ".000Z"


def wall_clock(now_ms: Callable[[], int]) -> Instants:
    """The instant at which the ratings are sent, for all of them."""
    return lambda _: (instant(now_ms()),)
