"""The files beside the ratings as records of named fields, by the rules of CSV where they are CSV.

Source: RFC 4180. Spark writes a quote within quotes behind a backslash instead of twice
(https://spark.apache.org/docs/latest/sql-data-sources-csv.html).
"""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice

from movielens.file_layouts import Layout, Role
from movielens.folder_or_zip import Member
from movielens.release import Part

MAX_LINE = 65_536
MAX_LINES = 16
"""Lines of one record: a quote that stays open longer was never meant to be one."""

Fields = Mapping[str, str]


class Malformed(ValueError):
    """A record that does not tell what its file tells; says what is wrong."""


def records(part: Part) -> Iterator[tuple[int, str]]:
    """The records, each with the number of its first line; header and blank lines are skipped.

    Raises:
        Damaged: if the file is not whole, or changes meanwhile.
    """
    lines, waiting = _lines(part.member), deque[tuple[int, str]]()
    csv_file, columns = part.layout.separator == ",", len(part.layout.columns)
    for line in lines:
        waiting.append(line)
        while waiting:
            number, text = waiting.popleft()
            if csv_file and '"' in text and _is_open(text):
                waiting.extend(islice(lines, MAX_LINES - 1 - len(waiting)))
                text, more = _closed([text, *(after for _, after in waiting)], columns)
                for _ in range(more):
                    waiting.popleft()
            if text.strip() and not (number == 1 and part.layout.header):
                yield number, text


def fields_of(record: str, layout: Layout) -> Fields:
    """A record's fields by their names.

    Raises:
        Malformed: if it has others.
    """
    if len(record) > MAX_LINE:
        raise Malformed(f"more than {MAX_LINE} characters")
    fields = _split(record, layout)
    if len(fields) != len(layout.columns):
        raise Malformed(f"{len(fields)} fields, not {len(layout.columns)}: {record[:80]!r}")
    return dict(zip(layout.columns, fields, strict=True))


def _split(record: str, layout: Layout) -> list[str]:
    if layout.separator == "," and '"' in record:
        fields = _quoted(record)
        if fields is None:
            raise Malformed(f"a misplaced quote: {record[:80]!r}")
        return fields
    if layout.separator == "::" and layout.role is Role.tags:
        # A tag may hold the separator itself.
        *ids, rest = record.split("::", 2)
        return [*ids, *rest.rsplit("::", 1)]
    return record.split(layout.separator)


def _quoted(record: str) -> list[str] | None:
    """The fields as RFC 4180 has them, else as Spark has; None if neither makes sense."""
    for text in (record, record.replace('\\"', '""')):
        with suppress(csv.Error):
            return next(csv.reader([text], strict=True))
    return None


def _is_open(text: str) -> bool:
    """Whether a quoted field goes on behind the end of this text."""
    return _quoted(text) is None and _quoted(f'{text}"') is not None


def _closed(lines: Sequence[str], columns: int) -> tuple[str, int]:
    """A record that its first line leaves open, and how many more it has; that line, if none."""
    for more in range(1, len(lines)):
        record = "\n".join(lines[: more + 1])
        if not _is_open(record):
            fields = _quoted(record) or ()
            return (record, more) if len(fields) == columns else (lines[0], 0)
    return lines[0], 0


def _lines(member: Member) -> Iterator[tuple[int, str]]:
    """The lines with their numbers; of one beyond all measure the beginning."""
    number, tail = 0, ""
    for text in _text(member):
        *lines, tail = (tail + text).split("\n")
        yield from enumerate(lines, number + 1)
        number += len(lines)
        tail = tail[: MAX_LINE + 1]
    yield number + 1, tail


def _text(member: Member) -> Iterator[str]:
    """The file in pieces, every line end a line feed."""
    decoder = codecs.getincrementaldecoder(_encoding(member))()
    translated = io.IncrementalNewlineDecoder(decoder, translate=True)
    for chunk in member.chunks():
        yield translated.decode(chunk)
    yield translated.decode(b"", final=True)


def _encoding(member: Member) -> str:
    """UTF-8 if the whole file is, else Latin-1: 100K and 1M are older than UTF-8's ways."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in member.chunks():
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"
