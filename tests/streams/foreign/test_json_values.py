import json
from decimal import Decimal

import pytest

from streams.errors import ForeignValueError
from streams.foreign.json_values import JsonDecoder


def test_plain_framed_and_null():
    decoder = JsonDecoder()
    assert decoder.decode(b'{"a": [1, 2.5]}') == {"a": [1, 2.5]}
    assert decoder.decode(b'\x00\x00\x00\x00\x07{"a": 1}') == {"a": 1}
    assert decoder.decode(b"null") is None


def test_wrapped_value_is_unwrapped_and_converted():
    decimal = {
        "field": "price",
        "type": "bytes",
        "name": "org.apache.kafka.connect.data.Decimal",
        "parameters": {"scale": "2"},
    }
    schema = {"type": "struct", "fields": [decimal]}
    decoder = JsonDecoder()
    for _ in range(2):  # the schema is remembered
        value = json.dumps({"schema": schema, "payload": {"price": "MDk="}}).encode()
        assert decoder.decode(value) == {"price": Decimal("123.45")}
    assert decoder.decode(b'{"schema": null, "payload": {"a": 1}}') == {"a": 1}
    assert decoder.decode(b'{"schema": null, "payload": null}') is None


@pytest.mark.parametrize(
    "value",
    [
        b"?",
        b"[1]",
        b"3",
        b"\xff\xfe{",
        b'{"a": NaN}',
        b"[" * 100_000,
        b'{"schema": {"type": "struct"}, "payload": 1}',
        b'{"schema": {"name": "io.debezium.time.Date"}, "payload": {}}',
    ],
)
def test_what_is_no_object_is_refused(value):
    with pytest.raises(ForeignValueError, match="must be a JSON object") as caught:
        JsonDecoder().decode(value)
    assert caught.value.reason == "not JSON"
