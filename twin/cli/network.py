"""`millstream network`: begin, check and draft a network folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.console import Console
from twin.cli.options import JsonFile, Quiet, Seed

if TYPE_CHECKING:
    from streams.batch import EventBatch
    from twin.model import Network

app = typer.Typer(help="Begin, check and draft networks.", no_args_is_help=True)

POLL_RECORDS = 65_536  # half as many reads as slowly, twice as many needs more memory


@app.command("init")
def init_network(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make.")],
    *,
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001  # every command takes it; nothing is drawn here
    quiet: Quiet = False,
) -> None:
    """Write empty tables that explain themselves."""
    from twin.model.write import init

    files = init(directory)
    console = Console(json_file, quiet=quiet)
    console.say(f"{directory}: {len(files)} files; README.md explains every column.")
    console.finish({"network": str(directory), "files": [path.name for path in files]})


@app.command("check")
def check_network(
    network: Annotated[Path, typer.Argument(metavar="NETWORK", help="Its folder.")],
    *,
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001  # every command takes it; nothing is drawn here
    quiet: Quiet = False,
) -> None:
    """Validate a network as a whole; list everything that is wrong."""
    from dataclasses import asdict

    from twin.errors import NetworkError
    from twin.model import load

    console = Console(json_file, quiet=quiet)
    result: dict[str, Any] = {"network": str(network), "valid": True, "problems": []}
    try:
        loaded = load(network)
    except NetworkError as error:
        problems = [asdict(problem) for problem in error.problems]
        console.finish(result | {"valid": False, "problems": problems})
        raise
    console.say(f"{network}: valid; {_summary(loaded)}")
    console.finish(result | _facts(loaded))


@app.command("draft")
def draft_network(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="Folder of a log.")],
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to make.")],
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001  # every command takes it; nothing is drawn here
    quiet: Quiet = False,
) -> None:
    """Derive a network from what a log shows: who, what, and the observed laws."""
    from twin.errors import OptionError
    from twin.model.draft import draft
    from twin.model.write import write

    if not log.is_dir():
        msg = f"log {str(log)!r}: there is no such folder; millstream import makes one"
        raise OptionError(msg)
    rejected: list[int] = []
    made = draft(_batches(log, rejected), name=out.resolve().name)
    write(made.network, out, comments=made.comments)
    console = Console(json_file, quiet=quiet)
    console.say(f"{out}: drafted; {_summary(made.network)}")
    if rejected:
        console.warn(f"{len(rejected)} records of the log could not be read")
    result = {"network": str(out), "rejected_records": len(rejected)}
    console.finish(result | _facts(made.network))


def _batches(log: Path, rejected: list[int]) -> Iterator["EventBatch"]:
    from streams.codec import decode
    from streams.log import LogReader
    from streams.names import Names

    names, reader = Names(), LogReader(log)
    while (records := reader.poll(0, POLL_RECORDS)) is not None:
        decoded = decode(records, names)
        rejected += [letter.offset for letter in decoded.rejected]
        yield decoded.events
    reader.close()


def _facts(network: "Network") -> dict[str, Any]:
    counts = {name: frame.height for name, frame in network.tables.items()}
    del counts["network"]
    return {"hash": network.hash, "rows": counts}


def _summary(network: "Network") -> str:
    counts = _facts(network)["rows"]
    shown = ", ".join(
        f"{n} {name.replace('_', ' ')}" for name, n in counts.items() if n
    )
    return f"{shown or 'no rows'}; hash {network.hash}"
