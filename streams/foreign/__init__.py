"""Values of foreign topics to plain records: JSON, Avro, Protobuf, change events."""

from streams.foreign.avro import AvroDecoder
from streams.foreign.change import Change, change_of
from streams.foreign.json_values import JsonDecoder
from streams.foreign.protobuf import ProtobufDecoder
from streams.foreign.registry import RegistryClient
from streams.foreign.schemas import FolderSchemas, Schema, Schemas, open_schemas

__all__ = [
    "AvroDecoder",
    "Change",
    "FolderSchemas",
    "JsonDecoder",
    "ProtobufDecoder",
    "RegistryClient",
    "Schema",
    "Schemas",
    "change_of",
    "open_schemas",
]
