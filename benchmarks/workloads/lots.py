"""Lots of a simulated fab: when they were due, and when they were done."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.workloads.smt2020 import kind_of
from benchmarks.workloads.tallies import CLOSED, RELEASED, SECOND_US
from streams.names import Names
from twin.model.network import Network
from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate.compiled.plant import CompiledPlant


class Lots(NamedTuple):
    """Finished lots; times are seconds from the begin, arrays of (n_lots,).

    `allowance_s` is the time from release to due date that its kind of lots has.
    `open_due_s`, of (n_open,), are due dates of lots that are not finished at the end,
    after `length_s`.
    """

    item: NDArray[np.int64]
    due_s: NDArray[np.float64]
    allowance_s: NDArray[np.float64]
    closed_s: NDArray[np.float64]
    open_due_s: NDArray[np.float64]
    length_s: float

    def tardiness_s(self, item: int | None = None) -> float:
        """Return the tardiness of all finished lots, or of those of an item."""
        late_s = np.maximum(self.closed_s - self.due_s, 0.0)
        return float(late_s.sum() if item is None else late_s[self.item == item].sum())

    @property
    def overdue_s(self) -> float:
        """By how much lots that are not finished are overdue at the end."""
        return float(np.maximum(self.length_s - self.open_due_s, 0.0).sum())


class _Watched(CompiledPlant):
    """Keeps of all that is told only releases and closings."""

    def __init__(self, network: Network, seed: int) -> None:
        self._kept: list[dict[str, NDArray[np.int64]]] = []
        super().__init__(network, Names(), seed=seed)

    def _take_trace(self) -> None:
        n = int(self._sim.clock[t.N_TRACED])
        kinds = self._trace.type_code[:n]
        rows = np.flatnonzero((kinds == RELEASED) | (kinds == CLOSED))
        self._kept.append(
            {
                name: getattr(self._trace, name)[rows].astype(np.int64)
                for name in ("type_code", "subject", "item", "time_us", "time0")
            }
        )
        self._sim.clock[t.N_TRACED] = 0

    def rows_until(self, until_us: int) -> dict[str, NDArray[np.int64]]:
        """Let time go on, and return releases and closings."""
        self._run(until_us)
        self._take_trace()
        names = self._kept[0]
        return {k: np.concatenate([part[k] for part in self._kept]) for k in names}

    def number(self, kind: int) -> int:
        """Return the first number of a kind of names in a trace."""
        return int(self._layout.settings[laid.FIRST_NAME + kind])


def finished_lots(network: Network, *, seed: int, length_s: float) -> Lots:
    """Simulate a fab for so many seconds."""
    plant, begin_us = _Watched(network, seed), network.settings.as_of_us
    rows = plant.rows_until(begin_us + round(length_s * SECOND_US))
    released = rows["type_code"] == RELEASED
    order = np.argsort(rows["subject"][released])
    subject, item, due_us, released_us = (
        rows[name][released][order] for name in ("subject", "item", "time0", "time_us")
    )
    at = np.searchsorted(subject, rows["subject"][~released])
    allowance_us = due_us - released_us
    # Of lots that were under way, the release is not told: their kind says.
    first = plant.number(t.OPEN_ORDER)
    releases = network.releases
    allowed_s = dict(zip(releases.ids, releases.due_s.tolist(), strict=True))
    for k, name in enumerate(network.open_orders.ids):
        row = np.searchsorted(subject, first + k)
        allowance_us[row] = round(allowed_s[kind_of(name)] * SECOND_US)
    due_s = (due_us - begin_us) / SECOND_US
    return Lots(
        item=item[at] - plant.number(t.ITEM),
        due_s=due_s[at],
        allowance_s=allowance_us[at] / SECOND_US,
        closed_s=(rows["time_us"][~released] - begin_us) / SECOND_US,
        open_due_s=np.delete(due_s, at),
        length_s=length_s,
    )
