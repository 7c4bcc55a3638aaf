"""What events tell of each parameter of a network: the samples to estimate from."""

from collections import Counter
from collections.abc import Iterable

import polars as pl

from streams.batch import EventBatch
from twin.calibrate.lanes import lane_samples
from twin.calibrate.machines import machine_samples
from twin.calibrate.operations import operation_samples, operations_seen
from twin.calibrate.picking import picked
from twin.calibrate.samples import Sample, Window
from twin.calibrate.setups import setup_samples, setups_seen
from twin.calibrate.stoppages import stoppages_of
from twin.model.draft.collect import TIME, Seen, collect
from twin.model.network import Network


def samples_of(
    network: Network,
    batches: Iterable[EventBatch],
    *,
    start_us: int | None = None,
    end_us: int | None = None,
) -> tuple[list[Sample], Window, Counter[str]]:
    """Turn events into samples, a sample for each parameter that was seen at all.

    Parameters
    ----------
    network : Network
        Says which rows there are.
    batches : iterable of EventBatch
        Of the log, from its beginning: what came before the window tells states.
    start_us, end_us : int or None
        The window, microseconds UTC; None: from the first event, to the last.

    Returns
    -------
    list of Sample
        Operations, machines and lanes, in the order of the network's tables.
    Window
        As it was used.
    Counter
        What could not be used, by reason.

    Examples
    --------
    >>> from twin.model import build
    >>> network = build(
    ...     {"sites": [{"site": "S", "kind": "store"}], "items": [{"item": "tea"}],
    ...      "suppliers": [{"supplier": "V"}],
    ...      "lanes": [{"lane": "VS", "from_place": "V", "to_place": "S",
    ...                 "lead_time_s": 60, "item": "tea"}]},
    ...     {"name": "n", "as_of": "2024-01-01T00:00:00Z"},
    ... )
    >>> samples_of(network, [])
    ([], Window(start_us=0, end_us=0), Counter())
    """
    seen = collect(picked(batches))
    window = _window(seen, start_us, end_us)
    seen = {name: _until(frame, window.end_us) for name, frame in seen.items()}
    left_out: Counter[str] = Counter()
    stops = stoppages_of(seen, window)
    setups = setups_seen(seen, stops)
    work = operations_seen(
        network, seen, (stops, setups), window=window, left_out=left_out
    )
    found = operation_samples(network, work, window=window)
    found += setup_samples(network, setups, window=window)
    found += machine_samples(network, stops, work=work, window=window)
    found += lane_samples(network, seen, window=window, left_out=left_out)
    return found, window, +left_out


def _window(seen: Seen, start_us: int | None, end_us: int | None) -> Window:
    # An event may tell of a begin before itself.
    firsts = [
        frame[name].min()
        for frame in seen.values()
        for name in (TIME, "started_us")
        if name in frame.columns
    ]
    lasts = [frame[TIME].max() for frame in seen.values() if TIME in frame.columns]
    first = min((int(t) for t in firsts if isinstance(t, int)), default=0)
    last = max((int(t) for t in lasts if isinstance(t, int)), default=0)
    return Window(
        start_us=first if start_us is None else start_us,
        end_us=last if end_us is None else end_us,
    )


def _until(frame: pl.DataFrame, end_us: int) -> pl.DataFrame:
    return frame.filter(pl.col(TIME) <= end_us) if TIME in frame.columns else frame
