"""Protobuf values, read with the descriptor of their message.

References
----------
Protocol Buffers, "Encoding" and "ProtoJSON Format" (how messages become records).
"""

import base64
import binascii
from collections.abc import Iterable
from typing import Any

from google.protobuf import (
    any_pb2,
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    json_format,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)
from google.protobuf.descriptor import Descriptor, FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from streams.errors import ForeignSchemaError, ForeignValueError
from streams.foreign.proto_text import parse_proto
from streams.foreign.schemas import Schema, Schemas
from streams.foreign.wire import split_message_path, split_wire

NOT_PROTOBUF = "not Protobuf"
UNKNOWN_SCHEMA = "unknown schema"
SHOWN_BYTES = 32  # of a wrong value

WELL_KNOWN = {
    module.DESCRIPTOR.name: module.DESCRIPTOR
    for module in (
        any_pb2,
        descriptor_pb2,
        duration_pb2,
        empty_pb2,
        field_mask_pb2,
        struct_pb2,
        timestamp_pb2,
        wrappers_pb2,
    )
}
"""Files that come with Protobuf itself, by the path of their import."""


class ProtobufDecoder:
    """Decode Protobuf messages.

    Parameters
    ----------
    schemas : Schemas or None
        Where ids are looked up.
    schema : Schema or None
        The one of all values; ids, if there are any, are not looked up.
    message : str or None
        Full name of the message; None: as the wire format says, or the first of the
        file.
    framed : bool
        Whether values begin with a schema id and the path to the message.

    Raises
    ------
    ForeignSchemaError
        If `schema` is no Protobuf schema, or has no such message.
    """

    def __init__(
        self,
        schemas: Schemas | None,
        *,
        schema: Schema | None = None,
        message: str | None = None,
        framed: bool,
    ) -> None:
        self._schemas = schemas
        self._framed = framed
        self._message = message
        self._local = None if schema is None else file_of(schema)
        if self._local is not None and message is not None:
            _by_name(self._local, message)
        self._files: dict[int, FileDescriptor] = {}
        self._classes: dict[tuple[int, tuple[int, ...]], type[Message]] = {}

    def decode(self, value: bytes) -> dict[str, Any]:
        """Decode a value; fields bear the names of the schema.

        Raises
        ------
        ForeignValueError
            If it is not what its schema says, or its schema is not known.
        RegistryError
            If the schema cannot be looked up now.
        """
        schema_id, body = 0, value
        path: tuple[int, ...] = (0,)
        if self._framed:
            schema_id, body = split_wire(value)
            path, body = split_message_path(body)
        kind = self._class(schema_id, path)
        try:
            found: dict[str, Any] = json_format.MessageToDict(
                kind.FromString(body),
                preserving_proto_field_name=True,
                always_print_fields_with_no_presence=True,
            )
        except (DecodeError, ValueError, TypeError, json_format.Error) as error:
            name = kind.DESCRIPTOR.full_name
            shown = body[:SHOWN_BYTES].hex(" ")
            msg = f"must be Protobuf of {name!r} ({error}), was {shown or 'empty'}"
            raise ForeignValueError(NOT_PROTOBUF, msg) from error
        return found

    def _class(self, schema_id: int, path: tuple[int, ...]) -> type[Message]:
        known = self._classes.get((schema_id, path))
        if known is None:
            try:
                known = GetMessageClass(self._descriptor(schema_id, path))
            except ForeignSchemaError as error:
                raise ForeignValueError(UNKNOWN_SCHEMA, str(error)) from error
            self._classes[schema_id, path] = known
        return known

    def _descriptor(self, schema_id: int, path: tuple[int, ...]) -> Descriptor:
        file = self._local or self._file(schema_id)
        if self._message is not None:
            return _by_name(file, self._message)
        return _by_path(file, path)

    def _file(self, schema_id: int) -> FileDescriptor:
        if schema_id not in self._files:
            if self._schemas is None:
                msg = f"schema id {schema_id}: no schemas given to look it up in"
                raise ForeignSchemaError(msg)
            self._files[schema_id] = file_of(self._schemas.schema(schema_id))
        return self._files[schema_id]


def file_of(schema: Schema) -> FileDescriptor:
    """Build the descriptor of a file, with those it imports, in a pool of its own.

    Parameters
    ----------
    schema : Schema
        Text of a ``.proto``, base64 of its FileDescriptorProto (as some registries
        keep it), or the bytes of a descriptor set, whose last file it is.

    Raises
    ------
    ForeignSchemaError
        If it is none of these, or an import is missing.
    """
    if schema.kind != "PROTOBUF":
        msg = f"{schema.name}: must be a Protobuf schema, is {schema.kind}"
        raise ForeignSchemaError(msg)
    files = list(_files(schema, "value.proto"))
    pool = descriptor_pool.DescriptorPool()
    added: set[str] = set()
    try:
        for file in files:
            for path in file.dependency:
                if path in WELL_KNOWN and path not in added:
                    added.add(path)
                    pool.AddSerializedFile(WELL_KNOWN[path].serialized_pb)
            if file.name not in added:
                added.add(file.name)
                pool.AddSerializedFile(file.SerializeToString())
        return pool.FindFileByName(files[-1].name)
    except (TypeError, KeyError, ValueError) as error:
        msg = f"{schema.name}: must be Protobuf with all it imports ({error})"
        raise ForeignSchemaError(msg) from error


def _files(schema: Schema, name: str) -> Iterable[FileDescriptorProto]:
    """Yield the file of a schema, after those it refers to."""
    for path, reference in schema.references.items():
        if path not in WELL_KNOWN:
            yield from _files(reference, path)
    if isinstance(schema.text, bytes):
        yield from _descriptor_set(schema)
        return
    try:
        coded = base64.b64decode(schema.text, validate=True)
        file = FileDescriptorProto.FromString(coded)
    except (binascii.Error, ValueError, DecodeError):
        file = parse_proto(schema.text, name)
    else:
        file.name = name
    yield file


def _descriptor_set(schema: Schema) -> Iterable[FileDescriptorProto]:
    assert isinstance(schema.text, bytes)
    try:
        found = FileDescriptorSet.FromString(schema.text)
    except DecodeError as error:
        msg = (
            f"{schema.name}: must be a descriptor set, as of protoc "
            f"--include_imports --descriptor_set_out ({error})"
        )
        raise ForeignSchemaError(msg) from error
    if not found.file:
        msg = f"{schema.name}: must be a descriptor set with at least one file"
        raise ForeignSchemaError(msg)
    files: Iterable[FileDescriptorProto] = found.file
    return files


def _by_path(file: FileDescriptor, path: tuple[int, ...]) -> Descriptor:
    level = list(file.message_types_by_name.values())
    for place, step in enumerate(path):
        if not 0 <= step < len(level):
            msg = f"path {path} to the message: step {place} must be below {len(level)}"
            raise ForeignSchemaError(msg)
        found = level[step]
        level = list(found.nested_types)
    return found


def _by_name(file: FileDescriptor, name: str) -> Descriptor:
    try:
        return file.pool.FindMessageTypeByName(name)
    except KeyError as error:
        allowed = [one.full_name for one in file.message_types_by_name.values()]
        msg = f"message {name!r}: must be one of {', '.join(allowed)}"
        raise ForeignSchemaError(msg) from error
