"""Set-ups that were told as events of their own."""

import numpy as np
import polars as pl

from forecasting.lifetimes import Lifetimes
from twin.calibrate.samples import SECOND_US, Sample, Window
from twin.calibrate.stoppages import NOTHING, Spans, Stoppages, machine_rows, union_of
from twin.model.draft.collect import TIME, Seen
from twin.model.network import Network

_ANY = "*"


def setups_seen(seen: Seen, stops: Stoppages) -> pl.DataFrame:
    """List set-ups with their lengths, without the time the machine stood still.

    Parameters
    ----------
    seen : dict of str to DataFrame
        Events by type.
    stops : Stoppages
        When machines stood still.

    Returns
    -------
    DataFrame
        Columns ``machine from_family to_family begin end net_s``, by machine and time;
        `from_family` is "" before the first.
    """
    done = seen["SetupCompleted"].drop_nulls(["machine", "family"])
    done = done.sort("machine", TIME, maintain_order=True)
    frame = done.select(
        "machine",
        from_family=pl.col("family").shift(1).over("machine").fill_null(""),
        to_family="family",
        begin=pl.col("started_us"),
        end=TIME,
    )
    net = np.full(frame.height, np.nan)
    for machine, rows in machine_rows(frame).items():
        part = frame[rows]
        timed = part["begin"].is_not_null().to_numpy()
        begin = part["begin"].fill_null(0).to_numpy()[timed]
        end = part["end"].to_numpy()[timed]
        still = stops.stopped.get(machine, NOTHING).between_us(begin, end)
        net[rows[timed]] = (end - begin - still) / SECOND_US
    return frame.with_columns(net_s=pl.Series(net, dtype=pl.Float64))


def setup_spans(setups: pl.DataFrame) -> dict[str, Spans]:
    """Return when each machine was being set up."""
    timed = setups.drop_nulls("begin")
    return {
        machine: union_of(
            timed["begin"].to_numpy()[rows], timed["end"].to_numpy()[rows]
        )
        for machine, rows in machine_rows(timed).items()
    }


def setup_samples(
    network: Network, setups: pl.DataFrame, *, window: Window
) -> list[Sample]:
    """Gather set-ups by the row of ``setups`` that states their time.

    Parameters
    ----------
    network : Network
        Its table ``setups``.
    setups : DataFrame
        As `setups_seen` gave them.
    window : Window
        Those that began in it count.

    Returns
    -------
    list of Sample
    """
    if "setups" not in network.tables or not network.tables["setups"].height:
        return []
    group_of = dict(network.tables["machines"].select("machine", "group").iter_rows())
    stated = set(
        network.tables["setups"].select("group", "from_family", "to_family").iter_rows()
    )
    timed = setups.drop_nulls("begin").filter(pl.col("begin") >= window.start_us)
    gathered: dict[tuple[str, str, str], list[tuple[int, float]]] = {}
    columns = ("machine", "from_family", "to_family", "begin", "net_s")
    for machine, before, after, begin, net in timed.select(columns).iter_rows():
        row = _stated(stated, (group_of.get(machine, ""), before, after))
        if row is not None and net >= 0.0:
            gathered.setdefault(row, []).append((begin, net))
    return [_sample(row, values) for row, values in sorted(gathered.items())]


def _stated(
    stated: set[tuple[str, str, str]], change: tuple[str, str, str]
) -> tuple[str, str, str] | None:
    # The most specific row: both given, from given, to given, any.
    group, before, after = change
    pairs = ((before, after), (before, _ANY), (_ANY, after), (_ANY, _ANY))
    return next(((group, *pair) for pair in pairs if (group, *pair) in stated), None)


def _sample(row: tuple[str, str, str], values: list[tuple[int, float]]) -> Sample:
    values = sorted(values)
    return Sample(
        table="setups",
        key=dict(zip(("group", "from_family", "to_family"), row, strict=True)),
        column="setup_s",
        began_us=np.array([begin for begin, _ in values], np.int64),
        lifetimes=Lifetimes.of([net for _, net in values]),
    )
