"""`millstream state`: the state of a log or a snapshot, as tables."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.console import ROWS_MAX, Console, time_text
from twin.cli.options import JsonFile, KafkaConfig, Quiet, Seed, examples
from twin.cli.sources import Format, Map, Registry, SchemaFolder, SourceSpec

if TYPE_CHECKING:
    import polars as pl

    from streams.records import Source
    from twin.model import Network
    from twin.model.edits import ModelEdits
    from twin.replay import Place
    from twin.state.state import State

app = typer.Typer()


@dataclass(frozen=True, slots=True)
class Read:
    """A state that was read, and what it is of.

    Attributes
    ----------
    state : State
        With its last instant closed.
    edits : ModelEdits
        What events changed of the network.
    position : dict of str to int
        Offsets by partition.
    began : str or None
        The checkpoint it began with.
    """

    state: "State"
    edits: "ModelEdits"
    position: dict[str, int]
    began: str | None = None


@app.command(
    "state",
    epilog=examples(
        "millstream state out/snapshot",
        "millstream state live-store --table stock",
        "millstream state out/log --network plant --at 1200 --table stock",
        "millstream state out/log --network plant --at 2024-05-01T06:00:00Z --out csv",
        "millstream state out/log --network plant --at 1200000 --checkpoint out/saved",
    ),
)
def show_state(  # noqa: PLR0913  # the options of a command
    source: Annotated[
        str,
        typer.Argument(
            metavar="LOG|SNAPSHOT|STORE",
            help="A snapshot of replay, a store of live workers, or whatever replay "
            "can read.",
        ),
    ],
    *,
    network: Annotated[
        Path | None,
        typer.Option(
            metavar="NETWORK",
            help="Folder of the network; without, a log is read with one drafted "
            "from its events.",
        ),
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="Offset or time; without: the end.")
    ] = None,
    table: Annotated[
        list[str] | None,
        typer.Option(
            help="stock, orders, in_transit, machines or production_orders; may come "
            "more than once; without: all."
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=0, help="Rows printed of each table; 0: all.")
    ] = ROWS_MAX,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write each table as CSV there.")
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Begin at the nearest checkpoint of a replay that lies there.",
        ),
    ] = None,
    mapping: Map = None,
    registry: Registry = None,
    schemas: SchemaFolder = None,
    record_format: Format = "events",
    kafka_config: KafkaConfig = None,
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001  # nothing is drawn
    quiet: Quiet = False,
) -> None:
    """Show stock, open orders, what is in transit, machines and production orders.

    With --checkpoint what lies before the nearest one is not read again. The state
    hash is that of replay for the same network.
    """
    console = Console(json_file, quiet=quiet)
    names = _chosen(table)
    spec = SourceSpec(
        name=source,
        mapping=mapping,
        registry=registry,
        schemas=schemas,
        format=record_format,
        kafka_config=kafka_config,
    )
    found = read_state(spec, network, console, at=at, checkpoint=checkpoint)
    state = found.state
    tables = _tables(state, names)
    for name, frame in tables.items():
        title = f"{name.replace('_', ' ')}: {len(frame)}"
        console.table(frame, title=title, rows_max=limit)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name, frame in tables.items():
            frame.write_csv(out / f"{name}.csv")
        console.say(f"written to {out}: {', '.join(f'{name}.csv' for name in tables)}")
    state_hash = state.digest()
    console.say(f"time        {_time(state) or '-'}\nstate_hash  {state_hash}")
    console.finish(
        {
            "position": found.position,
            "checkpoint": found.began,
            "time": _time(state),
            "network_hash": state.model_hash,
            "state_hash": state_hash,
            "tables": {name: frame.to_dicts() for name, frame in tables.items()},
        }
    )


def read_state(
    spec: SourceSpec,
    network: Path | None,
    console: Console,
    *,
    at: str | None,
    checkpoint: Path | None = None,
) -> Read:
    """Read a state from a snapshot, a store of live workers, or records.

    Parameters
    ----------
    spec : SourceSpec
        Where.
    network : Path or None
        Folder of the network; None drafts one from the events of a log.
    console : Console
        Where to warn.
    at : str or None
        Offset or time as typed; None is the end.
    checkpoint : Path or None
        Where a replay saved; the nearest checkpoint is begun with.

    Returns
    -------
    Read

    Raises
    ------
    OptionError
        If what was given does not fit together.
    """
    if _is_store(spec.name):
        _only_of_sources(spec.name, checkpoint)
        return _of_store(Path(spec.name), network, at, console)
    if _is_snapshot(spec.name):
        _only_of_sources(spec.name, checkpoint)
        return _of_snapshot(Path(spec.name), network, at)
    return _of_source(spec, network, at, checkpoint)


def has_places(source: str) -> bool:
    """Return whether a source has other places than its end, as a log or topic has."""
    return not (_is_store(source) or _is_snapshot(source))


def _is_snapshot(source: str) -> bool:
    from twin.cli.snapshots import is_snapshot

    return Path(source).is_dir() and is_snapshot(Path(source))


def _is_store(source: str) -> bool:
    from twin.live.store import LiveStore

    return LiveStore(Path(source)).is_there()


def _of_store(
    folder: Path, network: Path | None, at: str | None, console: Console
) -> Read:
    """Return the states of all shards as one."""
    from twin.errors import OptionError
    from twin.live import LiveStore, merged_state
    from twin.model import load

    if at is not None:
        msg = f"--at {at}: a store holds what was saved last; replay the topics instead"
        raise OptionError(msg)
    wanted = None if network is None else load(network).hash
    merged = merged_state(LiveStore(folder), network_hash=wanted)
    if merged.missing:
        numbers = ", ".join(map(str, merged.missing))
        console.warn(f"{folder}: of shards {numbers} nothing was saved yet")
    for name, n_rows in merged.shared.items():
        console.warn(
            f"{folder}: {n_rows} rows of {name} are told of by several shards, and "
            f"were added up: a site's events should have one key"
        )
    return Read(merged.state, merged.edits, merged.position.to_json())


def _chosen(table: list[str] | None) -> list[str]:
    from twin.errors import OptionError
    from twin.state.views import TABLES

    for name in table or []:
        if name not in TABLES:
            msg = f"--table {name!r}: must be one of {', '.join(TABLES)}"
            raise OptionError(msg)
    return table or list(TABLES)


def _of_snapshot(folder: Path, network: Path | None, at: str | None) -> Read:
    from twin.cli.snapshots import load_snapshot
    from twin.errors import OptionError
    from twin.model import load

    if at is not None:
        msg = f"--at {at}: a snapshot has one place only; give the log for others"
        raise OptionError(msg)
    wanted = None if network is None else load(network).hash
    found = load_snapshot(folder, network_hash=wanted)
    return Read(found.state, found.edits, dict(found.meta.get("position", {})))


def _only_of_sources(source: str, checkpoint: Path | None) -> None:
    from twin.errors import OptionError

    if checkpoint is not None:
        msg = (
            f"--checkpoint {checkpoint}: helps to read a log or topic; {source} holds "
            f"a state already, and is read as it is"
        )
        raise OptionError(msg)


def _of_source(
    spec: "SourceSpec", network: Path | None, at: str | None, checkpoint: Path | None
) -> Read:
    from contextlib import closing

    from twin.cli.sources import identity_of_records, open_records
    from twin.errors import OptionError
    from twin.model import load
    from twin.replay import state_near

    if checkpoint is not None and network is None:
        msg = f"--checkpoint {checkpoint}: is of a network; name it: --network NETWORK"
        raise OptionError(msg)
    if checkpoint is not None and not checkpoint.is_dir():
        msg = f"--checkpoint {checkpoint}: must be a folder where a replay saved"
        raise OptionError(msg)
    opened = open_records(spec)
    with closing(opened.records) as source:
        known = _drafted(source) if network is None else load(network)
        place = _place(source, at)
        origin: dict[str, str | None] = {}
        if checkpoint is not None:
            origin = {"source": identity_of_records(spec, opened), "start": None}
        found = state_near(source, known, checkpoint, place, origin=origin)
        began = None if found.checkpoint is None else str(found.checkpoint)
        return Read(found.state, found.edits, found.end.to_json(), began)


def _place(source: "Source", at: str | None) -> "Place":
    from streams.records import Position
    from twin.cli.places import parse_place
    from twin.errors import OptionError
    from twin.replay import Place, place_text

    last = source.end_position()
    place = last if at is None else parse_place(at, source)
    if not isinstance(place, Position):
        return Place(time_us=place)
    if not last.reaches(place):
        msg = f"--at {at}: the source ends at {place_text(last)}"
        raise OptionError(msg)
    return Place(position=place)


def _drafted(source: "Source") -> "Network":
    """Return what the events themselves show of the network, the source rewound."""
    from streams.codec import decode
    from streams.names import Names
    from streams.records import Position
    from twin.model.draft import draft
    from twin.replay import read

    names = Names()
    batches = (
        decode(records, names).events for records in read(source, source.end_position())
    )
    network = draft(batches, name="drafted").network
    source.seek(Position())
    return network


def _tables(state: "State", names: list[str]) -> "dict[str, pl.DataFrame]":
    from twin.state.views import TABLES

    return {name: TABLES[name](state) for name in names}


def _time(state: "State") -> str | None:
    from streams.batch import NO_TIME
    from twin.state.tables import LAST_US

    last_us: Any = state.tables.clock[LAST_US]
    return None if last_us == NO_TIME else time_text(int(last_us))
