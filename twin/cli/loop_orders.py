"""What `millstream loop` says of released orders: sent, answered, kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.cli.console import Console, time_text
from twin.report import ExceptionMessage, KpiRow

if TYPE_CHECKING:
    import polars as pl

    from streams.records import Sink
    from twin.loop import Adherence, Outbox
    from twin.model.network import Network

KAFKA = "kafka://"
ORDERS_FILE, EXCEPTIONS_FILE = "orders.csv", "exceptions.csv"
MESSAGES_MAX = 4
"""Exceptions of orders in a report: twice as many push others off a screen."""


@contextmanager
def open_outbox(
    target: str | None, kafka_config: Path | None
) -> Iterator["Outbox | None"]:
    """Open where orders leave to.

    Parameters
    ----------
    target : str or None
        ``kafka://host:port/topic``, or the folder of a log, made if it is not there;
        None: nowhere.
    kafka_config : Path or None
        Client properties.

    Yields
    ------
    Outbox or None
        It sends none of the orders that are there already.

    Raises
    ------
    OptionError
        If the address names several topics.
    StreamError
        If it cannot be opened.
    """
    if target is None:
        yield None
        return
    from twin.loop import Outbox
    from twin.loop.outbox import orders_sent
    from twin.replay import open_source

    sink = _open_sink(target, kafka_config)
    try:
        source = open_source(target, kafka_config=kafka_config)
        try:
            sent = orders_sent(source)
        finally:
            source.close()
        yield Outbox(sink, sent=sent)
    finally:
        sink.close()


def _open_sink(target: str, kafka_config: Path | None) -> "Sink":
    if target.startswith(KAFKA):
        from twin.cli.targets import open_topic

        return open_topic(target, kafka_config)
    from streams.log import LogWriter

    return LogWriter(Path(target))


def tell_sent(outbox: "Outbox", target: str, console: Console) -> None:
    """Say how many orders left, and which ones left before with another quantity.

    Parameters
    ----------
    outbox : Outbox
        After a run.
    target : str
        Where they left to.
    console : Console
        Where to say it.
    """
    console.note(f"orders: {outbox.n_sent} sent to {target}")
    if outbox.differing:
        name, (left, wanted) = next(iter(outbox.differing.items()))
        console.warn(
            f"{len(outbox.differing)} orders left to {target} before with another "
            f"quantity, which holds, and were not sent again: {name}, {left:g} units, "
            f"now {wanted:g}"
        )


def adherence_rows(adherence: "Adherence | None") -> tuple[KpiRow, ...]:
    """Return how orders were kept as measures of a report.

    Parameters
    ----------
    adherence : Adherence or None
        Of a run.

    Returns
    -------
    tuple of KpiRow
        Empty where no order is settled.
    """
    if adherence is None:
        return ()
    totals = adherence.totals()
    if totals["adherence"] is None:
        return ()
    note = (
        f"Of {totals['settled']} released orders that were due or done: on time and "
        f"in full."
    )
    return (
        KpiRow(
            name="Plan adherence",
            value=100.0 * totals["adherence"],
            unit="%",
            note=note,
            better="high",
        ),
    )


def order_messages(
    network: "Network", adherence: "Adherence | None"
) -> tuple[ExceptionMessage, ...]:
    """Say which released orders were refused or never answered.

    Parameters
    ----------
    network : Network
        Its unit costs tell what they are worth.
    adherence : Adherence or None
        Of a run.

    Returns
    -------
    tuple of ExceptionMessage
        One for each reason, kind, item and site, the dearest first, at most
        `MESSAGES_MAX`.
    """
    if adherence is None or not adherence.exceptions.height:
        return ()
    import polars as pl

    groups = (
        adherence.exceptions.group_by("reason", "kind", "item", "site")
        .agg(
            n=pl.len(),
            quantity=pl.col("quantity").sum(),
            since_us=pl.col("since_us").min(),
            order=pl.col("order").first(),
        )
        .sort("item", "site", "kind", "reason")
    )
    messages = [_message(network, row) for row in groups.iter_rows(named=True)]
    return tuple(sorted(messages, key=lambda one: -one.money)[:MESSAGES_MAX])


def _message(network: "Network", row: dict[str, Any]) -> ExceptionMessage:
    item = network.item_index.get(row["item"])
    cost = 0.0 if item is None else float(network.items.unit_cost[item])
    n, many = row["n"], row["n"] != 1
    text = (
        f"{n} {row['kind']} order{'s' if many else ''} for {row['quantity']:,.0f} "
        f"{row['item']} at {row['site']} {'were' if many else 'was'} {row['reason']}, "
        f"{'the first' if many else row['order']} at {time_text(row['since_us'])}"
    )
    return ExceptionMessage(text, row["quantity"] * cost)


def adherence_table(adherence: "Adherence") -> "pl.DataFrame":
    """Return orders by kind and status, with a row for all."""
    import polars as pl

    counts = adherence.counts()
    rows = [{"orders": kind} | found for kind, found in counts.items()]
    sums = {
        name: sum(row[name] for row in counts.values())
        for name in rows[0]
        if name != "orders"
    }
    return pl.DataFrame([*rows, {"orders": "all"} | sums])


def show_adherence(
    adherence: "Adherence", console: Console, *, out: Path | None
) -> None:
    """Print how orders were kept; write them where a folder is given.

    Parameters
    ----------
    adherence : Adherence
        Of a run.
    console : Console
        Where to print.
    out : Path or None
        Gets ``orders.csv``, a row for each order and what came of it, and
        ``exceptions.csv``.
    """
    from twin.loop.outbox import write_csv

    totals = adherence.totals()
    share = totals["adherence"]
    told = (
        "none settled yet"
        if share is None
        else f"{100.0 * share:.1f} % on time and in full"
    )
    console.table(
        adherence_table(adherence),
        title=f"released orders: {totals['released']}, {told}",
        rows_max=0,
    )
    if totals["exceptions"]:
        console.warn(
            f"{totals['exceptions']} orders were refused or not acknowledged in time; "
            f"--out DIR lists them in {EXCEPTIONS_FILE}"
        )
    if out is not None:
        write_csv(adherence.orders, out / ORDERS_FILE)
        write_csv(adherence.exceptions, out / EXCEPTIONS_FILE)
        console.say(f"orders: {out / ORDERS_FILE}")
