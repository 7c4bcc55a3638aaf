"""Where released orders leave: one order a message, each once."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from streams.codec import decode, encode
from streams.events import TYPE_CODES, OrderDispatched
from streams.names import Names
from streams.records import Sink, Source
from twin.replay import read

SOURCE = "millstream"
_ROUNDING = 1e-9


class Outbox:
    """Sends orders, one a message, and none a second time.

    The event id of a message is the id of its order, and its key the site: orders of a
    site stay in their order, whatever partitions a topic has.

    Parameters
    ----------
    sink : Sink
        A topic or a log; the caller closes it.
    sent : mapping of str to float
        Ids of orders that left before, of a run that goes on, and their quantities.
    source : str
        Source of the messages.

    Attributes
    ----------
    n_sent : int
        Messages that left.
    differing : dict of str to tuple of float
        Ids of orders that were not sent again though their quantity is another one now:
        the quantity that left, and the one that did not.
    """

    def __init__(
        self,
        sink: Sink,
        *,
        sent: Mapping[str, float] | None = None,
        source: str = SOURCE,
    ) -> None:
        self._sink = sink
        self._sent = dict(sent or {})
        self._source = source
        self.n_sent = 0
        self.differing: dict[str, tuple[float, float]] = {}

    def send(self, orders: Sequence[OrderDispatched], *, now_us: int) -> int:
        """Send what did not leave before, and wait until it is safe.

        What left stays as it is: the first quantity of an id holds. If it differs, the
        order stands in `differing`.

        Parameters
        ----------
        orders : sequence of OrderDispatched
            Released together.
        now_us : int
            Time of the release, microseconds UTC.

        Returns
        -------
        int
            Messages that left.

        Raises
        ------
        StreamError
            If they cannot be delivered; sent again, those that were arrive twice, with
            one id.
        """
        self._compare(orders)
        new = {one.order: one for one in orders if one.order not in self._sent}
        if not new:
            return 0
        values = [
            encode(one, event_id=name, source=self._source, time_us=now_us)
            for name, one in new.items()
        ]
        keys = [(one.site or "").encode() for one in new.values()]
        self._sink.append(values, keys=keys, timestamps_us=now_us)
        self._sink.flush()
        self._sent.update((name, _units(one)) for name, one in new.items())
        self.n_sent += len(new)
        return len(new)

    def _compare(self, orders: Sequence[OrderDispatched]) -> None:
        for one in orders:
            units = _units(one)
            left = self._sent.get(one.order, units)
            if not math.isclose(left, units, rel_tol=_ROUNDING):
                self.differing[one.order] = left, units


def _units(order: OrderDispatched) -> float:
    return 0.0 if order.quantity is None else order.quantity


def orders_sent(source: Source) -> dict[str, float]:
    """Read which orders have left already, for an outbox that goes on.

    Parameters
    ----------
    source : Source
        Of the topic or the log they leave to; read from where it stands to its end.

    Returns
    -------
    dict of str to float
        Their ids and quantities, of an id that comes twice the first. Records that are
        no orders are passed over.
    """
    names = Names()
    found: dict[str, float] = {}
    for batch in read(source, source.end_position()):
        events = decode(batch, names).events
        rows = np.flatnonzero(events.type_code == TYPE_CODES["OrderDispatched"])
        units = np.nan_to_num(events.value0[rows]).tolist()
        for number, quantity in zip(events.subject[rows].tolist(), units, strict=True):
            found.setdefault(names[number], quantity)
    return found


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write a table; times are written as ISO 8601 too.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns that end with ``_us`` are times, microseconds UTC.
    path : Path
        Written or replaced, whole or not at all.
    """
    times = [name for name in frame.columns if name.endswith("_us")]
    readable = frame.with_columns(
        pl.from_epoch(pl.col(name), time_unit="us")
        .dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")
        .alias(name.removesuffix("_us"))
        for name in times
    )
    part = path.with_name(f".{path.name}.part")
    try:
        readable.write_csv(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
