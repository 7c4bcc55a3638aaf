"""Avro values, read with the schema they were written with.

References
----------
Apache Avro specification 1.11, "Binary encoding", "Logical types".
"""

import io
from collections.abc import Mapping
from typing import Any

import fastavro
import msgspec
from fastavro.schema import SchemaParseException, UnknownType

from streams.errors import ForeignSchemaError, ForeignValueError
from streams.foreign.connect import (
    SEMANTIC,
    Convert,
    of_fields,
    of_parts,
    or_none,
)
from streams.foreign.schemas import Schema, Schemas
from streams.foreign.wire import split_wire

NOT_AVRO = "not Avro"
UNKNOWN_SCHEMA = "unknown schema"
SHOWN_BYTES = 32  # of a wrong value

Reader = tuple[Any, Convert | None]  # a parsed schema, and what is converted after it


class AvroDecoder:
    """Decode Avro records.

    Parameters
    ----------
    schemas : Schemas or None
        Where ids are looked up.
    schema : Schema or None
        The one of all values; ids, if there are any, are not looked up.
    framed : bool
        Whether values begin with a schema id in the wire format.

    Raises
    ------
    ForeignSchemaError
        If `schema` is no Avro schema.
    """

    def __init__(
        self, schemas: Schemas | None, *, schema: Schema | None = None, framed: bool
    ) -> None:
        self._schemas = schemas
        self._framed = framed
        self._local = None if schema is None else _reader(schema)
        self._readers: dict[int, Reader] = {}

    def decode(self, value: bytes) -> dict[str, Any] | None:
        """Decode a value.

        Raises
        ------
        ForeignValueError
            If it is not what its schema says, or its schema is not known.
        RegistryError
            If the schema cannot be looked up now.
        """
        schema_id, body = split_wire(value) if self._framed else (0, value)
        schema, convert = self._local or self._reader(schema_id)
        stream = io.BytesIO(body)
        try:
            found = fastavro.schemaless_reader(stream, schema, None)
            found = found if convert is None else convert(found)
        except Exception as error:  # fastavro lets through whatever broken bytes cause
            msg = (
                f"{_named(schema)}: {type(error).__name__} {error}, was {_shown(body)}"
            )
            raise ForeignValueError(NOT_AVRO, msg) from error
        if stream.tell() != len(body):
            msg = (
                f"{_named(schema)}: ends after {stream.tell()} of {len(body)} bytes; "
                f"was it written with another schema?"
            )
            raise ForeignValueError(NOT_AVRO, msg)
        if found is not None and not isinstance(found, dict):
            msg = f"must be a record, was {found!r}"
            raise ForeignValueError(NOT_AVRO, msg)
        return found

    def _reader(self, schema_id: int) -> Reader:
        reader = self._readers.get(schema_id)
        if reader is None:
            if self._schemas is None:
                msg = f"schema id {schema_id}: no schemas given to look it up in"
                raise ForeignValueError(UNKNOWN_SCHEMA, msg)
            try:
                reader = _reader(self._schemas.schema(schema_id))
            except ForeignSchemaError as error:
                raise ForeignValueError(UNKNOWN_SCHEMA, str(error)) from error
            self._readers[schema_id] = reader
        return reader


def _reader(schema: Schema) -> Reader:
    if schema.kind != "AVRO":
        msg = f"{schema.name}: must be an Avro schema, is {schema.kind}"
        raise ForeignSchemaError(msg)
    named: dict[str, Any] = {}
    converters: dict[str, Convert | None] = {}
    try:
        for reference in _in_order(schema):
            document = msgspec.json.decode(reference.text)
            parsed = fastavro.parse_schema(document, named)
            convert = _Converters(converters).of(document, "")
    except (
        SchemaParseException,
        UnknownType,
        msgspec.DecodeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        msg = f"{schema.name}: must be an Avro schema ({error})"
        raise ForeignSchemaError(msg) from error
    return parsed, convert


def _in_order(schema: Schema) -> list[Schema]:
    """List a schema after those it refers to, each name once."""
    found: dict[str, Schema] = {}
    for name, reference in schema.references.items():
        for one in _in_order(reference):
            found.setdefault(name if one is reference else one.name, one)
    return [*found.values(), schema]


class _Converters:
    """Find what is to be converted in a schema: names of Kafka Connect, no more."""

    def __init__(self, named: dict[str, Convert | None]) -> None:
        self._named = named

    def of(self, schema: object, space: str) -> Convert | None:
        if isinstance(schema, str):
            return self._by_name(schema, space)
        if isinstance(schema, list):
            branches = [one for one in schema if one != "null"]
            # Of several branches a value does not say which one it is of.
            return self.of(branches[0], space) if len(branches) == 1 else None
        assert isinstance(schema, dict)
        name = str(schema.get("connect.name"))
        if name in SEMANTIC and "logicalType" not in schema:
            return or_none(SEMANTIC[name])
        if schema["type"] == "record":
            return self._record(schema, space)
        return self._part(schema, space)

    def _part(self, schema: Mapping[str, Any], space: str) -> Convert | None:
        kind = schema["type"]
        if kind in {"array", "map"}:
            inner = schema["items" if kind == "array" else "values"]
            return of_parts(self.of(inner, space))
        return self.of(kind, space) if isinstance(kind, dict | list) else None

    def _by_name(self, name: str, space: str) -> Convert | None:
        full = name if "." in name or not space else f"{space}.{name}"
        if full not in self._named:
            return None
        # Looked up when it is called: a record may contain itself.
        return lambda value: self._converted(full, value)

    def _converted(self, name: str, value: Any) -> Any:  # noqa: ANN401  # of any schema
        convert = self._named[name]
        return value if convert is None else convert(value)

    def _record(self, schema: Mapping[str, Any], space: str) -> Convert | None:
        name = schema["name"]
        space = schema.get("namespace", name.rpartition(".")[0] or space)
        full = name if "." in name or not space else f"{space}.{name}"
        self._named[full] = None
        convert = of_fields(
            {one["name"]: self.of(one["type"], space) for one in schema["fields"]}
        )
        self._named[full] = convert
        return convert


def _named(schema: object) -> str:
    name = schema.get("name", "value") if isinstance(schema, dict) else "value"
    return f"must be Avro of {name!r}"


def _shown(body: bytes) -> str:
    return body[:SHOWN_BYTES].hex(" ") + (" ..." if len(body) > SHOWN_BYTES else "")
