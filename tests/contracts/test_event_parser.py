import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import event_parser
from contracts.event_parser import EARLIEST_RATED_AT_MS, MalformedEvent, Reason, Record, parse
from contracts.events import MAX_ID, Event, Kind, encode, instant
from contracts.partitioner import partition_of
from contracts.topics import MAX_EVENT_BYTES
from harness.builders import (
    AT_MS,
    EVENT_ID,
    PARTITIONS,
    dismissed,
    fields,
    holding,
    rated,
    record,
    retracted,
    wire,
)
from harness.checker.event_validity import event_of
from harness.checker.topic_dump import Row
from harness.malformed_events import REFUSED, VALID, with_more, with_text

SCHEMA = json.loads(Path(event_parser.__file__).with_name("event.schema.json").read_bytes())
SCHEMA_SAYS = jsonschema.Draft202012Validator(SCHEMA)
MINUTE_MS = 60_000


def reason_of(one: Record) -> Reason:
    with pytest.raises(MalformedEvent) as refused:
        parse(one, PARTITIONS)
    return refused.value.reason


@pytest.mark.parametrize(("reason", "value"), REFUSED.values(), ids=REFUSED)
def test_a_record_that_is_no_event_is_rejected_with_its_reason(
    reason: Reason, value: bytes | None
) -> None:
    assert reason_of(holding(value)) is reason


ACCEPTED = {
    "E07 an unknown field": with_more('"client": {"name": "page"}'),
    "E07 an escaped backslash before u0000": with_more('"x": "\\\\u0000"'),
    "E10 an unknown movie": wire(movie_id=MAX_ID),
    "E17 10,000 fields": with_text("}", "".join(f',"{n}":0' for n in range(6000)) + "}"),
    "E17 a number of 1,500 digits": with_more('"x": ' + "1" * 1500),
    "E17 exactly 64 KiB": VALID.ljust(MAX_EVENT_BYTES),
    "an integer rating": wire(rating=4),
    "a rating with an exponent": with_text("4.0", "0.4e1"),
    "white space": json.dumps(fields(), indent=4).encode(),
    "another order": json.dumps(dict(reversed(fields().items()))).encode(),
    "an escaped letter": with_text("rated_at", "r\\u0061ted_at"),
}


@pytest.mark.parametrize("value", ACCEPTED.values(), ids=ACCEPTED)
def test_an_event_may_be_written_in_other_ways(value: bytes) -> None:
    event = parse(holding(value), PARTITIONS)

    assert event in (rated(), rated(movie_id=MAX_ID))


def test_an_unknown_user_is_accepted() -> None:
    assert parse(record(rated(user_id=MAX_ID)), PARTITIONS).user_id == MAX_ID


@pytest.mark.parametrize("half_stars", range(1, 11))
def test_every_half_star_is_a_rating(half_stars: int) -> None:
    assert parse(holding(wire(rating=half_stars / 2)), PARTITIONS).half_stars == half_stars


@pytest.mark.parametrize("ahead_ms", [5 * MINUTE_MS - 1000, 5 * MINUTE_MS])
def test_a_clock_may_be_five_minutes_fast(ahead_ms: int) -> None:
    assert parse(record(rated(at_ms=AT_MS + ahead_ms), AT_MS), PARTITIONS)


@pytest.mark.parametrize("ahead_ms", [5 * MINUTE_MS + 1, 5 * MINUTE_MS + 1000])
def test_a_clock_that_is_faster_is_out_of_range(ahead_ms: int) -> None:
    assert reason_of(record(rated(at_ms=AT_MS + ahead_ms), AT_MS)) is Reason.ts_range


@pytest.mark.parametrize("key", [None, b"", b"8", b"07", b"7 ", b"+7", b"7\n", "７".encode()])
def test_a_key_that_is_not_the_user_is_rejected(key: bytes | None) -> None:
    good = record(rated())

    assert reason_of(Record(key, good.partition, good.value, good.timestamp_ms)) is Reason.key


def test_a_record_in_another_partition_than_its_users_is_rejected() -> None:
    good = record(rated())
    elsewhere = (good.partition + 1) % PARTITIONS

    assert reason_of(Record(good.key, elsewhere, good.value, good.timestamp_ms)) is Reason.key


@pytest.mark.parametrize("timestamp_ms", [-1, 0, 2**62])
def test_a_record_of_an_impossible_time_is_rejected(timestamp_ms: int) -> None:
    event = rated(at_ms=EARLIEST_RATED_AT_MS - 1)

    assert reason_of(record(event, timestamp_ms)) is Reason.ts_range


def test_the_message_is_short_however_long_the_value_is() -> None:
    with pytest.raises(MalformedEvent) as refused:
        parse(holding(wire(event_id="a" * 10_000)), PARTITIONS)

    assert len(str(refused.value)) < 250


IDS = st.integers(1, MAX_ID)
TIMES = st.integers(EARLIEST_RATED_AT_MS, AT_MS)
UUIDS = st.uuids().map(str)
EVENTS = st.one_of(
    st.builds(Event, st.just(Kind.rated), UUIDS, IDS, IDS, st.integers(1, 10), TIMES),
    st.builds(
        Event,
        st.sampled_from([Kind.retracted, Kind.dismissed]),
        UUIDS, IDS, IDS, st.none(), TIMES,
    ),
)  # fmt: skip


@given(EVENTS)
def test_what_was_encoded_is_parsed(event: Event) -> None:
    assert parse(record(event), PARTITIONS) == event


@given(EVENTS)
def test_encoding_is_canonical(event: Event) -> None:
    value = encode(event)

    assert encode(parse(holding(value, event.user_id), PARTITIONS)) == value


@given(TIMES)
def test_an_instant_says_its_milliseconds(at_ms: int) -> None:
    assert parse(record(rated(at_ms=at_ms)), PARTITIONS).rated_at_ms == at_ms


def judged(one: Record) -> Event | None:
    """The event of a record, or None; any other exception than the parser's own gets out."""
    try:
        return parse(one, PARTITIONS)
    except MalformedEvent:
        return None


@given(st.binary(max_size=300), st.none() | st.binary(max_size=12), st.integers(-1, 2**63 - 1))
def test_arbitrary_bytes_raise_nothing_but_malformed(
    value: bytes, key: bytes | None, timestamp_ms: int
) -> None:
    assert judged(Record(key, 0, value, timestamp_ms)) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NEARLY = JSON | st.sampled_from([1, 7, 10, 4.0, 4.25, EVENT_ID, "rated", "retracted", instant(0)])


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """An event's JSON with some fields replaced or added, and perhaps some bytes."""
    tree = fields() | draw(st.dictionaries(st.sampled_from([*fields()]) | st.text(), NEARLY))
    text = json.dumps(
        tree,
        ensure_ascii=draw(st.booleans()),
        separators=draw(st.sampled_from([(", ", ": "), (",", ":")])),
    )
    value = bytearray(text.encode(errors="replace"))
    for at, byte in draw(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=2)):
        value[at % len(value)] = byte
    return bytes(value)


def outcome(one: Record) -> Event | Reason:
    """The event of a record, or why it is none."""
    try:
        return parse(one, PARTITIONS)
    except MalformedEvent as error:
        return error.reason


@given(mutated())
def test_the_short_way_of_canonical_bytes_ends_where_the_long_way_does(value: bytes) -> None:
    one = holding(value)
    short = outcome(one)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_parser, "_canonical", lambda _: None)
        assert outcome(one) == short


def test_what_is_encoded_goes_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_parser, "json_object", None)

    assert all(parse(record(one), PARTITIONS) == one for one in (rated(), retracted(), dismissed()))


@given(mutated())
def test_the_checkers_own_rules_find_the_same_records_valid(value: bytes) -> None:
    one = holding(value)

    event = judged(one)

    other = event_of(Row(one.partition, 0, one.timestamp_ms, one.key, one.value), PARTITIONS)
    said = event and (event.kind.name, *(getattr(event, f) for f in event.__struct_fields__[1:]))
    assert said == (other and tuple(other))


@pytest.mark.parametrize(("reason", "value"), REFUSED.values(), ids=REFUSED)
def test_the_checkers_own_rules_refuse_the_same(reason: Reason, value: bytes | None) -> None:
    one = holding(value)

    assert event_of(Row(one.partition, 0, AT_MS, one.key, value), PARTITIONS) is None, reason


@pytest.mark.parametrize("value", ACCEPTED.values(), ids=ACCEPTED)
def test_the_checkers_own_rules_accept_the_same(value: bytes) -> None:
    one = holding(value)

    assert event_of(Row(one.partition, 0, AT_MS, one.key, value), PARTITIONS) is not None


@given(mutated())
def test_the_schema_accepts_whatever_the_parser_accepts(value: bytes) -> None:
    if judged(holding(value)) is not None:
        SCHEMA_SAYS.validate(json.loads(value))


NOT_IN_A_SCHEMA = {
    *(name for name in REFUSED if name[:3] in {"E03", "E05", "E17"}),  # of bytes, not of values
    "E07 version as a float",  # 1.0 is an integer to JSON Schema
    "E08 user as a float",
    "E09 rating NaN",  # no JSON
    "E11 rated at '2099-01-01T00:00:00.000Z'",  # of the record's time
    "E11 rated at '1994-12-31T23:59:59.999Z'",
    "E11 rated at '2025-02-30T00:00:00.000Z'",  # of the calendar
    "E11 rated at '2025-11-20T10:00:60.000Z'",
    "E11 rated at '2025-11-20T10:00:00.000Z\\n'",  # Python's `$` lets a line end pass
    "E15 id with a line end",
}
SEEN_BY_SCHEMA = {
    name: json.loads(value)
    for name, (reason, value) in REFUSED.items()
    if value and reason not in (Reason.json, Reason.empty) and name not in NOT_IN_A_SCHEMA
}


@pytest.mark.parametrize("tree", SEEN_BY_SCHEMA.values(), ids=SEEN_BY_SCHEMA)
def test_the_schema_refuses_what_the_parser_refuses(tree: Any) -> None:
    assert not SCHEMA_SAYS.is_valid(tree)


@given(EVENTS)
def test_the_schema_accepts_every_event(event: Event) -> None:
    SCHEMA_SAYS.validate(json.loads(encode(event)))


def test_a_users_partition_belongs_to_validity() -> None:
    partitions = {parse(record(rated(user_id=user)), PARTITIONS).user_id for user in range(1, 50)}

    assert partitions == set(range(1, 50))
    assert len({partition_of(user, PARTITIONS) for user in range(1, 50)}) == PARTITIONS
