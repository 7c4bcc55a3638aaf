"""What the layout of a row is: a strict tokeniser of flat JSON.

It takes less than JSON allows, and every layout is tried on its own row before it is
used: what comes out must be what the exact decoder said.
"""

import re
from collections.abc import Generator
from typing import NamedTuple

import msgspec

from streams._kernels import layouts as kinds
from streams.batch import REFERENCE_COLUMNS, TIME_COLUMNS, VALUE_COLUMNS
from streams.codec.envelope import is_current
from streams.codec.layouts import LayoutTrie, Segment
from streams.events import EVENT_TYPES
from streams.layout import LAYOUTS, FieldLayout

ROW_MAX = 16_384  # bytes of a row that a layout is made of; longer ones are rare
FIELDS_MAX = 64  # of a row

SPACE = rb"[ \t\n\r]*"
OPENING = re.compile(SPACE + rb"\{" + SPACE)
CLOSING = re.compile(SPACE + rb"\}")
KEY = re.compile(rb'"([^"\\\x00-\x1f]*)"' + SPACE + rb":" + SPACE)
COMMA = re.compile(SPACE + rb"," + SPACE)
STRING = re.compile(rb'"[^"\\\x00-\x1f]*"')
NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
WORD = re.compile(rb"true|false|null")
REST = re.compile(SPACE)
# Attributes whose value is the same in every row of a layout.
FIXED = (b"type", b"specversion", b"dataschema", b"datacontenttype")


MARKS = {"open": kinds.DATA_START, "close": kinds.DATA_END}
HEADS = {
    b"id": Segment(b"", kinds.ID),
    b"source": Segment(b"", kinds.REFERENCE, 0),
    b"time": Segment(b"", kinds.TIME),
}


class Token(NamedTuple):
    """A value of a row: its key, whether it stands in the data, form and span."""

    key: bytes
    in_data: bool
    form: str  # "string" (span without the quotes), "number", "word", "open", "close"
    start: int
    end: int


class _NotFlatError(ValueError):
    """The row is not of the form that layouts are made of."""


def layout_of(value: bytes, type_code: int, trie: LayoutTrie) -> list[Segment] | None:
    """Make the layout of a row.

    Parameters
    ----------
    value : bytes
        A record that the exact decoder has accepted.
    type_code : int
        Its type, as the exact decoder says.
    trie : LayoutTrie
        Takes the words of enumerations.

    Returns
    -------
    list of Segment or None
        None if the row has escapes, keys twice, nested data, or is too long.
    """
    if len(value) > ROW_MAX:
        return None
    try:
        tokens = list(_tokens(value))
        return _segments(value, tokens, type_code, trie)
    except _NotFlatError:
        return None


def _tokens(value: bytes) -> Generator[Token, None, None]:
    at = _expect(OPENING, value, 0)
    at = yield from _members(value, at, in_data=False)
    if _expect(REST, value, at) != len(value):
        raise _NotFlatError


def _members(value: bytes, at: int, *, in_data: bool) -> Generator[Token, None, int]:
    """Read the members of an object up to behind its brace; return where that is."""
    seen: set[bytes] = set()
    while True:
        key = KEY.match(value, at)
        if key is None or key[1] in seen or len(seen) > FIELDS_MAX:
            raise _NotFlatError
        seen.add(key[1])
        at = key.end()
        if key[1] == b"data" and not in_data:
            at = yield from _data(value, at)
        else:
            token = _scalar(value, at, key[1], in_data=in_data)
            yield token
            at = token.end + (token.form == "string")
        comma = COMMA.match(value, at)
        if comma is None:
            return _expect(CLOSING, value, at)
        at = comma.end()


def _data(value: bytes, at: int) -> Generator[Token, None, int]:
    if value[at : at + 1] != b"{":
        raise _NotFlatError
    yield Token(b"", True, "open", at + 1, at + 1)  # noqa: FBT003
    inside = _expect(OPENING, value, at)
    end = yield from _members(value, inside, in_data=True)
    yield Token(b"", True, "close", end, end)  # noqa: FBT003
    return end


def _scalar(value: bytes, at: int, key: bytes, *, in_data: bool) -> Token:
    if text := STRING.match(value, at):
        return Token(key, in_data, "string", at + 1, text.end() - 1)
    if number := NUMBER.match(value, at):
        return Token(key, in_data, "number", at, number.end())
    if word := WORD.match(value, at):
        return Token(key, in_data, "word", at, word.end())
    raise _NotFlatError


def _expect(pattern: re.Pattern[bytes], value: bytes, at: int) -> int:
    found = pattern.match(value, at)
    if found is None:
        raise _NotFlatError
    return found.end()


def _segments(
    value: bytes, tokens: list[Token], type_code: int, trie: LayoutTrie
) -> list[Segment]:
    segments = []
    at = 0
    for token in tokens:
        if token.key == b"dataschema" and not token.in_data:
            _check_current(value[token.start : token.end], type_code)
        kind = _kind(token, type_code, trie)
        if kind is not None:
            segments.append(kind._replace(literal=value[at : token.start]))
            at = token.end
    code = next((_default(f, type_code) for f in LAYOUTS[type_code] if f.choices), -1)
    return [*segments, Segment(value[at:], kinds.END, type_code, code)]


def _check_current(dataschema: bytes, type_code: int) -> None:
    """Leave data of older versions to the exact decoder, which lifts them."""
    if not is_current(dataschema, type_code):
        raise _NotFlatError


def _default(field: FieldLayout, type_code: int) -> int:
    if field.required:
        return -1
    fields = msgspec.structs.fields(EVENT_TYPES[type_code])
    default = next(f.default for f in fields if f.name == field.name)
    return field.choices.index(default)


def _kind(token: Token, type_code: int, trie: LayoutTrie) -> Segment | None:
    """Return the segment of a token, its literal still empty; None if it is literal."""
    if token.form in MARKS:
        return Segment(b"", MARKS[token.form])
    if token.form == "word" or (token.key in FIXED and not token.in_data):
        return None
    if token.in_data:
        return _data_kind(token, type_code, trie)
    if token.key == b"sequence":
        numeric = token.form == "number"
        return Segment(b"", kinds.SEQUENCE_NUMBER if numeric else kinds.SEQUENCE_TEXT)
    return HEADS.get(token.key, _skipped(token))


def _skipped(token: Token) -> Segment:
    numeric = token.form == "number"
    return Segment(b"", kinds.SKIPPED_NUMBER if numeric else kinds.SKIPPED_STRING)


def _data_kind(token: Token, type_code: int, trie: LayoutTrie) -> Segment:
    name = token.key.decode(errors="replace")
    field = next((f for f in LAYOUTS[type_code] if f.name == name), None)
    if field is None:
        return _skipped(token)
    if field.column is None:
        if token.form != "string" or not _is_text(type_code, name):
            raise _NotFlatError
        return Segment(b"", kinds.DETAIL_STRING)
    if (token.form == "number") != (field.column in (*VALUE_COLUMNS, *TIME_COLUMNS)):
        raise _NotFlatError
    return _column_kind(field, trie)


def _column_kind(field: FieldLayout, trie: LayoutTrie) -> Segment:
    assert field.column is not None
    if field.column in VALUE_COLUMNS:
        low = -float("inf") if field.low is None else field.low
        place = VALUE_COLUMNS.index(field.column)
        return Segment(b"", kinds.NUMBER, place, low=low)
    if field.column in TIME_COLUMNS:
        return Segment(b"", kinds.TIME_COLUMN, TIME_COLUMNS.index(field.column))
    if field.column == "code":
        first = trie.choices(field.choices)
        return Segment(b"", kinds.CHOICE, first, len(field.choices))
    return Segment(b"", kinds.REFERENCE, 1 + REFERENCE_COLUMNS.index(field.column))


def _is_text(type_code: int, name: str) -> bool:
    """Tell whether a field holds any string, and its default is none."""
    fields = msgspec.structs.fields(EVENT_TYPES[type_code])
    field = next(f for f in fields if f.name == name)
    return field.type in (str, str | None) and not isinstance(field.default, str)
