"""Everything that is wrong in a mapping file is said at once, with its place."""

import tomllib
from pathlib import Path

import pytest

from streams.errors import MappingError
from streams.mapping.loading import (
    check_header,
    load_mapping,
    read_document,
    shipped_maps,
    template_columns,
)

FIELDS = {"item": "A", "site": {"constant": "S"}, "quantity": "Q"}


def block(**changes):
    given = {"type": "StockCounted", "time": "T", "fields": FIELDS} | changes
    return {key: value for key, value in given.items() if value is not ...}


def problems(document) -> str:
    with pytest.raises(MappingError) as caught:
        read_document(document, Path("orders.toml"))
    assert all(
        line.startswith("orders.toml: ") for line in str(caught.value).split("\n")
    )
    return str(caught.value)


@pytest.mark.parametrize("name", shipped_maps())
def test_shipped_map_loads(name):
    assert load_mapping(name).source == name


def test_short_forms_and_defaults():
    mapping = read_document({"event": [block()]}, Path("orders.toml"))
    (event,) = mapping.events
    assert (mapping.source, event.name) == ("orders", "StockCounted")
    assert (event.time.column, event.fields["item"].column) == ("T", "A")
    assert mapping.time.zone == "UTC"


BAD = [
    ({}, "event = None: must be at least one [[event]] block"),
    ({"evnt": 1, "event": [block()]}, "evnt = 1: must be one of event, source"),
    ({"source": 3, "event": [block()]}, "source: Expected `str`, got `int`"),
    ({"table": {"sep": ";"}, "event": [block()]}, "[table]: Object contains unknown"),
    ({"time": {"zone": "Mars"}, "event": [block()]}, "[time] zone = 'Mars'"),
    ({"unpivot": {}, "event": [block()]}, "[unpivot]: Object missing required field"),
    ({"event": [3]}, "[[event]] 1 = 3: must be a table"),
    (
        {"event": [block(type="Counted")]},
        "[[event]] 1 type = 'Counted': must be one of",
    ),
    ({"event": [block(time=...)]}, "[[event]] 1 (StockCounted) time: Expected"),
    ({"event": [block(fields=3)]}, "fields = 3: must be a table of fields"),
    (
        {"event": [block(fields=FIELDS | {"colour": "C"})]},
        "fields = 'colour': must be one of item, site, quantity",
    ),
    ({"event": [block(fields={"item": "A"})]}, "must give 'site', does not"),
    (
        {"event": [block(time={"column": "T", "fromats": []})]},
        "unknown field `fromats`",
    ),
    (
        {"event": [block(time={"column": "T", "constant": "1"})]},
        "must be one of column, columns, constant, template",
    ),
    ({"event": [block(time={"columns": []})]}, "columns = []: must be at least one"),
    (
        {"event": [block(time={"column": "T", "aggregate": "min"})]},
        "time aggregate = 'min': must be absent without 'group_by'",
    ),
    ({"event": [block(), block()]}, "'StockCounted': must be named once"),
    ({"event": [block(where=[{"column": "A", "op": "=~"}])]}, "where 1.op: Invalid"),
    (
        {"event": [block(where=[{"column": "A", "op": "in", "value": "x"}])]},
        "where 1 value = 'x': must be a list",
    ),
    (
        {"event": [block(where=[{"column": "A", "op": "matches", "value": "("}])]},
        "must be a regular expression",
    ),
    (
        {"event": [block(where=[{"column": "A", "op": "parses", "value": "date"}])]},
        "must be one of number, time",
    ),
    (
        {"event": [block(where=[{"column": "A", "op": "<"}])]},
        "must be a word or a number",
    ),
    (
        {"event": [block(where=[{"column": "A", "op": "is_null", "value": 1}])]},
        "must be absent",
    ),
    ({"event": [block(where={"column": "A"})]}, "where = {'column': 'A'}: must be"),
    ({"event": [block(id="{a")]}, "id = '{a': must be text with columns in braces"),
    (
        {"event": [block(fields=FIELDS | {"item": {"template": "{"}})]},
        "item template = '{': must be text with columns in braces",
    ),
]


@pytest.mark.parametrize(("document", "problem"), BAD, ids=range(len(BAD)))
def test_mistake_is_named_with_place_value_and_what_is_allowed(document, problem):
    assert problem in problems(document)


def test_all_mistakes_are_said_at_once():
    bad = block(fields={"colour": 3}, time={"colum": "T"})
    text = problems({"table": 1, "time": {"zone": "x"}, "event": [bad, {"type": "?"}]})
    assert len(text.split("\n")) >= 7


def test_file_that_is_no_toml_or_not_there_is_refused(tmp_path):
    path = tmp_path / "map.toml"
    with pytest.raises(MappingError, match="must be a readable file or one of levy"):
        load_mapping(path)
    path.write_text("[[event")
    with pytest.raises(MappingError, match="must be TOML in UTF-8"):
        load_mapping(path)
    path.write_bytes(b"a = '\xff'")
    with pytest.raises(MappingError, match="must be TOML in UTF-8"):
        load_mapping(path)


def test_template_names_its_columns():
    assert template_columns("{a}-{{x}}{row} {b c}") == ["a", "b c"]


def test_header_is_checked_as_a_whole():
    bad = block(
        time={"columns": ["T", "T2"], "minus": "D"},
        where=[{"column": "W", "op": "not_null"}],
        id="{I}-{row}",
        group_by=["G"],
    )
    mapping = read_document({"event": [bad]}, Path("m.toml"))
    with pytest.raises(MappingError) as caught:
        check_header(mapping, ["A", "T"], "orders.csv")
    missing = ["where 1 = 'W'", "group_by = 'G'", "time = 'T2'", "time = 'D'"]
    missing += ["quantity = 'Q'", "id = 'I'"]
    assert [
        p.partition(": must be a column of orders.csv: A, T")[0]
        for p in caught.value.problems
    ] == [f"[[event]] 'StockCounted' {m}" for m in missing]


def test_header_after_unpivoting_is_that_of_the_long_table():
    unpivot = {"index": ["T", "U"], "variable": "A", "value": "Q"}
    mapping = read_document({"unpivot": unpivot, "event": [block()]}, Path("m.toml"))
    check_header(mapping, ["T", "U", "1", "2"], "wide.csv")
    with pytest.raises(MappingError, match=r"\[unpivot\] index = 'U'"):
        check_header(mapping, ["T", "1", "2"], "wide.csv")


DOCUMENT = Path(__file__).parents[3] / "docs" / "mapping.md"


EXAMPLES = DOCUMENT.read_text().split("```toml\n")[1:]


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_example_of_the_documentation_loads(text):
    document = tomllib.loads(text.partition("```")[0])
    mapping = read_document(document, Path("example.toml"))
    assert mapping.events or mapping.topics
