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
