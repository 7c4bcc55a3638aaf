"""The compiled fold against a plain one, event by event."""

import numpy as np
import polars as pl

from streams.events import EVENT_TYPES
from twin.health import rows
from twin.health.folded import HealthFeatures

CYCLE_US = 10 * 60_000_000
DOWN = 5  # code of `MachineState`; that of maintenance is one more


class PlainMachine:
    """Cycles of the sensors of a machine, and ends of its lives; usage left out."""

    def __init__(self, name, told, time_us):
        self.name, self.told = name, told
        self.life, self.last = 0, {}
        self.begin(time_us)

    def begin(self, time_us):
        self.born, self.alive, self.closed = time_us // CYCLE_US, True, False
        self.born_us, self.open, self.cycle = time_us, {}, 0

    def renew(self, time_us):
        self.life += 1
        self.begin(time_us)

    def close(self):
        self.last |= {s: sum(told) / len(told) for s, told in self.open.items()}
        age = self.cycle - self.born + 1
        self.told.extend(
            (self.name, self.life, age, s, v) for s, v in self.last.items()
        )
        self.open, self.closed = {}, True

    def end(self, cycle, how):
        late = how == rows.FAILED and self.closed and cycle > self.cycle
        if self.open:
            self.close()
        elif late:
            self.cycle = cycle
            self.close()
        if self.closed:
            self.told.append(
                (self.name, self.life, self.cycle - self.born + 1, "end", how)
            )
        self.alive = False

    def read(self, cycle, sensor, value):
        if not self.alive:
            return
        if not self.open:
            self.cycle = cycle
        self.open.setdefault(sensor, []).append(value)

    def enter(self, time_us, code):
        if self.alive and code >= DOWN:
            self.end(time_us // CYCLE_US, rows.FAILED if code == DOWN else rows.RENEWED)
        elif not self.alive and code < DOWN:
            self.renew(time_us)

    def maintain(self, time_us, corrective):
        if self.alive and self.born_us >= time_us:
            return
        if self.alive:
            self.end(time_us // CYCLE_US, rows.FAILED if corrective else rows.RENEWED)
        self.renew(time_us)


def plain_journal(batch):
    machines, told = {}, []
    for i in range(len(batch)):
        time_us, name = int(batch.time_us[i]), batch.names[batch.place[i]]
        machine = machines.setdefault(name, PlainMachine(name, told, time_us))
        cycle = time_us // CYCLE_US
        if machine.open and cycle > machine.cycle:
            machine.close()
        kind = EVENT_TYPES[batch.type_code[i]].__name__
        if kind == "MachineReading":
            sensor = batch.names[batch.party[i]]
            machine.read(cycle, sensor, float(batch.value0[i]))
        elif kind == "MachineStateChanged":
            machine.enter(time_us, batch.code[i])
        elif kind == "MaintenanceDone":
            machine.maintain(time_us, batch.code[i])
    return told


def test_cycles_and_lives_are_those_of_a_plain_fold(busy_log):
    batch = busy_log.batch
    folded = HealthFeatures(busy_log.names, CYCLE_US, journal=True)
    folded.apply(batch)
    sensors = [*folded.sensor_names(), "end"]
    ids = [batch.names[k] for k in folded.machines["name"].tolist()]
    found = {
        (ids[machine], life, cycle, sensors[slot]): value
        for machine, life, cycle, slot, value in folded.take_journal()
        .filter(~pl.col("slot").is_in(usage_slots(folded)))
        .select("machine", "life", "cycle", "slot", "value")
        .iter_rows()
    }
    wanted = {row[:4]: row[4] for row in plain_journal(batch)}
    assert found.keys() == wanted.keys()
    assert len(found) > 1500
    keys = list(found)
    np.testing.assert_allclose(
        [found[k] for k in keys], [wanted[k] for k in keys], rtol=1e-12
    )


def usage_slots(folded):
    return [k for k, s in enumerate(folded.sensor_names()) if s in rows.USAGE]
