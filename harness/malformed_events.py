"""Values of records that are no events, each with the reason for which it is rejected."""

import gzip
import json

from contracts.event_parser import Reason
from contracts.events import MAX_ID, encode
from contracts.topics import MAX_EVENT_BYTES
from harness.builders import AT_MS, EVENT_ID, fields, rated, wire


def with_text(old: str, new: str) -> bytes:
    """A valid event's JSON with a piece of its text replaced."""
    text = json.dumps(fields())
    assert old in text
    return text.replace(old, new).encode(errors="surrogatepass")


def with_more(text: str) -> bytes:
    """A valid event's JSON with another member."""
    return with_text("}", f", {text}}}")


VALID = wire()
REFUSED: dict[str, tuple[Reason, bytes | None]] = {
    "E01 tombstone": (Reason.empty, None),
    "E01 empty": (Reason.empty, b""),
    "E01 whitespace": (Reason.empty, b" \r\n\t"),
    "E02 not JSON": (Reason.json, b"rated 4"),
    "E02 gzip": (Reason.json, gzip.compress(VALID)),
    "E02 UTF-16": (Reason.json, VALID.decode().encode("utf-16")),
    "E02 BOM": (Reason.json, b"\xef\xbb\xbf" + VALID),
    "E03 invalid UTF-8": (Reason.encoding, with_more('"x": "y"').replace(b'"y"', b'"\xff"')),
    "E03 overlong UTF-8": (Reason.encoding, with_more('"x": "y"').replace(b'"y"', b'"\xc0\xaf"')),
    "E03 lone surrogate": (Reason.encoding, with_more('"x": "\\ud800"')),
    "E03 lone surrogate in a name": (Reason.encoding, with_more('"\\udc00": 1')),
    "E03 NUL escape": (Reason.encoding, with_more('"x": "\\u0000"')),
    "E03 NUL escape in canonical bytes": (
        Reason.encoding, encode(rated())[:-1] + b',"x":"\\u0000"}',
    ),
    "E04 truncated": (Reason.json, VALID[:-1]),
    "E04 trailing garbage": (Reason.json, VALID + b"x"),
    "E04 two objects": (Reason.json, VALID + VALID),
    "E04 array": (Reason.json, b"[" + VALID + b"]"),
    "E04 number": (Reason.json, b"1"),
    "E04 string": (Reason.json, b'"rated"'),
    "E04 null": (Reason.json, b"null"),
    "E05 duplicate": (Reason.dup_key, with_more('"rating": 5.0')),
    "E05 equal duplicate": (Reason.dup_key, with_more('"v": 1')),
    "E05 duplicate spelled otherwise": (Reason.dup_key, with_more('"r\\u0061ting": 5.0')),
    "E05 duplicate below": (Reason.dup_key, with_more('"x": {"y": 1, "y": 2}')),
    **{f"E06 no {f}": (Reason.missing, wire(**{f: ...})) for f in
       ("kind", "event_id", "user_id", "movie_id", "rating", "rated_at")},
    **{f"E06 null {f}": (Reason.missing, wire(**{f: None})) for f in
       ("kind", "event_id", "user_id", "movie_id", "rating")},
    "E06 wrong case": (Reason.missing, with_text("user_id", "User_Id")),
    "E06 retracted with a rating": (Reason.missing, wire(kind="retracted")),
    "E06 dismissed with a null rating": (Reason.missing, wire(kind="dismissed", rating=None)),
    "E07 no version": (Reason.version, wire(v=...)),
    "E07 newer version": (Reason.version, wire(v=2)),
    "E07 older version": (Reason.version, wire(v=0)),
    "E07 version as a string": (Reason.version, wire(v="1")),
    "E07 version as a float": (Reason.version, wire(v=1.0)),
    "E07 version as a bool": (Reason.version, wire(v=True)),
    "E08 user as a string": (Reason.type, wire(user_id="7")),
    "E08 user as a float": (Reason.type, wire(user_id=7.0)),
    "E08 user as a bool": (Reason.type, wire(user_id=True)),
    "E08 user beyond 32 bits": (Reason.type, wire(user_id=MAX_ID + 1)),
    "E08 user beyond 64 bits": (Reason.type, wire(user_id=2**64)),
    "E08 movie as a string": (Reason.type, wire(movie_id="10")),
    "E08 movie beyond 32 bits": (Reason.type, wire(movie_id=2**63)),
    "E08 unknown kind": (Reason.type, wire(kind="liked")),
    "E08 kind as a number": (Reason.type, wire(kind=0)),
    **{f"E09 rating {text}": (Reason.rating, with_text("4.0", text)) for text in (
        "NaN", '"NaN"', "Infinity", "-Infinity", "1e999", "1e300", "-0", "0", "3.7", "5.5", "0.49",
        '"4"', "true", "[4]",
    )},
    "E10 user 0": (Reason.id, wire(user_id=0)),
    "E10 negative user": (Reason.id, wire(user_id=-7)),
    "E10 movie 0": (Reason.id, wire(movie_id=0)),
    "E10 negative movie": (Reason.id, wire(movie_id=-10)),
    **{f"E11 rated at {value!r}": (Reason.ts_range, wire(rated_at=value)) for value in (
        AT_MS, AT_MS * 1000, 0, -1, None, "", "1763632800000", "2099-01-01T00:00:00.000Z",
        "1994-12-31T23:59:59.999Z", "2025-02-30T00:00:00.000Z", "2025-11-20T10:00:60.000Z",
        "2025-11-20T10:00:00Z", "2025-11-20T10:00:00.000+00:00", "2025-11-20 10:00:00.000Z",
        "2025-11-20T10:00:00.000Z\n", "٢٠25-11-20T10:00:00.000Z",
    )},
    "E15 empty id": (Reason.id, wire(event_id="")),
    "E15 long id": (Reason.id, wire(event_id="a" * 10_000)),
    "E15 upper-case id": (Reason.id, wire(event_id=EVENT_ID.upper())),
    "E15 id without dashes": (Reason.id, wire(event_id=EVENT_ID.replace("-", ""))),
    "E15 id with a line end": (Reason.id, wire(event_id=EVENT_ID + "\n")),
    "E17 one byte too many": (Reason.too_large, VALID.ljust(MAX_EVENT_BYTES + 1)),
    "E17 a mebibyte": (Reason.too_large, VALID.ljust(2**20)),
    "E17 deep nesting": (Reason.json, b"[" * 30_000 + b"]" * 30_000),
    "E17 deep nesting in a field": (Reason.json, with_more('"x": ' + "[" * 500 + "]" * 500)),
    "E17 number without end": (Reason.json, with_more('"x": ' + "1" * 5000)),
    "E28 another program's JSON": (Reason.version, b'{"level": "info", "msg": "hello"}'),
    "E28 another program's bytes": (Reason.json, b"\x00\x00\x00\x00\x01Avro"),
}  # fmt: skip
