"""Sources as a command is told of them: address, transport, map, format."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.batch import EventBatch
    from streams.codec import Rejected
    from streams.epcis import EpcisSource
    from streams.foreign import Schemas
    from streams.records import RecordBatch, Source
    from twin.replay import MappedSource

KAFKA = "kafka://"
EVENTS, EPCIS = "events", "epcis"
FORMATS = (EVENTS, EPCIS)
TRANSPORTS = ("auto", "batch", "poll", "lane")

Map = Annotated[
    str | None,
    typer.Option(
        "--map",
        metavar="MAP",
        help="Read foreign records as events, by this mapping file.",
    ),
]
Registry = Annotated[
    str | None,
    typer.Option(metavar="URL", help="With --map: the registry of schemas."),
]
SchemaFolder = Annotated[
    Path | None,
    typer.Option(
        "--schemas", metavar="DIR", help="With --map: schemas in files, by their ids."
    ),
]
Format = Annotated[
    str, typer.Option("--format", help="What the records are: events, or epcis.")
]
Transport = Annotated[
    str,
    typer.Option(help="How Kafka's records are read: auto, batch, poll or lane."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """What is to be read, and how.

    Attributes
    ----------
    name : str
        As `twin.replay.open_source` takes it; with `format` epcis also a document.
    mapping : str or None
        A mapping file, or the name of one that is shipped.
    registry : str or None
        Address of the registry of schemas.
    schemas : Path or None
        Folder of schemas.
    format : str
        One of `FORMATS`.
    transport : str
        One of `TRANSPORTS`.
    kafka_config : Path or None
        Client properties.

    Raises
    ------
    OptionError
        If one of them is none of these, or goes with none of the others.
    """

    name: str
    mapping: str | None = None
    registry: str | None = None
    schemas: Path | None = None
    format: str = EVENTS
    transport: str = "auto"
    kafka_config: Path | None = None

    def __post_init__(self) -> None:
        _one_of("--format", self.format, FORMATS)
        _one_of("--transport", self.transport, TRANSPORTS)
        if self.mapping is not None and self.format != EVENTS:
            msg = (
                f"--map {self.mapping} and --format {self.format}: a map makes the "
                f"events itself; give one of the two"
            )
            raise OptionError(msg)
        given = {"--registry": self.registry, "--schemas": self.schemas}
        for option, value in given.items():
            if value is not None and self.mapping is None:
                msg = f"{option} {value}: says how a map reads values; it needs --map"
                raise OptionError(msg)
        if self.transport != "auto" and not self.name.startswith(KAFKA):
            msg = (
                f"--transport {self.transport}: is of kafka:// sources only, was given "
                f"with {self.name}"
            )
            raise OptionError(msg)


def _one_of(option: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        msg = f"{option} {value!r}: must be one of {', '.join(allowed)}"
        raise OptionError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class OpenSource:
    """A source that is open.

    Attributes
    ----------
    records : Source
        What a twin reads.
    converted : MappedSource, EpcisSource or None
        The same, if it makes events of foreign records.
    transport, transport_reason : str or None
        How Kafka's records come; None for files and logs.
    identity : str or None
        What a checkpoint must agree on beside the name of the source: the map.
    is_epcis : bool
        Whether the records are EPCIS.
    """

    records: "Source"
    converted: "MappedSource | EpcisSource | None"
    transport: str | None
    transport_reason: str | None
    is_epcis: bool = False

    @property
    def identity(self) -> str | None:
        """What the records are made by."""
        return None if self.converted is None else self.converted.identity

    def rejected_of(self, batch: "RecordBatch") -> "tuple[Rejected, ...]":
        """Return what the map could not use of a batch, with the bytes as they came."""
        return () if self.converted is None else self.converted.rejected_of(batch)

    def remarks(self) -> tuple[str, ...]:
        """Say what the map names and no record had, or what EPCIS had in excess."""
        if self.converted is None:
            return ()
        fields = self.converted.unseen()
        if self.is_epcis:
            told = "is of EPCIS events here, and no event takes it: it is left out"
            return tuple(f"{name}: {told}" for name in fields)
        return tuple(f"no record had {name}, which the map names" for name in fields)


def open_records(spec: SourceSpec) -> OpenSource:
    """Open a source.

    Parameters
    ----------
    spec : SourceSpec
        Which.

    Returns
    -------
    OpenSource
        To be closed by its `records`.

    Raises
    ------
    OptionError
        If there is nothing of this name.
    StreamError
        If it cannot be opened, or the map does not fit it.
    """
    if spec.format == EPCIS:
        return _open_epcis(spec)
    raw = _open_raw(spec)
    transport = getattr(raw, "transport", None)
    reason = getattr(raw, "transport_reason", None)
    if spec.mapping is None:
        return OpenSource(raw, None, transport, reason)
    try:
        mapped = _mapped(raw, spec)
    except BaseException:
        raw.close()
        raise
    return OpenSource(mapped, mapped, transport, reason)


def _open_raw(spec: SourceSpec) -> "Source":
    from twin.replay import open_source

    return open_source(
        spec.name, kafka_config=spec.kafka_config, transport=spec.transport
    )


def _mapped(raw: "Source", spec: SourceSpec) -> "MappedSource":
    from streams.mapping import load_mapping
    from twin.replay import MappedSource

    assert spec.mapping is not None, "asked for only with a map"
    return MappedSource(raw, load_mapping(spec.mapping), schemas=schemas_of(spec))


def schemas_of(spec: SourceSpec) -> "Schemas | None":
    """Return where a map looks schemas up, if that is given.

    Raises
    ------
    ForeignSchemaError
        If there is no such folder, or the address is none.
    """
    from streams.foreign import open_schemas

    properties: dict[str, str] = {}
    if spec.kafka_config is not None:
        from streams.kafka.properties import split_properties

        text = spec.kafka_config.read_text(encoding="utf-8")
        properties = split_properties(text)
    return open_schemas(folder=spec.schemas, url=spec.registry, properties=properties)


def _open_epcis(spec: SourceSpec) -> OpenSource:
    from streams.epcis import EpcisSource, open_epcis
    from streams.epcis.source import DOCUMENTS

    if Path(spec.name).suffix.lower() in DOCUMENTS:
        document = open_epcis(Path(spec.name))
        return OpenSource(document, document, None, None, is_epcis=True)
    raw = _open_raw(spec)
    source = EpcisSource(raw)
    transport: Any = getattr(raw, "transport", None)
    reason: Any = getattr(raw, "transport_reason", None)
    return OpenSource(source, source, transport, reason, is_epcis=True)


def identity_of_records(spec: SourceSpec, opened: OpenSource) -> str:
    """Return what tells a source and its map from others.

    Parameters
    ----------
    spec : SourceSpec
        What was opened.
    opened : OpenSource
        What it was opened as.

    Returns
    -------
    str
        For `Twin.checkpoint`.
    """
    from twin.replay import identity_of

    if spec.format == EPCIS and not spec.name.startswith(KAFKA):
        return f"file {Path(spec.name).name}, read by {opened.identity}"
    source = identity_of(spec.name)
    return source if opened.identity is None else f"{source}, read by {opened.identity}"


def batches_of(
    log: str, kafka_config: Path | None, rejected: list[int]
) -> "Iterator[EventBatch]":
    """Read the events of a log, batch by batch, as they were recorded.

    Parameters
    ----------
    log : str
        What `millstream replay` can read.
    kafka_config : Path or None
        Client properties of a kafka:// source.
    rejected : list of int
        Takes how many records of each batch could not be read.

    Yields
    ------
    EventBatch
        All of one table of names.
    """
    from streams.codec import decode
    from streams.names import Names
    from twin.replay import open_source, read

    names = Names()
    with open_source(log, kafka_config=kafka_config) as source:
        for records in read(source, source.end_position()):
            decoded = decode(records, names)
            rejected.append(len(decoded.rejected))
            yield decoded.events
