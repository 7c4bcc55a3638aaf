"""Why machines stand still: failures, maintenance, shifts and disruptions."""

from collections.abc import Generator, Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from streams.events import TYPE_CODES
from twin.model.elements import CLOCKS
from twin.simulate.disruptions import Disruption
from twin.simulate.opening import machines as opened
from twin.simulate.opening.residuals import BegunMachine
from twin.simulate.random import FAILURE as FAILURE_STREAM
from twin.simulate.random import REPAIR as REPAIR_STREAM
from twin.simulate.random import SECOND_US, DurationLaw
from twin.simulate.reference.ageing import Age, Machine
from twin.simulate.reference.emission import NAN, NEVER, NONE
from twin.simulate.reference.engine import Engine
from twin.simulate.reference.schedule import (
    COST_TICK,
    FAILURE,
    REPAIR,
    RESPONSE_US,
    Pause,
    tie_key,
)
from twin.simulate.reference.shifts import open_spans

if TYPE_CHECKING:
    from twin.simulate.reference.machines import MachinePark

READING = TYPE_CODES["MachineReading"]
MAINTENANCE_DONE = TYPE_CODES["MaintenanceDone"]
PREVENTIVE = 0  # position in `streams.events.MaintenanceKind`
WEAR = "wear"
"""Name of the sensor that tells the wear of a machine."""

SHIFT, FAILED, DISRUPTION, MAINTAINED = range(4)
"""Why a machine stands still; distinct in the keys of the calendar."""

_N_CAUSES = 4
_BUSY_TIME = CLOCKS.index("busy")

Pauses = Generator[Pause, None, None]


def age_of(engine: Engine, machine: int) -> Age:
    """Return the age of a machine that is new at the start."""
    rows = engine.network.machines
    return Age(
        by_clock=int(rows.failure_clock[machine]) != _BUSY_TIME,
        wear_per_h=float(rows.wear_per_h[machine]),
        hazard=float(rows.wear_hazard[machine]),
        since_us=engine.network.settings.as_of_us,
    )


def _laws(
    law: NDArray[np.integer], mean_s: NDArray[np.float64], cv: NDArray[np.float64]
) -> list[DurationLaw]:
    rows = zip(law.tolist(), mean_s.tolist(), cv.tolist(), strict=True)
    return [DurationLaw(*row) for row in rows]


class Standstills:
    """Lets machines fail and be repaired, be maintained, rest, and be disrupted.

    A failure comes when the time drawn for it is used up: all the time, off shift too,
    or by busy time, which goes on while a machine is in state busy. A machine is new at
    the start, after a repair and after maintenance: its wear is 0, and its time to
    failure is drawn anew. So none fails in maintenance.

    Maintenance falls due `maintenance_every_s` after the start or the end of the last,
    by the clock or by busy time. From then on the machine takes no new work.
    Maintenance begins as soon as nothing runs on it and it is neither down nor
    disrupted, off shift too, and goes on whatever happens. No repair, and no
    maintenance, is shorter than a microsecond.

    Parameters
    ----------
    engine : Engine
        The simulation.
    park : MachinePark
        Its machines; stops them and lets them go on.
    """

    def __init__(self, engine: Engine, park: "MachinePark") -> None:
        self._engine = engine
        self._park = park
        self._rows = rows = engine.network.machines
        self._entity = len(engine.network.lanes.ids) + 1  # of machine 0, in keys
        n = len(rows.ids)
        self._n_failures = [0] * n
        self._n_maintenances = [0] * n
        # Times that were foreseen and are not any more are void by these.
        self._failure_epoch = [0] * n
        self._due_epoch = [0] * n
        self._failures = _laws(rows.failure_law, rows.mttf_s, rows.failure_cv)
        self._repairs = _laws(rows.repair_law, rows.mttr_s, rows.repair_cv)
        self._fails = (rows.mttf_s < np.inf).tolist()
        self._due_by_busy = (
            (rows.maintenance_clock == _BUSY_TIME) & (rows.maintenance_every_s < np.inf)
        ).tolist()
        by_busy = (rows.failure_clock == _BUSY_TIME) & (rows.mttf_s < np.inf)
        self._ages = (
            by_busy | np.array(self._due_by_busy, np.bool_) | (rows.wear_per_h > 0.0)
        ).tolist()

    def start(
        self, machine: Machine, disruptions: Sequence[Disruption],
        begun: BegunMachine | None = None,
    ) -> None:  # fmt: skip
        """Begin with a machine at the start of the simulation, new or as it was."""
        now_us = self._engine.network.settings.as_of_us
        machine.ages = self._ages[machine.index]
        if begun is None:
            self._renew(machine, now_us)
            self._await_maintenance(machine, now_us)
        else:
            self._take_over(machine, begun, now_us)
        if self._rows.reading_every_s[machine.index] < np.inf:
            self._engine.schedule.process(self._readings(machine))
        self._start_shifts(machine)
        windows = sorted(
            (max(one.start_us, now_us), one.end_us)
            for one in disruptions
            if one.kind == "machine" and machine.index in one.targets
            and one.end_us > now_us
        )  # fmt: skip
        for n, (first_us, last_us) in enumerate(windows):
            pauses = self._disruption(machine, n, first_us, last_us)
            self._engine.schedule.process(pauses)

    def _take_over(self, machine: Machine, begun: BegunMachine, now_us: int) -> None:
        machine.family = begun.family
        machine.age.renew(now_us, begun.left_us)
        machine.age.busy_us = begun.busy_us
        machine.age.until_due_us = begun.until_due_us
        if begun.cause == opened.FAILED:
            machine.causes.append(FAILED)
            key = self._key(REPAIR, machine, FAILED, 0)
            self._engine.schedule.call(begun.ends_us, key, self._repair, machine)
        elif begun.cause == opened.MAINTAINED:
            machine.causes.append(MAINTAINED)
            self._await_end(machine, begun.ends_us, start_us=begun.since_us)
        self._foresee_failure(machine, now_us)
        every_s = float(self._rows.maintenance_every_s[machine.index])
        if every_s < np.inf and MAINTAINED not in machine.causes:
            self._foresee_maintenance(machine, now_us)

    def turn(self, machine: Machine, now_us: int, *, is_busy: bool) -> None:
        """Let a machine that ages do so as one that is busy, or is not, from now on."""
        if is_busy != machine.age.is_busy:
            machine.age.turn(now_us, is_busy=is_busy)
            self._foresee_failure(machine, now_us)
            if self._due_by_busy[machine.index]:
                self._foresee_maintenance(machine, now_us)

    def maintain(self, machine: Machine, now_us: int) -> None:
        """Begin maintenance if it is due and nothing is in its way."""
        others = any(cause != SHIFT for cause in machine.causes)
        if not machine.is_due or machine.running or others:
            return
        machine.is_due = False
        self._failure_epoch[machine.index] += 1
        self._park.stop(machine, MAINTAINED, now_us)
        duration_s = float(self._rows.maintenance_s[machine.index])
        end_us = now_us + max(RESPONSE_US, round(duration_s * SECOND_US))
        self._await_end(machine, end_us, start_us=now_us)

    def _await_end(self, machine: Machine, end_us: int, *, start_us: int) -> None:
        n = self._n_maintenances[machine.index]
        key = self._key(REPAIR, machine, MAINTAINED, n)

        def end(machine: Machine, end_us: int) -> None:
            self._end_maintenance(machine, end_us, start_us=start_us)

        self._engine.schedule.call(end_us, key, end, machine)

    def _end_maintenance(self, machine: Machine, now_us: int, *, start_us: int) -> None:
        engine = self._engine
        engine.emitter.emit(
            (
                now_us, MAINTENANCE_DONE, PREVENTIVE, NONE, NONE,
                engine.machine_names[machine.index], NONE, NONE,
                NAN, NAN, NAN, start_us,
            )
        )  # fmt: skip
        self._n_maintenances[machine.index] += 1
        self._park.go_on(machine, MAINTAINED, now_us)
        self._renew(machine, now_us)
        self._await_maintenance(machine, now_us)

    def _key(self, rank: int, machine: Machine, cause: int, n: int) -> int:
        return tie_key(rank, _N_CAUSES * (self._entity + machine.index) + cause, n)

    def _renew(self, machine: Machine, now_us: int) -> None:
        index, left_us = machine.index, 0
        if self._fails[index]:
            law = self._failures[index]
            n = self._n_failures[index] + self._n_maintenances[index]
            left_us = self._engine.sampler.duration_us(law, FAILURE_STREAM, index, n)
        machine.age.renew(now_us, float(left_us))
        self._foresee_failure(machine, now_us)

    def _foresee_failure(self, machine: Machine, now_us: int) -> None:
        index = machine.index
        self._failure_epoch[index] += 1
        left_us = machine.age.time_left_us() if self._fails[index] else None
        if left_us is None or not {FAILED, MAINTAINED}.isdisjoint(machine.causes):
            return
        epoch = self._failure_epoch[index]

        def fail(machine: Machine, at_us: int) -> None:
            if self._failure_epoch[machine.index] == epoch:
                self._fail(machine, at_us)

        key = self._key(FAILURE, machine, FAILED, self._n_failures[index])
        self._engine.schedule.call(now_us + left_us, key, fail, machine)

    def _fail(self, machine: Machine, now_us: int) -> None:
        self._park.stop(machine, FAILED, now_us)
        self._park.lose_work(machine, now_us)
        index = machine.index
        law, n = self._repairs[index], self._n_failures[index]
        down_us = self._engine.sampler.duration_us(law, REPAIR_STREAM, index, n)
        # A repair of this instant would rank before the failure.
        end_us = now_us + max(RESPONSE_US, down_us)
        key = self._key(REPAIR, machine, FAILED, n)
        self._engine.schedule.call(end_us, key, self._repair, machine)

    def _repair(self, machine: Machine, now_us: int) -> None:
        self._n_failures[machine.index] += 1
        self._park.go_on(machine, FAILED, now_us)
        self._renew(machine, now_us)

    def _await_maintenance(self, machine: Machine, now_us: int) -> None:
        every_s = float(self._rows.maintenance_every_s[machine.index])
        if every_s < np.inf:
            machine.age.until_due_us = round(every_s * SECOND_US)
            self._foresee_maintenance(machine, now_us)

    def _foresee_maintenance(self, machine: Machine, now_us: int) -> None:
        index, age = machine.index, machine.age
        self._due_epoch[index] += 1
        if machine.is_due or (self._due_by_busy[index] and not age.is_busy):
            return
        epoch = self._due_epoch[index]

        def fall_due(machine: Machine, at_us: int) -> None:
            if self._due_epoch[machine.index] == epoch:
                machine.is_due = True
                self._engine.schedule.follow(self.maintain, machine, at_us)

        key = self._key(FAILURE, machine, MAINTAINED, self._n_maintenances[index])
        due_us = now_us + age.until_due_us
        self._engine.schedule.call(due_us, key, fall_due, machine)

    def _readings(self, machine: Machine) -> Pauses:
        engine, index = self._engine, machine.index
        every_us = round(float(self._rows.reading_every_s[index]) * SECOND_US)
        now_us = engine.network.settings.as_of_us
        sensor = engine.names.index(WEAR)
        for n in count():
            now_us += max(RESPONSE_US, every_us)
            yield engine.schedule.wait(
                now_us, tie_key(COST_TICK, self._entity + index, n)
            )
            engine.emitter.emit(
                (
                    now_us, READING, NONE, NONE, NONE, engine.machine_names[index],
                    sensor, NONE, machine.age.wear(now_us), NAN, NAN, NEVER,
                )
            )  # fmt: skip

    def _start_shifts(self, machine: Machine) -> None:
        network, index = self._engine.network, machine.index
        start_us = network.settings.as_of_us
        calendar = int(self._rows.calendar_index[index])
        site = int(self._rows.site_index[index])
        if calendar < 0:
            calendar = int(network.places.calendar_index[site])
        if calendar < 0:
            return
        zone = ZoneInfo(network.places.time_zone[site])
        spans = open_spans(network.calendars, calendar, zone, start_us=start_us)
        first = next(spans)
        if first[0] > start_us:
            machine.causes.append(SHIFT)
        self._engine.schedule.process(self._shifts(machine, first, spans))

    def _shifts(
        self, machine: Machine, first: tuple[int, int],
        spans: Iterator[tuple[int, int]],
    ) -> Pauses:  # fmt: skip
        schedule = self._engine.schedule
        open_us, close_us = first
        for n in count():
            if SHIFT in machine.causes:
                yield schedule.wait(open_us, self._key(REPAIR, machine, SHIFT, n))
                self._park.go_on(machine, SHIFT, open_us)
            yield schedule.wait(close_us, self._key(FAILURE, machine, SHIFT, n))
            self._park.stop(machine, SHIFT, close_us)
            open_us, close_us = next(spans)

    def _disruption(
        self, machine: Machine, n: int, first_us: int, last_us: int
    ) -> Pauses:
        schedule = self._engine.schedule
        key = self._key(FAILURE, machine, DISRUPTION, n)
        yield schedule.wait(first_us, key)
        self._park.stop(machine, DISRUPTION, first_us)
        yield schedule.wait(last_us, self._key(REPAIR, machine, DISRUPTION, n))
        self._park.go_on(machine, DISRUPTION, last_us)
