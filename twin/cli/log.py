"""`millstream log`: what a log holds, whether it is whole, and cutting a torn tail."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.console import Console, time_text
from twin.cli.options import JsonFile, Quiet, Seed, examples

if TYPE_CHECKING:
    from streams.log import LogProblem, LogStat

app = typer.Typer(help="Count, check and repair logs.", no_args_is_help=True)

FAILED = 1
COLUMNS_AT_ONCE = 16
"""Records of columns, some thousands of events each, that are counted at once."""

LogFolder = Annotated[Path, typer.Argument(metavar="LOG", help="Folder of a log.")]


@app.command("stat", epilog=examples("millstream log stat out/log"))
def stat_log(
    log: LogFolder,
    *,
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001  # nothing is drawn
    quiet: Quiet = False,
) -> None:
    """Count records, events, segments and bytes; show the span of offsets and times.

    Of a log of columns the events are counted by type, too, which reads it once.
    """
    from streams.log import stat

    found = stat(_checked(log))
    types = _types_of_columns(log) if not found.problems else None
    _show(found, Console(json_file, quiet=quiet), types=types)


@app.command("verify", epilog=examples("millstream log verify out/log"))
def verify_log(
    log: LogFolder,
    *,
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001
    quiet: Quiet = False,
) -> None:
    """Read every byte and check every sum; status 1 if one is not what was written."""
    from streams.log import verify

    found = verify(_checked(log))
    _show(found, Console(json_file, quiet=quiet))
    for problem in found.problems:
        typer.echo(f"error: {_problem(problem)}", err=True)
    if found.problems:
        raise typer.Exit(FAILED)


@app.command("repair", epilog=examples("millstream log repair out/log"))
def repair_log(
    log: LogFolder,
    *,
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001
    quiet: Quiet = False,
) -> None:
    """Cut the torn tail that a crash left; whole records are never touched."""
    from streams.log import LogWriter

    console = Console(json_file, quiet=quiet)
    with LogWriter(_checked(log)) as writer:
        recovery = writer.recovery
    console.say(str(recovery))
    console.finish(asdict(recovery))


def _checked(log: Path) -> Path:
    """Refuse what is no log, before it is taken for an empty one."""
    from twin.errors import OptionError

    if log.is_file():
        msg = f"log {str(log)!r}: is a file; a log is a folder"
        raise OptionError(msg)
    if not log.is_dir() or not any(log.glob("*.seg")):
        msg = f"log {str(log)!r}: must be the folder of a log, has no segment in it"
        raise OptionError(msg)
    return log


def _types_of_columns(log: Path) -> dict[str, int] | None:
    """Count the events of a log of columns by type; None for any other log."""
    import numpy as np

    from streams.codec import decode
    from streams.codec.decoded import ARROW_STREAM
    from streams.events import TYPE_CODES
    from streams.log import LogReader
    from streams.names import Names

    counts = np.zeros(len(TYPE_CODES), np.int64)
    with LogReader(log) as reader:
        while (records := reader.poll(0, COLUMNS_AT_ONCE)) is not None:
            # Rows of JSON would be read one by one, and take minutes.
            if any(not one.startswith(ARROW_STREAM) for one in records.values()):
                return None
            events = decode(records, Names()).events
            counts += np.bincount(events.type_code, minlength=len(counts))
    named = zip(TYPE_CODES, counts.tolist(), strict=True)
    return {name: count for name, count in named if count}


def _show(
    found: "LogStat", console: Console, *, types: dict[str, int] | None = None
) -> None:
    times = [found.time_us_min, found.time_us_max]
    span = [None if one is None else time_text(one) for one in times]
    console.say(f"records   {found.n_records}")
    console.say(f"offsets   {found.start_offset} to before {found.end_offset}")
    console.say(f"times     {span[0] or '-'} to {span[1] or '-'}")
    console.say(f"batches   {found.n_frames} in {found.n_segments} segments")
    console.say(f"bytes     {found.n_bytes}")
    console.say(f"problems  {len(found.problems)}")
    if types is not None:
        console.say(f"events    {sum(types.values())} in columns")
        for name, count in types.items():
            console.say(f"          {count} {name}")
    numbers = asdict(found)
    del numbers["time_us_min"], numbers["time_us_max"]
    console.finish(
        {
            **numbers,
            "n_records": found.n_records,
            "time_min": span[0],
            "time_max": span[1],
            "is_columns": types is not None,
            "types": types,
        }
    )


def _problem(problem: "LogProblem") -> str:
    hint = "; millstream log repair cuts it" if problem.is_torn else ""
    return f"{problem.segment}: byte {problem.byte}: {problem.reason}{hint}"
