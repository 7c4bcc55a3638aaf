"""JSON values, plain, behind a schema id, or wrapped with a schema by Kafka Connect."""

from typing import Any

import msgspec

from streams.errors import ForeignValueError
from streams.foreign.connect import Convert, converter_of
from streams.foreign.wire import HEADER_BYTES

NOT_JSON = "not JSON"
SHOWN_MAX = 80  # characters of a wrong value
CONVERTERS_MAX = 1024  # schemas of one topic remembered; more are read each time


class _Wrapped(msgspec.Struct, forbid_unknown_fields=True):
    schema: msgspec.Raw
    payload: msgspec.Raw


_DECODER = msgspec.json.Decoder()
_WRAPPED = msgspec.json.Decoder(_Wrapped)


class JsonDecoder:
    """Decode JSON objects; a schema id in front of them is passed over.

    Values that Kafka Connect wrapped as ``{"schema": ..., "payload": ...}`` are
    unwrapped, and decimals, dates and times in them read as their schema says.
    """

    def __init__(self) -> None:
        self._converters: dict[bytes, Convert | None] = {}

    def decode(self, value: bytes) -> dict[str, Any] | None:
        """Decode a value; None if there is one and it says null.

        Raises
        ------
        ForeignValueError
            If it is no JSON object.
        """
        body = value[HEADER_BYTES:] if value[:1] == b"\x00" else value
        try:
            found = self._decoded(body)
        except (ValueError, RecursionError, KeyError, TypeError) as error:
            msg = f"must be a JSON object ({error}), was {_shown(value)}"
            raise ForeignValueError(NOT_JSON, msg) from error
        if found is not None and not isinstance(found, dict):
            msg = f"must be a JSON object, was {_shown(value)}"
            raise ForeignValueError(NOT_JSON, msg)
        return found

    def _decoded(self, body: bytes) -> Any:  # noqa: ANN401  # any JSON
        found = _DECODER.decode(body)
        if not isinstance(found, dict) or found.keys() != {"schema", "payload"}:
            return found
        wrapped = _WRAPPED.decode(body)
        convert = self._converter(bytes(wrapped.schema))
        payload = found["payload"]
        return payload if convert is None else convert(payload)

    def _converter(self, schema: bytes) -> Convert | None:
        if schema not in self._converters:
            if len(self._converters) >= CONVERTERS_MAX:
                self._converters.clear()
            self._converters[schema] = converter_of(_DECODER.decode(schema))
        return self._converters[schema]


def _shown(value: bytes) -> str:
    text = value[:SHOWN_MAX].decode(errors="replace")
    return repr(text) + ("..." if len(value) > SHOWN_MAX else "")
