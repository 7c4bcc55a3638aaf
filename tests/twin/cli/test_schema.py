import json

import pytest

from streams.events import EVENT_TYPES
from twin.cli.app import run
from twin.cli.schema import build_schema
from twin.errors import OptionError


def test_schema_of_all_names_every_type():
    schema = build_schema(None)
    assert schema["properties"]["type"]["enum"] == [t.__name__ for t in EVENT_TYPES]
    assert {t.__name__ for t in EVENT_TYPES} <= set(schema["$defs"])
    assert len(schema["allOf"]) == len(EVENT_TYPES)
    json.dumps(schema, allow_nan=False)


def test_schema_of_one_type_says_what_is_required():
    schema = build_schema("StockCounted")
    own = schema["$defs"]["StockCounted"]
    assert own["required"] == ["item", "site", "quantity"]
    assert own["properties"]["quantity"]["minimum"] == 0


def test_unknown_type_is_refused():
    with pytest.raises(OptionError, match="'StockLost'"):
        build_schema("StockLost")


def test_schema_is_printed_or_written(tmp_path, capsys):
    assert run(["schema", "OrderCancelled"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert run(["schema", "OrderCancelled", "--out", str(tmp_path / "s.json")]) == 0
    assert capsys.readouterr().out == ""
    assert json.loads((tmp_path / "s.json").read_text()) == printed


def test_folder_has_a_file_for_each_type(tmp_path, capsys):
    for form, end in (("json-schema", ".schema.json"), ("arrow", ".arrow-schema")):
        folder = tmp_path / form
        assert run(["schema", "--format", form, "--out", str(folder)]) == 0
        written = {path.name.removesuffix(end) for path in folder.iterdir()}
        assert written - {"Event"} == {t.__name__ for t in EVENT_TYPES}
    assert run(["schema", "StockMoved", "--out", str(tmp_path / "one")]) == 0
    assert [p.name for p in (tmp_path / "one").iterdir()] == ["StockMoved.schema.json"]
    assert capsys.readouterr().out == ""


def test_asyncapi_names_topics_by_their_prefix(tmp_path, capsys):
    assert run(["schema", "--format", "asyncapi", "--prefix", "plant"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["channels"]["decisions"]["address"] == "plant.decisions"
    folder = tmp_path / "all"
    assert run(["schema", "--format", "asyncapi", "--out", str(folder)]) == 0
    assert (folder / "asyncapi.json").exists()


def test_arrow_of_one_type_is_printed(capsys):
    assert run(["schema", "StockCounted", "--format", "arrow"]) == 0
    columns = json.loads(capsys.readouterr().out)["StockCounted"]
    assert [c["name"] for c in columns][-3:] == ["item", "site", "quantity"]


@pytest.mark.parametrize("form", ["asyncapi", "arrow"])
def test_unknown_or_needless_type_is_refused(form, capsys):
    assert run(["schema", "StockLost", "--format", form]) == 2
    assert "StockLost" in capsys.readouterr().err
    assert run(["schema", "StockMoved", "--format", "asyncapi"]) == 2
