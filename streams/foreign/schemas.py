"""Schemas by id: from a registry, or from a folder of files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from streams.errors import ForeignSchemaError

Kind = Literal["AVRO", "PROTOBUF", "JSON"]
SUFFIXES: Mapping[str, Kind] = {
    ".avsc": "AVRO",
    ".proto": "PROTOBUF",
    ".desc": "PROTOBUF",
    ".pb": "PROTOBUF",
    ".json": "JSON",
}


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """One schema, with those it refers to.

    Attributes
    ----------
    name : str
        For messages: where it came from.
    kind : str
        AVRO, PROTOBUF or JSON.
    text : str or bytes
        JSON of an Avro schema; text of a ``.proto`` file, or the bytes of a compiled
        one (FileDescriptorProto or FileDescriptorSet).
    references : dict of str to Schema
        By the name under which it refers to them: for Protobuf the path of an import.
    """

    name: str
    kind: Kind
    text: str | bytes
    references: dict[str, "Schema"] = {}


class Schemas(Protocol):
    """Where the schemas of values are looked up."""

    def schema(self, schema_id: int) -> Schema:
        """Return a schema by its id.

        Raises
        ------
        ForeignSchemaError
            If there is none of this id.
        RegistryError
            If that cannot be found out now.
        """


def read_schema(path: Path) -> Schema:
    """Read a schema file; imports of a ``.proto`` are looked for beside it.

    Parameters
    ----------
    path : Path
        ``.avsc``, ``.proto``, or a descriptor set of ``protoc`` (``.desc``, ``.pb``).

    Returns
    -------
    Schema

    Raises
    ------
    ForeignSchemaError
        If it cannot be read, or its name ends otherwise.
    """
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        msg = f"schema {str(path)!r}: must end with one of {', '.join(SUFFIXES)}"
        raise ForeignSchemaError(msg)
    try:
        data = path.read_bytes()
        text = data if path.suffix.lower() in {".desc", ".pb"} else data.decode()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"schema {str(path)!r}: must be a readable file ({error})"
        raise ForeignSchemaError(msg) from error
    return Schema(name=str(path), kind=kind, text=text)


class FolderSchemas:
    """Schemas in files named by their ids: ``7.avsc``, ``8.proto``, ``9.desc``.

    Parameters
    ----------
    folder : Path
        Where the files lie.
    beyond : Schemas or None
        Asked for what is not there.

    Raises
    ------
    ForeignSchemaError
        If there is no such folder.
    """

    def __init__(self, folder: Path, beyond: Schemas | None = None) -> None:
        if not folder.is_dir():
            msg = f"schemas {str(folder)!r}: must be a folder, is none"
            raise ForeignSchemaError(msg)
        self._folder = folder
        self._beyond = beyond

    def schema(self, schema_id: int) -> Schema:
        """Return a schema by its id; see `Schemas.schema`."""
        for suffix in SUFFIXES:
            path = self._folder / f"{schema_id}{suffix}"
            if path.is_file():
                return read_schema(path)
        if self._beyond is not None:
            return self._beyond.schema(schema_id)
        msg = (
            f"schema id {schema_id}: no file {schema_id}.avsc, {schema_id}.proto or "
            f"{schema_id}.desc in {self._folder}"
        )
        raise ForeignSchemaError(msg)


def open_schemas(
    *,
    folder: Path | None = None,
    url: str | None = None,
    properties: Mapping[str, str] | None = None,
) -> Schemas | None:
    """Return where to look schemas up: a folder first, then a registry.

    Parameters
    ----------
    folder : Path or None
        Of files named by ids.
    url : str or None
        Of a registry; None: `schema.registry.url` of the properties, if given.
    properties : Mapping or None
        Client properties: `schema.registry.url`, `basic.auth.user.info` (also with
        `schema.registry.` before it), `schema.registry.ssl.ca.location`.

    Returns
    -------
    Schemas or None
        None if neither is given.

    Raises
    ------
    ForeignSchemaError
        If there is no such folder, or the address is none.
    """
    from streams.foreign.registry import RegistryClient  # noqa: PLC0415  # needs Schema

    given = properties or {}
    url = url or given.get("schema.registry.url")
    registry = None
    if url is not None:
        registry = RegistryClient(
            url,
            user_info=_first(
                given, ["schema.registry.basic.auth.user.info", "basic.auth.user.info"]
            ),
            ca_file=_first(given, ["schema.registry.ssl.ca.location"]),
        )
    return registry if folder is None else FolderSchemas(folder, registry)


def _first(given: Mapping[str, str], keys: Sequence[str]) -> str | None:
    return next((given[key] for key in keys if given.get(key)), None)
