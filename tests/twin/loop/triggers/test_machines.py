"""When a breakdown calls for a decision."""

import pytest

from streams.events import MachineStateChanged, OperationStarted, StockCounted
from twin.errors import OptionError
from twin.loop.triggers import MachineDown

HOUR_US = 3_600_000_000


def state(name, machine="F1"):
    return MachineStateChanged(machine=machine, state=name)


def test_machine_down_fires_once_for_each_breakdown(told, works):
    line, trigger = told(works()), MachineDown()
    assert not line.ask(trigger, 0, state("busy"))
    (first,) = line.ask(trigger, 5, state("down"))
    assert (first.subject, first.detail) == ("F1", "machine F1 is down")
    assert not line.ask(trigger, 6, state("down", "K1"), state("idle"))[1:]
    assert not line.ask(trigger, 7, state("busy"))
    assert [one.subject for one in line.ask(trigger, 9, state("down"))] == ["F1"]


def test_machine_down_waits_as_long_as_it_is_told(told, works):
    line, trigger = told(works()), MachineDown(after_s=7200)
    assert not line.ask(trigger, 0, state("down"))
    started = OperationStarted(production_order="M1", operation="pack", machine="K1")
    assert not line.ask(trigger, HOUR_US, started)
    assert not line.ask(
        trigger, 3 * HOUR_US, StockCounted(item="tea", site="P", quantity=1)
    ), "what has nothing to do with machines is not looked at"
    (late,) = line.ask(trigger, 4 * HOUR_US, started)
    assert late.detail == "machine F1 is down for 4 h"
    assert not line.ask(trigger, 5 * HOUR_US, started)


def test_machine_that_came_back_is_not_down(told, works):
    line, trigger = told(works()), MachineDown(after_s=7200)
    line.ask(trigger, 0, state("down"))
    assert not line.ask(trigger, HOUR_US, state("idle"))
    assert not line.ask(trigger, 9 * HOUR_US, state("idle", "K1"))


def test_time_below_zero_is_refused():
    with pytest.raises(OptionError, match="after_s must be >= 0, was -1"):
        MachineDown(after_s=-1.0)
