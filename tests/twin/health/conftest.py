"""Events of machines that are read, work, fail and are maintained."""

import numpy as np
import pytest

from streams.batch import EventBatch, empty_columns
from streams.events import TYPE_CODES
from streams.names import Names

STATES = ("off", "idle", "setup", "busy", "blocked", "down", "maintenance")
MINUTE_US = 60_000_000


class Log:
    """Events one by one, as a batch of columns."""

    def __init__(self):
        self.names = Names()
        self.rows = []

    def tell(self, type_name, time_us, machine, **columns):
        for name in ("party",):
            if name in columns:
                columns[name] = self.names.index(columns[name])
        self.rows.append(
            {"type_code": TYPE_CODES[type_name], "time_us": time_us,
             "place": self.names.index(machine), **columns}
        )  # fmt: skip

    def read(self, time_us, machine, sensor, value):
        self.tell("MachineReading", time_us, machine, party=sensor, value0=value)

    def enter(self, time_us, machine, state):
        code = STATES.index(state)
        self.tell("MachineStateChanged", time_us, machine, code=code)

    def maintained(self, time_us, machine, *, corrective=False, since_us=None):
        more = {} if since_us is None else {"time0": since_us}
        code = int(corrective)
        self.tell("MaintenanceDone", time_us, machine, code=code, **more)

    @property
    def batch(self):
        columns = empty_columns(len(self.rows))
        for i, row in enumerate(self.rows):
            for name, value in row.items():
                columns[name][i] = value
        return EventBatch(self.names, b"", **columns)


@pytest.fixture
def make_log():
    return Log


@pytest.fixture(scope="session")
def busy_log():
    """Some thousand events of five machines with all that may happen to them."""
    rng, log = np.random.default_rng(5), Log()
    time_us = 1_700_000_000_000_000
    for _ in range(4000):
        time_us += int(rng.integers(0, MINUTE_US))
        machine = f"m{rng.integers(5)}"
        what = rng.random()
        if what < 0.8:
            sensor = f"s{rng.integers(3)}"
            log.read(time_us, machine, sensor, float(rng.normal(5.0, 1.0)))
        elif what < 0.88:
            log.enter(time_us, machine, STATES[rng.integers(5)])
        elif what < 0.9:
            log.enter(time_us, machine, STATES[5 + rng.integers(2)])
        elif what < 0.91:
            log.maintained(time_us, machine, corrective=bool(rng.integers(2)))
        else:
            name = ("OperationStarted", "OperationCompleted")[rng.integers(2)]
            log.tell(name, time_us, machine, party="cut")
    return log
