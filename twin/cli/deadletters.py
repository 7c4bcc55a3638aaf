"""`millstream deadletters`: what could not be used, and trying it again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.console import Console, time_text
from twin.cli.options import JsonFile, Quiet, Seed, examples

if TYPE_CHECKING:
    from streams.deadletters import DeadLetter
    from streams.records import RecordBatch

app = typer.Typer(
    help="Look at what could not be used, and try again.", no_args_is_help=True
)

SHOWN_BYTES = 60
"""Bytes of a record shown in a list."""

Folder = Annotated[
    Path,
    typer.Argument(
        metavar="LOG",
        help="A log, whose dead letters are meant, or a folder of dead letters.",
    ),
]


@app.command("list", epilog=examples("millstream deadletters list out/log"))
def list_letters(
    log: Folder,
    *,
    limit: Annotated[int, typer.Option(min=0, help="Letters printed; 0: all.")] = 20,
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001  # nothing is drawn
    quiet: Quiet = False,
) -> None:
    """List dead letters: number, place, reason and how the bytes begin."""
    from collections import Counter

    import polars as pl

    console = Console(json_file, quiet=quiet)
    letters = read_letters(log)
    rows = [
        {
            "number": number,
            "place": _place(letter),
            "reason": letter.reason,
            "detail": letter.detail,
            "begins": _text(letter.raw[:SHOWN_BYTES]),
        }
        for number, letter in enumerate(letters)
    ]
    counts = Counter(letter.reason for letter in letters)
    if rows:
        console.table(pl.DataFrame(rows), title="Dead letters", rows_max=limit)
    for reason, count in counts.most_common():
        console.say(f"{count} {reason}")
    if not rows:
        console.say("no dead letters")
    console.finish(
        {
            "counts": dict(counts.most_common()),
            "letters": [_json(number, one) for number, one in enumerate(letters)],
        }
    )


@app.command("show", epilog=examples("millstream deadletters show out/log 0"))
def show_letter(
    log: Folder,
    number: Annotated[int, typer.Argument(min=0, help="As in the list.")],
    *,
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001
    quiet: Quiet = False,
) -> None:
    """Show one dead letter whole."""
    from twin.errors import OptionError

    console = Console(json_file, quiet=quiet)
    letters = read_letters(log)
    if number >= len(letters):
        msg = f"letter {number}: there are {len(letters)}, counted from 0"
        raise OptionError(msg)
    letter = letters[number]
    console.say(f"place   {_place(letter)}")
    console.say(f"noted   {time_text(letter.time_us)}")
    console.say(f"reason  {letter.reason}")
    console.say(f"detail  {letter.detail}")
    console.say(_text(letter.raw))
    console.finish(_json(number, letter))


@app.command("retry", epilog=examples("millstream deadletters retry out/log"))
def retry_letters(
    log: Folder,
    *,
    into: Annotated[
        Path | None,
        typer.Option("--log", metavar="LOG", help="Append there; without: to LOG."),
    ] = None,
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001
    quiet: Quiet = False,
) -> None:
    """Read dead letters again; those that can be used now are appended to the log.

    An event keeps its id, so doing it twice changes nothing. A row of a table is not
    tried: mend the table or its mapping and import it again, which changes nothing for
    the rows that did fit.
    """
    from twin.clock import SystemClock

    console = Console(json_file, quiet=quiet)
    letters = read_letters(log)
    records = [one for one in letters if one.row is None]
    usable = [one for one in records if is_usable(one)]
    target = log if into is None else into
    if usable:
        append_retried(target, [one.raw for one in usable], SystemClock().now_us())
    n_rows = len(letters) - len(records)
    console.say(f"{len(usable)} of {len(records)} records appended to {target}")
    if n_rows:
        console.say(f"{n_rows} rows of tables: import the mended table again")
    console.finish({"appended": len(usable), "records": len(records), "rows": n_rows})


def append_retried(log: Path, values: list[bytes], now_us: int) -> None:
    """Append records to a log; to one of imports, as a partition of their own.

    Parameters
    ----------
    log : Path
        Folder of the log; made if new.
    values : list of bytes
        The records, at least one.
    now_us : int
        Their time stamp, microseconds UTC; of imports it is the time of the event.

    Raises
    ------
    LogError
        If the log cannot be written.
    """
    from streams.log import LogWriter
    from twin.replay.recorded import append_recorded, is_recorded

    is_parted = log.is_dir() and is_recorded(log)
    with LogWriter(log) as writer:
        if is_parted:
            append_recorded(writer, _as_import(values))
        else:
            writer.append(values, timestamps_us=now_us)


def _as_import(values: list[bytes]) -> "RecordBatch":
    """Put records in the order of time, in a partition named by their content."""
    import hashlib

    import numpy as np

    from streams.codec import decode
    from streams.names import Names
    from streams.records import RecordBatch
    from twin.replay.recorded import IMPORT

    time_us = decode(RecordBatch.of("log/0", values), Names()).events.time_us
    order = np.argsort(time_us, kind="stable")
    ordered = [values[row] for row in order.tolist()]
    digest = hashlib.blake2b(b"\n".join(ordered), digest_size=8).hexdigest()
    return RecordBatch.of(
        f"{IMPORT}retried/{digest}", ordered, timestamps_us=time_us[order]
    )


def read_letters(folder: Path) -> "list[DeadLetter]":
    """Return the dead letters of a log, or those in a folder of their own.

    Parameters
    ----------
    folder : Path
        A log, or the folder of dead letters itself.

    Raises
    ------
    OptionError
        If it is neither.
    """
    from msgspec import ValidationError

    from streams.deadletters import DeadLetterLog
    from twin.errors import OptionError
    from twin.importing import dead_letters_of

    beside = dead_letters_of(folder)
    if not beside.is_dir() and not any(folder.glob("*.seg")):
        msg = f"{str(folder)!r}: must be the folder of a log, or of dead letters"
        raise OptionError(msg)
    try:
        return list(DeadLetterLog(beside if beside.is_dir() else folder))
    except ValidationError:
        return []  # a log of events, to which no letter was ever written


def is_usable(letter: "DeadLetter") -> bool:
    """Tell whether a record that could not be decoded can be by now.

    What was set aside because it came late, or from the future, would be so again.
    """
    from streams.codec import decode
    from streams.codec.decoded import REASONS
    from streams.names import Names
    from streams.records import RecordBatch

    if letter.reason not in REASONS:
        return False
    records = RecordBatch.of(letter.partition, [letter.raw])
    return len(decode(records, Names()).events) == 1


def _place(letter: "DeadLetter") -> str:
    if letter.row is not None:
        return f"{letter.table or letter.partition} row {letter.row}"
    return f"{letter.partition} {letter.offset}"


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace").replace("\n", " ")


def _json(number: int, letter: "DeadLetter") -> dict[str, Any]:
    return {
        "number": number,
        "partition": letter.partition,
        "offset": letter.offset,
        "table": letter.table,
        "row": letter.row,
        "time": time_text(letter.time_us),
        "reason": letter.reason,
        "detail": letter.detail,
        "raw": letter.raw.decode(errors="replace"),
    }
