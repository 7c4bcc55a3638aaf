"""Where orders of a live loop leave: as messages, and as a table of each release."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from streams.events import OrderDispatched
from twin.loop.facts import RELEASED
from twin.loop.outbox import Outbox, write_csv


class OrderOutlet:
    """Sends orders as messages, and writes a CSV for each release.

    Parameters
    ----------
    outbox : Outbox or None
        Where messages go; it sends none a second time. None: nowhere.
    folder : Path or None
        Gets ``<time>-<first order>.csv`` for the orders that leave together: the same
        file when they are sent again. None: no tables.
    """

    def __init__(
        self, outbox: Outbox | None = None, *, folder: Path | None = None
    ) -> None:
        self._outbox = outbox
        self._folder = folder
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def send(self, orders: Sequence[OrderDispatched], *, now_us: int) -> None:
        """Send orders that leave together.

        Parameters
        ----------
        orders : sequence of OrderDispatched
            In the order in which they are to be carried out.
        now_us : int
            When they leave, microseconds UTC.

        Raises
        ------
        StreamError
            If a message cannot be delivered.
        """
        if not orders:
            return
        if self._outbox is not None:
            self._outbox.send(orders, now_us=now_us)
        if self._folder is not None:
            path = self._folder / f"{now_us}-{orders[0].order}.csv"
            write_csv(_table(orders, now_us), path)

    def send_again(self, orders: Sequence[tuple[int, OrderDispatched]]) -> None:
        """Send what was decided before a crash; what left already does not again.

        Parameters
        ----------
        orders : sequence of (int, OrderDispatched)
            Each with its time, microseconds UTC.
        """
        # All plans of an instant leave together, and so they do again.
        together: dict[int, list[OrderDispatched]] = defaultdict(list)
        for now_us, one in orders:
            together[now_us].append(one)
        for now_us, some in together.items():
            self.send(some, now_us=now_us)


def _table(orders: Sequence[OrderDispatched], now_us: int) -> pl.DataFrame:
    rows = [
        {
            "order": one.order, "kind": one.kind, "plan": one.plan, "item": one.item,
            "site": one.site, "source": one.source, "quantity": one.quantity,
            "expected": one.expected, "released_us": now_us, "due_us": one.due_us,
        }
        for one in orders
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=RELEASED)
