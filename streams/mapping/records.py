"""Records of a topic, decoded and unwrapped."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from streams.codec import Rejected
from streams.errors import ForeignValueError
from streams.foreign import AvroDecoder, JsonDecoder, ProtobufDecoder, Schemas
from streams.foreign.change import TOMBSTONE, VALUE, Change, change_of
from streams.foreign.schemas import read_schema
from streams.mapping.document import TopicBlock
from streams.records import RecordBatch

NOT_A_KEY = "unreadable key"


class Decoder(Protocol):
    """What turns the bytes of a value or a key into a record."""

    def decode(self, value: bytes) -> dict[str, Any] | None:
        """Decode; raise `ForeignValueError` if it cannot be."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record, decoded.

    Attributes
    ----------
    index : int
        Its place in the batch.
    change : Change
        What it says.
    key : object
        Its key: text, or a record.
    """

    index: int
    change: Change
    key: object


@dataclass(slots=True)
class Rows:
    """What became of the records of a batch.

    Attributes
    ----------
    rows : list of Row
        Those that were read.
    rejected : dict of int to Rejected
        Those that were not, by their place.
    n_schema_changes : int
        Records of a Debezium topic that tell of tables, not of rows.
    """

    rows: list[Row] = field(default_factory=list)
    rejected: dict[int, Rejected] = field(default_factory=dict)
    n_schema_changes: int = 0

    def reject(self, batch: RecordBatch, index: int, error: ForeignValueError) -> None:
        """Note that record `index` of the batch cannot be read."""
        offset = int(batch.offsets[index])
        self.rejected[index] = Rejected(
            offset, error.reason, error.detail, batch.value(index)
        )


class RecordReader:
    """Decode the records of the topics of one section.

    Parameters
    ----------
    topic : TopicBlock
        The section.
    folder : Path
        Where its schema files lie.
    schemas : Schemas or None
        Where schema ids are looked up.

    Raises
    ------
    ForeignSchemaError
        If a schema file cannot be used.
    """

    def __init__(
        self, topic: TopicBlock, folder: Path, schemas: Schemas | None
    ) -> None:
        self._is_change = topic.envelope == "debezium"
        self._values = _decoder(
            (topic.format, topic.schema, topic.message), topic, folder, schemas
        )
        self._keys = (
            None
            if topic.key == "text"
            else _decoder(
                (topic.key, topic.key_schema, topic.key_message), topic, folder, schemas
            )
        )

    def read(self, batch: RecordBatch) -> Rows:
        """Decode a batch; a record that cannot be read never stops the others."""
        found = Rows()
        for index, value in enumerate(batch.values()):
            try:
                change = self._change(value)
                if change is None:
                    found.n_schema_changes += 1
                    continue
                key = self._key(batch, index)
            except ForeignValueError as error:
                found.reject(batch, index, error)
            else:
                found.rows.append(Row(index, change, key))
        return found

    def _change(self, value: bytes) -> Change | None:
        message = self._values.decode(value) if value else None
        if message is None:
            return Change(TOMBSTONE, {}, {})
        return change_of(message) if self._is_change else Change(VALUE, message, {})

    def _key(self, batch: RecordBatch, index: int) -> object:
        key = None if batch.keys is None else batch.keys[index]
        if not key:
            return None
        try:
            return key.decode() if self._keys is None else self._keys.decode(key)
        except UnicodeDecodeError as error:
            msg = f"key must be text in UTF-8 ({error}); or give 'key' its format"
            raise ForeignValueError(NOT_A_KEY, msg) from error
        except ForeignValueError as error:
            msg = f"key: {error.reason}: {error.detail}"
            raise ForeignValueError(NOT_A_KEY, msg) from error


def _decoder(
    what: tuple[str, str | None, str | None],
    topic: TopicBlock,
    folder: Path,
    schemas: Schemas | None,
) -> Decoder:
    kind, schema_file, message = what
    if kind == "json":
        return JsonDecoder()
    schema = None if schema_file is None else read_schema(folder / schema_file)
    if kind == "avro":
        return AvroDecoder(schemas, schema=schema, framed=topic.framed)
    return ProtobufDecoder(schemas, schema=schema, message=message, framed=topic.framed)
