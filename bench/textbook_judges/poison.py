"""Records that are no ratings, as each system would get them."""

import json
from collections.abc import Mapping

from harness.builders import wire

USER = 7
"""Of `harness.builders`, and of the textbook's records."""
SAID = {"userId": USER, "movieId": 10, "rating": 4.0, "timestamp": 1_763_632_800}


def said(**fields: object) -> bytes:
    """A rating as the textbook's producer writes it, some fields of it replaced, or left out."""
    changed = {**SAID, **fields}
    return json.dumps({name: one for name, one in changed.items() if one is not ...}).encode()


VALUES: Mapping[str, tuple[bytes, bytes]] = {
    "no JSON": (b"rated 4", b"rated 4"),
    "another program's JSON": (b'{"level": "info"}', b'{"level": "info"}'),
    "no movie": (wire(movie_id=...), said(movieId=...)),
    "a rating of 99": (wire(rating=99.0), said(rating=99.0)),
    "a rating of -5": (wire(rating=-5.0), said(rating=-5.0)),
    "a rating of 1e300": (wire(rating=1e300), said(rating=1e300)),
    "a rating that is not a number": (wire(rating=float("nan")), said(rating=float("nan"))),
    "a rating of 3.7": (wire(rating=3.7), said(rating=3.7)),
    "user 0": (wire(user_id=0), said(userId=0)),
    "a negative user": (wire(user_id=-7), said(userId=-7)),
    "a user beyond 32 bits": (wire(user_id=2**40), said(userId=2**40)),
    "rated in 2099": (wire(rated_at="2099-01-01T00:00:00.000Z"), said(timestamp=4_070_908_800)),
}
"""What is wrong, as a record of ours and as one of the textbook's."""
VALID = wire(), said()
"""What is right, to see that it gets through."""
REELSTREAM = [ours for ours, _ in VALUES.values()]
TEXTBOOK = [theirs for _, theirs in VALUES.values()]
