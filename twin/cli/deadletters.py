"""`millstream deadletters`: what could not be used, and trying it again."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.console import Console, time_text
from twin.cli.options import JsonFile, KafkaConfig, Quiet, Seed, examples
from twin.cli.sources import EPCIS, Format, Map, Registry, SchemaFolder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.deadletters import DeadLetter, Mark
    from streams.records import RecordBatch
    from twin.cli.retrying import Reader
    from twin.cli.sources import SourceSpec

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
    """List dead letters: number, place, reason and how the bytes begin.

    Those that were fed in again say so.
    """
    from collections import Counter

    import polars as pl

    from streams.deadletters import identity, read_marks

    console = Console(json_file, quiet=quiet)
    letters = read_letters(log)
    marks = read_marks(folder_of(log))
    done = [marks.get(identity(letter)) for letter in letters]
    rows = [
        {
            "number": number,
            "place": _place(letter),
            "reason": letter.reason,
            "detail": letter.detail,
            "begins": _text(letter.raw[:SHOWN_BYTES]),
            "retried": "" if mark is None else time_text(mark.time_us),
        }
        for number, (letter, mark) in enumerate(zip(letters, done, strict=True))
    ]
    counts = Counter(letter.reason for letter in letters)
    if rows:
        console.table(pl.DataFrame(rows), title="Dead letters", rows_max=limit)
    for reason, count in counts.most_common():
        console.say(f"{count} {reason}")
    n_retried = sum(mark is not None for mark in done)
    if n_retried:
        console.say(f"{n_retried} of {len(letters)} were fed in again")
    if not rows:
        console.say("no dead letters")
    told = enumerate(zip(letters, done, strict=True))
    console.finish(
        {
            "counts": dict(counts.most_common()),
            "retried": n_retried,
            "letters": [_json(number, one, mark) for number, (one, mark) in told],
        }
    )


@app.command(
    "show",
    epilog=examples(
        "millstream deadletters show out/log 0",
        "millstream deadletters show out/log 0 --raw > letter.json",
    ),
)
def show_letter(
    log: Folder,
    number: Annotated[int, typer.Argument(min=0, help="As in the list.")],
    *,
    raw: Annotated[
        bool, typer.Option("--raw", help="Write its bytes to stdout, nothing else.")
    ] = False,
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001
    quiet: Quiet = False,
) -> None:
    """Show one dead letter whole."""
    from streams.deadletters import identity, read_marks

    console = Console(json_file, quiet=quiet)
    letter = _letter(read_letters(log), number)
    mark = read_marks(folder_of(log)).get(identity(letter))
    console.finish(_json(number, letter, mark))
    if raw:
        sys.stdout.buffer.write(letter.raw)
        sys.stdout.buffer.flush()
        return
    console.say(f"place   {_place(letter)}")
    console.say(f"noted   {time_text(letter.time_us)}")
    console.say(f"reason  {letter.reason}")
    console.say(f"detail  {letter.detail}")
    if mark is not None:
        console.say(f"retried {time_text(mark.time_us)} into {mark.into}")
    console.say(_text(letter.raw))


@app.command(
    "retry",
    epilog=examples(
        "millstream deadletters retry out/log",
        "millstream deadletters retry out/log 3 --from mended.json",
        "millstream deadletters retry out/letters --map erp.toml --log out/log",
    ),
)
def retry_letters(  # noqa: PLR0913  # the options of a command
    log: Folder,
    number: Annotated[
        int | None,
        typer.Argument(min=0, help="Only this one, as in the list; without: all."),
    ] = None,
    *,
    mended: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="Its bytes, as you mended them."),
    ] = None,
    into: Annotated[
        str | None,
        typer.Option(
            "--log",
            metavar="LOG",
            help="Append there, or to kafka://host:port/topic; without: to LOG.",
        ),
    ] = None,
    mapping: Map = None,
    registry: Registry = None,
    schemas: SchemaFolder = None,
    record_format: Format = "events",
    kafka_config: KafkaConfig = None,
    again: Annotated[
        bool, typer.Option("--again", help="Those that were fed in already, too.")
    ] = False,
    json_file: JsonFile = None,
    seed: Seed = 0,  # noqa: ARG001
    quiet: Quiet = False,
) -> None:
    """Read dead letters again; those that can be used now are appended to the log.

    An event keeps its id, so doing it twice changes nothing; one that came late needs
    another, as its own is taken. A row of a table is not tried: mend the table or its
    mapping and import it again, which changes nothing for the rows that did fit.
    """
    from twin.cli.retrying import check_ids
    from twin.cli.sources import SourceSpec
    from twin.clock import SystemClock

    spec = SourceSpec(
        name=str(log),
        mapping=mapping,
        registry=registry,
        schemas=schemas,
        format=record_format,
        kafka_config=kafka_config,
    )
    console = Console(json_file, quiet=quiet)
    target = into if into is not None else _own_log(log)
    chosen = _chosen(log, number, mended, again=again)
    records = [one for one in chosen if one.table is None]
    reader = _reader(spec)
    tried = [(one, reader.record_for(_mended(one, mended))) for one in records]
    usable = [(one, record) for one, record in tried if record is not None]
    if mended is not None and usable:
        check_ids(usable[0][0], read_letters(log), usable[0][1])
    now_us = SystemClock().now_us()
    if usable:
        append_retried(target, [record for _, record in usable], now_us, kafka_config)
        marks = [_mark(one, now_us, target, mended) for one, _ in usable]
        _note(log, marks)
    n_rows = len(chosen) - len(records)
    console.say(f"{len(usable)} of {len(records)} records appended to {target}")
    if n_rows:
        console.say(f"{n_rows} rows of tables: import the mended table again")
    done = {id(one) for one, _ in usable}
    _explain([one for one in records if id(one) not in done], spec.mapping, console)
    console.finish({"appended": len(usable), "records": len(records), "rows": n_rows})


def _explain(
    left: "Sequence[DeadLetter]", mapping: str | None, console: Console
) -> None:
    """Say what to do about letters that are still of no use."""
    from twin.cli.retrying import was_untimely

    n_untimely = sum(map(was_untimely, left))
    if len(left) > n_untimely:
        hint = "" if mapping else "; those of a map need it: --map MAP"
        console.say(
            f"{len(left) - n_untimely} still cannot be used: millstream deadletters "
            f"show, mend the bytes, and retry LOG NUMBER --from FILE{hint}"
        )
    if n_untimely:
        console.say(
            f"{n_untimely} came late or from the future: mend the time (and, if late, "
            f"the id: its own is taken), and retry LOG NUMBER --from FILE"
        )


def _own_log(log: Path) -> str:
    """Return the log itself, unless it is none of events."""
    from twin.errors import OptionError

    if folder_of(log) == log or not any(log.glob("*.seg")):
        msg = (
            f"{str(log)!r}: holds dead letters and no events; say where to append: "
            f"--log LOG"
        )
        raise OptionError(msg)
    return str(log)


def _chosen(
    log: Path, number: int | None, mended: Path | None, *, again: bool
) -> "list[DeadLetter]":
    """Return the letters to be tried."""
    from streams.deadletters import identity, read_marks
    from twin.errors import OptionError

    letters = read_letters(log)
    if mended is not None and number is None:
        msg = f"--from {mended}: is of one letter; name it: retry LOG NUMBER --from"
        raise OptionError(msg)
    if number is not None:
        return [_letter(letters, number)]
    done = {} if again else read_marks(folder_of(log))
    return [one for one in letters if identity(one) not in done]


def _mended(letter: "DeadLetter", file: Path | None) -> "DeadLetter":
    """Return a letter with the bytes of a file, if there is one."""
    from twin.cli.retrying import edited
    from twin.errors import OptionError

    if file is None:
        return letter
    try:
        content = file.read_bytes()
    except OSError as error:
        msg = f"--from {file}: {error.strerror}; must be a file with the mended bytes"
        raise OptionError(msg) from error
    return edited(letter, content)


def _reader(spec: "SourceSpec") -> "Reader":
    from twin.cli.retrying import Reader
    from twin.cli.sources import schemas_of

    if spec.mapping is None:
        return Reader(is_epcis=spec.format == EPCIS)
    from streams.mapping import load_mapping

    return Reader(mapping=load_mapping(spec.mapping), schemas=schemas_of(spec))


def _mark(letter: "DeadLetter", now_us: int, into: str, mended: Path | None) -> "Mark":
    from streams.deadletters import Mark

    return Mark(
        partition=letter.partition,
        offset=letter.offset,
        table=letter.table,
        row=letter.row,
        reason=letter.reason,
        digest=letter.digest,
        time_us=now_us,
        into=into,
        edited=mended is not None,
    )


def _note(log: Path, marks: "list[Mark]") -> None:
    from streams.deadletters import add_marks

    add_marks(folder_of(log), marks)


def append_retried(
    target: str,
    records: "Sequence[RecordBatch]",
    now_us: int,
    kafka_config: Path | None = None,
) -> None:
    """Append records to a log or a topic; to a log of imports, as a partition.

    Parameters
    ----------
    target : str
        Folder of the log, made if new, or ``kafka://host:port/topic``.
    records : sequence of RecordBatch
        One record each, at least one.
    now_us : int
        Their time stamp, microseconds UTC; of imports it is the time of the event.
    kafka_config : Path or None
        Client properties.

    Raises
    ------
    LogError
        If the log cannot be written.
    DeliveryError
        If the topic does not take them.
    """
    from contextlib import closing

    from streams.log import LogWriter
    from twin.cli.targets import KAFKA, open_topic
    from twin.replay.recorded import append_recorded, is_recorded

    if target.startswith(KAFKA):
        with closing(open_topic(target, kafka_config)) as sink:
            for one in records:
                sink.append(list(one.values()), keys=one.keys, headers=one.headers)
            sink.flush()
        return
    log = Path(target)
    is_parted = log.is_dir() and is_recorded(log)
    with LogWriter(log) as writer:
        if is_parted:
            append_recorded(writer, _as_import(records))
            return
        for one in records:
            writer.append(
                list(one.values()),
                keys=one.keys,
                headers=one.headers,
                timestamps_us=now_us,
            )


def _as_import(records: "Sequence[RecordBatch]") -> "RecordBatch":
    """Put records in the order of time, in a partition named by their content."""
    import hashlib

    from streams.codec import decode
    from streams.names import Names
    from streams.records import RecordBatch
    from twin.replay.recorded import IMPORT

    # The earliest event of each: a record may hold several.
    timed = [
        (int(decode(one, Names()).events.time_us.min()), number, one)
        for number, one in enumerate(records)
    ]
    ordered = [(time_us, one) for time_us, _, one in sorted(timed, key=_by_time)]
    values = [one.value(0) for _, one in ordered]
    digest = hashlib.blake2b(b"\n".join(values), digest_size=8).hexdigest()
    return RecordBatch.of(
        f"{IMPORT}retried/{digest}",
        values,
        timestamps_us=[time_us for time_us, _ in ordered],
        headers=[one.headers[0] if one.headers else {} for _, one in ordered],
    )


def _by_time(timed: tuple[int, int, object]) -> tuple[int, int]:
    return timed[:2]


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

    place = folder_of(folder)
    if place == folder and not any(folder.glob("*.seg")):
        msg = f"{str(folder)!r}: must be the folder of a log, or of dead letters"
        raise OptionError(msg)
    try:
        return list(DeadLetterLog(place))
    except ValidationError:
        return []  # a log of events, to which no letter was ever written


def folder_of(folder: Path) -> Path:
    """Return where the letters of a log lie, or the folder itself."""
    from twin.importing import dead_letters_of

    beside = dead_letters_of(folder)
    return beside if beside.is_dir() else folder


def _letter(letters: "list[DeadLetter]", number: int) -> "DeadLetter":
    from twin.errors import OptionError

    if number >= len(letters):
        msg = f"letter {number}: there are {len(letters)}, counted from 0"
        raise OptionError(msg)
    return letters[number]


def _place(letter: "DeadLetter") -> str:
    if letter.table is not None:
        return f"{letter.table} row {letter.row}"
    event = "" if letter.row is None else f" event {letter.row}"
    return f"{letter.partition} {letter.offset}{event}"


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace").replace("\n", " ")


def _json(number: int, letter: "DeadLetter", mark: "Mark | None") -> dict[str, Any]:
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
        "retried": None if mark is None else time_text(mark.time_us),
    }
