"""`millstream network`: begin, check and draft a network folder."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from streams.batch import EventBatch
    from twin.model import Network

app = typer.Typer(help="Begin, check and draft networks.", no_args_is_help=True)

JsonFile = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Write the result as JSON too."),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print errors only.")]
Seed = Annotated[
    int, typer.Option("--seed", help="Taken by every command; nothing is drawn here.")
]

USER_ERROR = 2
POLL_RECORDS = 65_536  # half as many reads as slowly, twice as many needs more memory


@app.command("init")
def init_network(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make.")],
    *,
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001
    quiet: Quiet = False,
) -> None:
    """Write empty tables that explain themselves."""
    from twin.errors import InputError
    from twin.model.write import init

    try:
        files = init(directory)
    except (InputError, OSError) as error:
        _refuse(error)
    _answer(
        {"network": str(directory), "files": [path.name for path in files]},
        (json_file, quiet),
        f"{directory}: {len(files)} files; README.md explains every column.",
    )


@app.command("check")
def check_network(
    network: Annotated[Path, typer.Argument(metavar="NETWORK", help="Its folder.")],
    *,
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001
    quiet: Quiet = False,
) -> None:
    """Validate a network as a whole; list everything that is wrong."""
    from dataclasses import asdict

    from twin.errors import NetworkError
    from twin.model import load

    try:
        loaded = load(network)
    except NetworkError as error:
        problems = [asdict(problem) for problem in error.problems]
        result = {"network": str(network), "valid": False, "problems": problems}
        _answer(result, (json_file, True), "")
        _refuse(error)
    result = {"network": str(network), "valid": True, "problems": [], **_facts(loaded)}
    _answer(result, (json_file, quiet), f"{network}: valid; {_summary(loaded)}")


@app.command("draft")
def draft_network(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="Folder of a log.")],
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to make.")],
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001
    quiet: Quiet = False,
) -> None:
    """Derive a network from what a log shows: who, what, and the observed laws."""
    from streams.errors import StreamError
    from twin.errors import InputError
    from twin.model.draft import draft
    from twin.model.write import write

    rejected: list[int] = []
    try:
        made = draft(_batches(log, rejected), name=out.resolve().name)
        write(made.network, out, comments=made.comments)
    except (InputError, StreamError, OSError) as error:
        _refuse(error)
    result = {"network": str(out), "rejected_records": len(rejected)}
    skipped = f"; {len(rejected)} records could not be read" if rejected else ""
    _answer(
        result | _facts(made.network),
        (json_file, quiet),
        f"{out}: drafted; {_summary(made.network)}{skipped}",
    )


def _batches(log: Path, rejected: list[int]) -> Iterator["EventBatch"]:
    from streams.batch import Names
    from streams.codec import decode
    from streams.log import LogReader

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


def _answer(result: dict[str, Any], to: tuple[Path | None, bool], text: str) -> None:
    json_file, quiet = to
    if json_file is not None:
        json_file.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if not quiet:
        typer.echo(text)


def _refuse(error: Exception) -> NoReturn:
    typer.echo(str(error), err=True)
    raise typer.Exit(USER_ERROR)
