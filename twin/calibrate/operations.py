"""Operations: how long each worked, net of stops, and what came out good."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.lifetimes import Lifetimes
from twin.calibrate.samples import SECOND_US, Floats, Sample, Times, Window
from twin.calibrate.setups import setup_spans
from twin.calibrate.stoppages import NOTHING, Spans, Stoppages, machine_rows
from twin.model.columns import ANY
from twin.model.draft.collect import TIME, Seen
from twin.model.network import Network

ORDER = "production_order"
_VISIT = [ORDER, "operation", "machine"]
_NO_ROW = -1
_PIECES_MIN = 1e-3
"""Pieces over the usual below which an operation says nothing of the time for one: what
is left of its time is rounding, and is divided by next to nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """Operations that were seen to begin, in order of time; arrays of shape (n,).

    Attributes
    ----------
    row : ndarray of int64
        Row of the table ``routings``, -1 if none fits.
    machine : list of str
        Where.
    begin_us, end_us : ndarray of int64
        The end of the window if it was not over.
    is_over : ndarray of bool
        Whether its end was seen.
    net_s : ndarray of float64
        Without the time that the machine stood still or was set up.
    has_setup : ndarray of bool
        Whether a set-up was told that lay in it.
    pieces : ndarray of float64
        Pieces over the speed of the machine: what a duration of one piece is times.
    good, total, rework : ndarray of float64
        Pieces that came out; NaN if nothing was told.
    """

    row: NDArray[np.int64]
    machine: list[str]
    begin_us: Times
    end_us: Times
    is_over: NDArray[np.bool_]
    net_s: Floats
    has_setup: NDArray[np.bool_]
    pieces: Floats
    good: Floats
    total: Floats
    rework: Floats


def operations_seen(
    network: Network,
    seen: Seen,
    stops: tuple[Stoppages, pl.DataFrame],
    *,
    window: Window,
    left_out: Counter[str],
) -> Work:
    """Join starts and ends of operations, and find the routing each belongs to.

    Parameters
    ----------
    network : Network
        Its routings and machines.
    seen : dict of str to DataFrame
        Events by type, up to the end of the window.
    stops : tuple
        When machines stood still, and the set-ups.
    window : Window
        Operations that began before it are read, too; `operation_samples` leaves them.
    left_out : Counter
        Gets what cannot be used, by reason.

    Returns
    -------
    Work
    """
    frame = _visits(seen, window).join(_orders(seen), on=ORDER, how="left")
    frame = frame.with_columns(
        item=pl.coalesce("item", "released_item").fill_null(""),
        pieces=pl.coalesce("asked", "made", "released").fill_null(1.0),
    )
    machines = network.tables["machines"]
    known = frame.join(
        machines.select("machine", "group", "speed", own_site="site"),
        on="machine", how="left",
    )  # fmt: skip
    known = known.with_columns(site=pl.coalesce("site", "own_site"))
    row = _routing_rows(network, known)
    begin, end = known["begin"].to_numpy(), known["end"].to_numpy()
    net, has_setup = _net_s(known, begin, end, stops)
    pieces = (known["pieces"] / known["speed"].fill_null(1.0)).to_numpy()
    told = ~np.isnan(known["good"].cast(pl.Float64).fill_null(np.nan).to_numpy())
    left_out["operations of no routing of the network"] += int((row < 0).sum())
    left_out["operations of no pieces"] += int((pieces <= 0.0).sum())
    return Work(
        row=np.where(pieces > 0.0, row, _NO_ROW),
        machine=known["machine"].to_list(),
        begin_us=begin,
        end_us=end,
        is_over=known["is_over"].to_numpy(),
        net_s=net,
        has_setup=has_setup,
        pieces=pieces,
        good=np.where(told, known["good"].fill_null(0.0).to_numpy(), np.nan),
        total=np.where(told, known["made"].fill_null(0.0).to_numpy(), np.nan),
        rework=np.where(told, known["rework"].fill_null(0.0).to_numpy(), np.nan),
    )


def _visits(seen: Seen, window: Window) -> pl.DataFrame:
    # The n-th start and the n-th end of an operation of an order on a machine belong
    # together; an end that tells its start needs none.
    nth = pl.int_range(pl.len()).over(_VISIT).alias("nth")
    started = (
        seen["OperationStarted"].drop_nulls(_VISIT).sort(TIME, maintain_order=True)
    )
    done = seen["OperationCompleted"].drop_nulls(_VISIT).sort(TIME, maintain_order=True)
    both = started.with_columns(nth).select(
        *_VISIT, "nth", begun=TIME, item_begun="item", asked="quantity"
    ).join(
        done.with_columns(nth).select(
            *_VISIT, "nth", "item", "good", "scrap", "rework", "started_us", ended=TIME
        ),
        on=[*_VISIT, "nth"], how="full", coalesce=True,
    )  # fmt: skip
    pieces = [pl.col(name).fill_null(0.0) for name in ("good", "scrap", "rework")]
    made = pieces[0] + pieces[1] + pieces[2]
    known = both.select(
        *_VISIT,
        begin=pl.coalesce("started_us", "begun"),
        end=pl.col("ended").fill_null(window.end_us),
        is_over=pl.col("ended").is_not_null(),
        item=pl.coalesce("item", "item_begun"),
        asked=pl.when(pl.col("asked") > 0).then("asked"),
        good="good",
        made=pl.when(pl.col("good").is_not_null() & (made > 0)).then(made),
        rework="rework",
    )
    timed = known.drop_nulls("begin").filter(pl.col("end") >= pl.col("begin"))
    return timed.sort("begin", *_VISIT)


def _orders(seen: Seen) -> pl.DataFrame:
    released = seen["ProductionOrderReleased"].unique(ORDER, keep="first")
    return released.select(
        ORDER, "site", released_item="item", released="quantity"
    ).drop_nulls(ORDER)


def _routing_rows(network: Network, work: pl.DataFrame) -> NDArray[np.int64]:
    # As the simulation chooses: the item's own routing before that of '*', and of it
    # the site's before '*'; of steps that repeat an operation the n-th visit's.
    routings = network.tables["routings"]
    steps: dict[tuple[str, str], dict[str, list[int]]] = {}
    named = routings.select("item", "site", "operation")
    for row, (item, site, operation) in enumerate(named.iter_rows()):
        steps.setdefault((item, site), {}).setdefault(operation, []).append(row)
    own = {item for item, _ in steps}
    nth = work.select(n=pl.int_range(pl.len()).over(ORDER, "operation"))["n"]
    group_of = routings["machine_group"].to_list()
    found = np.full(work.height, _NO_ROW, np.int64)
    visits = work.select("item", "site", "operation", "group")
    for k, (item, site, operation, group) in enumerate(visits.iter_rows()):
        of_item = item if item in own else ANY
        routing = steps.get((of_item, site or ANY)) or steps.get((of_item, ANY), {})
        rows = routing.get(operation)
        if rows:
            row = rows[min(int(nth[k]), len(rows) - 1)]
            found[k] = row if group_of[row] == group else _NO_ROW
    return found


def _net_s(
    work: pl.DataFrame, begin: Times, end: Times, stops: tuple[Stoppages, pl.DataFrame]
) -> tuple[Floats, NDArray[np.bool_]]:
    stopped: Mapping[str, Spans] = stops[0].stopped
    setting_up = setup_spans(stops[1])
    still = np.zeros(len(begin), np.int64)
    has_setup = np.zeros(len(begin), np.bool_)
    for machine, rows in machine_rows(work).items():
        still[rows] = stopped.get(machine, NOTHING).between_us(begin[rows], end[rows])
        spans = setting_up.get(machine)
        if spans is not None:
            during = spans.between_us(begin[rows], end[rows])
            has_setup[rows] = during > 0
            # What stood still during a set-up is taken off once.
            still[rows] += np.minimum(during, end[rows] - begin[rows] - still[rows])
    return (end - begin - still) / SECOND_US, has_setup


def operation_samples(network: Network, work: Work, *, window: Window) -> list[Sample]:
    """Gather process times and yields by row of ``routings``.

    Parameters
    ----------
    network : Network
        Its routings.
    work : Work
        What was seen.
    window : Window
        Operations that began in it count.

    Returns
    -------
    list of Sample
        Durations of one piece at speed 1, and shares of good and of reworked pieces.
    """
    routings = network.tables["routings"]
    last = _last_steps(network)
    site_yield = dict(network.tables["sites"].select("site", "yield_rate").iter_rows())
    found = []
    for row in np.unique(work.row[work.row >= 0]).tolist():
        rows = np.flatnonzero((work.row == row) & (work.begin_us >= window.start_us))
        if not len(rows):
            continue
        told = routings.row(row, named=True)
        key = {name: told[name] for name in ("item", "site", "step")}
        found.append(_duration(key, told["setup_s"], work, rows))
        sites = (
            {site_yield.get(told["site"], 1.0)}
            if told["site"] != ANY
            else set(site_yield.values())
        )
        # The last step also has the losses of its site; of several sites the mean is
        # not told apart.
        scale = sites.pop() if row in last and len(sites) == 1 else 1.0
        found += _shares(key, work, rows, scale=scale)
    return found


def _last_steps(network: Network) -> set[int]:
    routings = network.tables["routings"].with_row_index("row")
    last = routings.group_by("item", "site").agg(pl.col("row").sort_by("step").last())
    return set(last["row"].to_list())


def _duration(
    key: Mapping[str, str | int], setup_s: float, work: Work, rows: NDArray[np.intp]
) -> Sample:
    pieces = work.pieces[rows]
    fixed = np.where(work.has_setup[rows], 0.0, setup_s)
    net = work.net_s[rows] - fixed
    is_over = work.is_over[rows]
    # One that has not got beyond its set-up yet says nothing of its pieces.
    kept = is_over | (net > 0.0)
    kept &= pieces > _PIECES_MIN * np.median(pieces)
    told_apart = bool(work.has_setup[rows].any())
    return Sample(
        table="routings",
        key=key,
        column="duration_s",
        began_us=work.begin_us[rows][kept],
        lifetimes=Lifetimes.of(
            np.maximum(net[kept], 0.0) / pieces[kept], is_over[kept]
        ),
        fixed_s=float("nan") if told_apart else float(setup_s),
        quantity=pieces[kept],
    )


def _shares(
    key: Mapping[str, str | int], work: Work, rows: NDArray[np.intp], *, scale: float
) -> list[Sample]:
    rows = rows[work.is_over[rows] & (work.total[rows] > 0.0)]
    rows = rows[np.argsort(work.end_us[rows], kind="stable")]
    if not len(rows):
        return []
    good, rework = work.good[rows], work.rework[rows]
    ended, total = work.end_us[rows], work.total[rows]
    kept = total - rework > 0.0
    found = [
        Sample(
            "routings", key, "yield_rate", ended[kept],
            good=good[kept], total=(total - rework)[kept], scale=scale,
        )
    ]  # fmt: skip
    if (rework > 0.0).any():
        found.append(
            Sample("routings", key, "rework_rate", ended, good=rework, total=total)
        )
    return found
