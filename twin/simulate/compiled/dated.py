"""A compiled network whose production orders have due dates and priorities.

Decisions are released one production order at a time, and each is dated before it
starts, a microsecond later: so dispatch rules that ask for dates, such as earliest due
date, see those of decisions as in the reference engine.
"""

from dataclasses import replace

import numpy as np

from streams.batch import NO_TIME
from streams.events import TYPE_CODES
from twin.errors import OptionError
from twin.simulate import tables as t
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.decisions import Decisions

_RELEASED = TYPE_CODES["ProductionOrderReleased"]
_NUMBER = t.NUMBER + t.PRODUCTION_IDS


class DatedPlant(CompiledPlant):
    """A `CompiledPlant` that takes dates and priorities of production orders."""

    def release(self, decisions: Decisions) -> None:
        """Place orders and dispatch goods now.

        Parameters
        ----------
        decisions : Decisions
            What was decided; its events come with the next `advance`.

        Raises
        ------
        OptionError
            As `CompiledPlant.release`; names, and customers that orders are made for,
            are refused.
        """
        n_dates, n_priorities = len(decisions.make_due_us), len(decisions.make_priority)
        plain = replace(
            decisions, make_due_us=np.zeros(0, np.int64), make_priority=np.zeros(0)
        )
        if not n_dates + n_priorities or not plain.is_plain:
            super().release(plain)
            return
        if self._policies:
            msg = "a network that follows policies takes no dates of production orders"
            raise OptionError(msg)
        super().release(Decisions(plain.lane, plain.item, plain.quantity))
        for k in range(len(plain.make_item)):
            number = int(self.tables.clock[_NUMBER])
            super().release(
                Decisions(
                    make_item=plain.make_item[k : k + 1],
                    make_site=plain.make_site[k : k + 1],
                    make_quantity=plain.make_quantity[k : k + 1],
                )
            )
            if int(self.tables.clock[_NUMBER]) > number:
                due_us = int(decisions.make_due_us[k]) if n_dates else int(NO_TIME)
                priority = decisions.make_priority[k] if n_priorities else np.nan
                self._date(due_us, float(priority))

    def _date(self, due_us: int, priority: float) -> None:
        """Date the order that was released last, and what is told of it."""
        told = int(self.tables.clock[t.N_TRACED])
        rows = np.flatnonzero(self.trace.type_code[:told] == _RELEASED)
        self.trace.value1[rows[-1]] = priority
        orders = self.tables.orders
        at = np.flatnonzero(orders["n"] == self.tables.clock[_NUMBER])[0]
        orders["priority"][at] = priority
        if due_us != NO_TIME:
            self.trace.time0[rows[-1]] = due_us
            orders["due_us"][at] = due_us
