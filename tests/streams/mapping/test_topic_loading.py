"""Everything that is wrong in the sections about topics is said at once."""

import re
import tomllib
from pathlib import Path

import pytest

from streams.errors import MappingError
from streams.mapping.loading import check_header, load_mapping, read_document

FIELDS = {"item": "A", "site": {"constant": "S"}, "quantity": "Q"}


def event(**changes):
    return {"type": "StockCounted", "time": "T", "fields": FIELDS} | changes


def topic(*events, **changes):
    return {"format": "json", "event": list(events) or [event()]} | changes


def problems(*topics) -> tuple[str, ...]:
    with pytest.raises(MappingError) as caught:
        read_document({"topic": list(topics)}, Path("shop.toml"))
    return caught.value.problems


def test_defaults():
    mapping = read_document({"topic": [topic()]}, Path("shop.toml"))
    (one,) = mapping.topics
    assert (one.names, one.framed, one.key, one.time) == (["*"], False, "text", None)
    assert (one.events[0].each, one.events[0].on) == (None, [])
    assert mapping.events == []


@pytest.mark.parametrize(
    ("changes", "framed"),
    [
        ({"format": "avro"}, True),
        ({"format": "avro", "schema": "a.avsc"}, False),
        ({"format": "avro", "schema": "a.avsc", "framing": "confluent"}, True),
        ({"format": "protobuf", "schema": "a.proto", "message": "A"}, False),
    ],
)
def test_framing_follows_from_the_schema(changes, framed):
    mapping = read_document({"topic": [topic(**changes)]}, Path("shop.toml"))
    assert mapping.topics[0].framed is framed


BAD = [
    (topic(format="xml"), "[[topic]] 1.format: Invalid enum value 'xml'"),
    (topic(nam="x"), "[[topic]] 1: Object contains unknown field `nam`"),
    (topic(name=[]), "[[topic]] 1 ([]) name = []: must be at least one name"),
    (topic(schema="a.avsc"), "schema = 'a.avsc': must be absent for json"),
    (
        topic(format="avro", schema="a.proto"),
        "schema = 'a.proto': must be a file .avsc",
    ),
    (topic(format="avro", framing="none"), "schema = None: must be a schema file"),
    (
        topic(format="avro", schema="a.avsc", key="avro"),
        "key_schema = None: must be given as well as schema",
    ),
    (topic(message="A"), "message = 'A': must be absent for json"),
    (topic(decimals={"a": -1}), "decimals 'a' = -1: must be >= 0"),
    (topic(time={"zone": "Mars"}), "[[topic]] 1 [time] zone = 'Mars'"),
    (topic(event()) | {"event": []}, "event = []: must be at least one [[topic"),
    (topic(event(type="X")), "[[topic]] 1 [[topic.event]] 1 type = 'X': must be"),
    (topic(event(on=["c"])), "on = 'c': must be one of value, tombstone"),
    (
        topic(event(on=["x"]), envelope="debezium"),
        "on = 'x': must be one of c, u, r, d",
    ),
    (topic(event(group_by=["a"])), "every record of a topic stands alone"),
    (topic(event(time="$when")), "time = '$when': must be one of $key, $timestamp"),
    (topic(event(time="$key.at")), "of a key that is json: $key.PATH"),
    (topic(event(time="$op")), "time = '$op': must be one of"),
    (topic(event(id="{$index}")), "id = '$index': must be one of"),
    (topic(event(id="{row}")), "without {row}; a record has {$offset}"),
    (topic(event(id="{row")), "id = '{row': must be text with columns in braces"),
    (topic(event(), event()), "must be named once; give a 'name'"),
    (3, "[[topic]] 1 = 3: must be a section"),
]


@pytest.mark.parametrize(("section", "said"), BAD)
def test_problem_names_section_key_value_and_what_is_allowed(section, said):
    found = problems(section)
    assert any(said in one for one in found), found


def test_all_problems_at_once():
    first = topic(event(on=["c"], time="$x"), name="a", message="A")
    assert len(problems(first, topic(name="a"), topic(format=3))) == 5


def test_what_a_change_event_and_a_list_bring_is_known():
    one = event(time="$ts_ms", id="{$op}{$source.lsn}{$before.a}{$index}", each="x")
    section = topic(one, envelope="debezium", key="json")
    mapping = read_document({"topic": [section]}, Path("shop.toml"))
    assert mapping.topics[0].events[0].each == "x"


@pytest.mark.parametrize("given", [[], {}, 3])
def test_topic_that_is_no_list_of_sections(given):
    with pytest.raises(MappingError, match="at least one"):
        read_document({"topic": given}, Path("shop.toml"))


def test_map_of_topics_alone_is_refused_for_a_table(tmp_path):
    mapping = read_document({"topic": [topic()]}, Path("shop.toml"))
    with pytest.raises(MappingError, match=r"at least one \[\[event\]\], for a table"):
        check_header(mapping, ["A"], "t.csv")


def test_toml_of_the_sections(tmp_path):
    path = tmp_path / "shop.toml"
    path.write_text(
        """
        [[topic]]
        name = ["a", "b-*"]
        format = "avro"
        [topic.time]
        zone = "Europe/Berlin"
        [[topic.event]]
        type = "OrderCancelled"
        time = "$timestamp"
        fields = { order = "id" }
        """
    )
    (one,) = load_mapping(path).topics
    assert (one.names, one.time.zone) == (["a", "b-*"], "Europe/Berlin")
    assert one.events[0].fields["order"].column == "id"


def test_sections_of_the_manual_load():
    manual = Path(__file__).parents[3] / "docs" / "mapping.md"
    blocks = re.findall(r"```toml\n(.*?)```", manual.read_text(), re.DOTALL)
    sections = [block for block in blocks if "[[topic]]" in block]
    assert len(sections) == 2
    for text in sections:
        assert read_document(tomllib.loads(text), manual).topics
