"""Which part of a data set is replayed: `--from`, `--until` and `--limit`."""

import math
import re
from datetime import UTC, datetime

from contracts.process_exit import USAGE, Failure
from movielens.time_order import Ordered

_SHARE = re.compile(r"(\d{1,3}(?:\.\d+)?)%", re.ASCII)
_ROW = re.compile(r"\d{1,12}", re.ASCII)
EXAMPLES = "90%, 1000 or 2018-01-31"


def replay_range(ratings: Ordered, first: str, until: str, limit: int | None) -> tuple[int, int]:
    """Number of the first row and the one after the last, counted in time order.

    Raises:
        Failure: naming the option and its value, or if nothing lies between the two.
    """
    count = len(ratings)
    begin = min(count, row_number(ratings, "--from", first))
    end = min(count, row_number(ratings, "--until", until))
    if limit is not None:
        end = min(end, begin + limit)
    if begin >= end:
        what = f"none of the {count} rows lies between {first} and {until}"
        raise Failure(what, "--from, --until", "give an earlier --from or a later --until", USAGE)
    return begin, end


def row_number(ratings: Ordered, option: str, text: str) -> int:
    """The row number that an option names: a share of the rows, a row, or a time.

    Raises:
        Failure: if it names none.
    """
    if (share := _SHARE.fullmatch(text)) and float(share[1]) <= 100:
        return round(len(ratings) * float(share[1]) / 100)
    if _ROW.fullmatch(text):
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        what = f"{text!r} is neither a share, a row nor a time"
        raise Failure(what, option, f"use e.g. {EXAMPLES}", USAGE) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return ratings.count_before(math.ceil(moment.timestamp()))
