"""Machines: queues in front of groups, work that stops and goes on, states."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from zoneinfo import ZoneInfo

import numpy as np

from streams.events import TYPE_CODES
from twin.model.elements import NO_LIMIT
from twin.model.laws import EXPONENTIAL
from twin.simulate.disruptions import Disruption
from twin.simulate.random import FAILURE as FAILURE_STREAM
from twin.simulate.random import REPAIR as REPAIR_STREAM
from twin.simulate.random import SECOND_US, DurationLaw
from twin.simulate.reference.emission import NAN, NEVER, NONE
from twin.simulate.reference.engine import Engine
from twin.simulate.reference.pools import Pools
from twin.simulate.reference.queues import Group, Operation
from twin.simulate.reference.schedule import (
    COMPLETION,
    FAILURE,
    RELEASE,
    REPAIR,
    RESPONSE_US,
    Appointment,
    tie_key,
)
from twin.simulate.reference.setups import SetupTimes
from twin.simulate.reference.shifts import open_spans

STATE_CHANGED = TYPE_CODES["MachineStateChanged"]
SETUP_COMPLETED = TYPE_CODES["SetupCompleted"]
OPERATION_STARTED = TYPE_CODES["OperationStarted"]

UNKNOWN, OFF, IDLE, SETUP, BUSY, BLOCKED, DOWN = range(-1, 6)
"""Positions in `streams.events.MachineState`; unknown is before the first event."""

# Why a machine stands still; distinct in the keys of the calendar.
_SHIFT, _FAILURE, _DISRUPTION = range(3)
_N_CAUSES = 3

Pauses = Generator[Appointment, None, None]


@dataclass(slots=True, eq=False)
class Machine:
    """A machine; `causes` says why it stands still, once a cause that holds.

    `family` is what it is set up for, -1 if nothing. `running` has the first of every
    batch, `held` the next operations of orders that cannot move on; each takes a slot.
    """

    index: int
    slots: int
    speed: float
    state: int = UNKNOWN
    family: int = NONE
    causes: list[int] = field(default_factory=list)
    running: list[Operation] = field(default_factory=list)
    held: list[Operation] = field(default_factory=list)

    @property
    def is_free(self) -> bool:
        """Whether it can take an operation."""
        return not self.causes and len(self.running) + len(self.held) < self.slots

    @property
    def works(self) -> bool:
        """Whether one of its operations has begun and goes on, if it does not stand."""
        return any(not operation.sets_up for operation in self.running)


class MachinePark:
    """All machines of a network.

    An operation waits in the queue of its group. A free machine takes the first by the
    rule of the group; of several that are free, the one of the lowest index. A machine
    that fails or goes off shift keeps its work and goes on with it later.

    A machine is set up when it takes an operation of another family than its last: by
    that family it is then known. Rules do not look at setups. A machine with several
    slots tells the state of the most active: busy before setup, blocked and idle.

    Orders of a batch are set up for once, start and end together, and take one slot,
    the operators and the tool of the first, and the time of the longest.

    An order that finds a queue full is taken by a machine of that group that is free
    while all in the queue wait for something else; else it is held by its machine,
    which is blocked, or waits outside if it comes from none. When there is a place, the
    first that came takes it. Nothing is done about groups that wait for each other in a
    circle: they stand for ever. A machine takes the next that waits before the order it
    ended moves on, unless some queue of the network has a limit: then after it.

    Parameters
    ----------
    engine : Engine
        The simulation.
    disruptions : sequence of Disruption
        Those of machines.
    """

    def __init__(self, engine: Engine, disruptions: Sequence[Disruption]) -> None:
        self._engine = engine
        network = engine.network
        machines = network.machines
        self._follow = engine.schedule.follow
        self._entity = len(engine.network.lanes.ids) + 1  # of machine 0, in keys
        families = engine.names.indices(engine.network.families)
        self._family_names = families.tolist()
        self._machines = [
            Machine(index, slots, speed)
            for index, (slots, speed) in enumerate(
                zip(machines.slots.tolist(), machines.speed.tolist(), strict=True)
            )
        ]
        self._setups = SetupTimes(engine.network)
        self._groups: dict[tuple[int, int], Group] = {}
        for machine in self._machines:
            index = int(machines.group_index[machine.index])
            site = int(machines.site_index[machine.index])
            if (index, site) not in self._groups:
                self._groups[index, site] = self._new_group(index, site)
            self._groups[index, site].machines.append(machine)
        groups = self._groups.values()
        self._has_limits = any(group.capacity < NO_LIMIT for group in groups)
        self._pools = Pools(engine, self._when_free)
        self._needing = [self._groups_needing(k) for k in range(len(network.pools.ids))]
        self._group_of = {
            machine.index: group
            for group in self._groups.values()
            for machine in group.machines
        }
        for machine in self._machines:
            self._start_pauses(machine, disruptions)
            self._announce(machine, engine.network.settings.as_of_us)

    def group(self, group: int, site: int) -> Group | None:
        """Return the machines of a group at a site, None if there are none."""
        return self._groups.get((group, site))

    def enter(self, operation: Operation, group: Group, now_us: int) -> None:
        """Put an operation into the queue of a group, or have it held before.

        Parameters
        ----------
        operation : Operation
            Not started.
        group : Group
            Of this park.
        now_us : int
            Microseconds UTC.
        """
        if len(group.queue) < group.capacity:
            self._join(operation, group, now_us)
            self._follow(self._fill, group, now_us)
            return
        group.outside.append(operation)
        # A free machine may take it at once; only then is its own said to be blocked.
        self._follow(self._fill, group, now_us)
        if operation.holder >= 0:
            holder = self._machines[operation.holder]
            holder.held.append(operation)
            self._follow(self._announce, holder, now_us)

    def _join(self, operation: Operation, group: Group, now_us: int) -> None:
        operation.arrived_us = now_us
        group.queue.append(operation)
        step = operation.step
        if step.batch_min > 1 and step.timeout_us != NEVER:
            entity = len(self._engine.network.releases.ids) + group.number
            key = tie_key(RELEASE, entity, operation.order)
            self._engine.schedule.call(now_us + step.timeout_us, key, self._fill, group)

    def _let_go(self, operation: Operation, now_us: int) -> None:
        if operation.holder >= 0:
            holder = self._machines[operation.holder]
            holder.held.remove(operation)
            self._announce(holder, now_us)
            self._follow(self._fill, self._group_of[holder.index], now_us)

    def _new_group(self, index: int, site: int) -> Group:
        rules, group = self._engine.network.group_rules, Group(len(self._groups), index)
        for place in (site, -1):  # a row of the site before one of any
            found = (rules.group_index == index) & (rules.site_index == place)
            if found.any():
                row = int(np.flatnonzero(found)[0])
                group.rule, group.capacity = (
                    int(rules.rule[row]), int(rules.capacity[row])
                )  # fmt: skip
                break
        return group

    def _groups_needing(self, pool: int) -> list[Group]:
        routings = self._engine.network.routings
        needing = (routings.operator_pool_index == pool) | (
            routings.tool_pool_index == pool
        )
        named = set(routings.machine_group_index[needing].tolist())
        return [group for group in self._groups.values() if group.index in named]

    def _when_free(self, pool: int, now_us: int) -> None:
        for group in self._needing[pool]:
            if group.queue or group.outside:
                self._follow(self._fill, group, now_us)

    def _fill(self, group: Group, now_us: int) -> None:
        if not group.queue and not group.outside:
            return
        for machine in group.machines:
            while machine.is_free:
                operation = group.take(now_us, self._pools.suffice)
                if operation is None:
                    operation = group.take_outside(self._pools.suffice)
                    if operation is None:
                        return
                    self._let_go(operation, now_us)
                self._begin(machine, operation, now_us)
                while group.outside and len(group.queue) < group.capacity:
                    admitted = group.outside.pop(0)
                    self._let_go(admitted, now_us)
                    self._join(admitted, group, now_us)

    def _begin(self, machine: Machine, operation: Operation, now_us: int) -> None:
        machine.running.append(operation)
        self._pools.take(operation.step)
        group, family = self._group_of[machine.index], operation.step.family
        if family not in {NONE, machine.family}:
            change_us = self._setups.change_us(group.index, machine.family, family)
            machine.family = family
            if change_us > 0:
                operation.sets_up = True
                operation.started_us = now_us
                operation.remaining_us = change_us
                self._announce(machine, now_us)
                self._resume(machine, operation, now_us)
                return
        self._work(machine, operation, now_us)

    def _work(self, machine: Machine, operation: Operation, now_us: int) -> None:
        batch = (operation, *operation.mates)
        operation.remaining_us = 0
        for one in batch:
            duration_s = one.step.setup_s + one.work_s / machine.speed
            longest_us = max(operation.remaining_us, round(duration_s * SECOND_US))
            operation.remaining_us = longest_us
        if machine.state == IDLE:
            machine.state = BUSY  # as live state concludes from the event
        elif machine.state != BUSY:
            self._announce(machine, now_us)
        for one in batch:
            one.started_us = now_us
            self._tell_start(machine, one, now_us)
        self._resume(machine, operation, now_us)

    def _tell_start(self, machine: Machine, operation: Operation, now_us: int) -> None:
        engine = self._engine
        engine.emitter.emit(
            (
                now_us, OPERATION_STARTED, NONE, operation.order_name,
                engine.item_names[operation.item],
                engine.machine_names[machine.index], operation.operation_name, NONE,
                operation.pieces, NAN, NAN, NEVER,
            )
        )  # fmt: skip

    def _resume(self, machine: Machine, operation: Operation, now_us: int) -> None:
        operation.resumed_us = now_us
        end_us = now_us + operation.remaining_us
        key = tie_key(COMPLETION, self._entity + machine.index, operation.order)
        epoch = operation.epoch

        def end(operation: Operation, end_us: int) -> None:
            if operation.epoch == epoch:
                self._end(machine, operation, end_us)

        self._engine.schedule.call(end_us, key, end, operation)

    def _end(self, machine: Machine, operation: Operation, now_us: int) -> None:
        operation.epoch += 1
        if operation.sets_up:
            self._end_setup(machine, operation, now_us)
            return
        machine.running.remove(operation)
        if machine.state == BUSY and not (machine.running and machine.works):
            machine.state = IDLE  # as live state concludes from the event
            if machine.running:
                self._announce(machine, now_us)
        group = self._group_of[machine.index]
        if self._has_limits:
            self._follow(self._complete, machine, operation, now_us)
            self._follow(self._fill, group, now_us)
        else:
            self._follow(self._fill, group, now_us)
            self._follow(self._complete, machine, operation, now_us)
        self._pools.give_back(operation.step, now_us)

    def _complete(self, machine: Machine, operation: Operation, now_us: int) -> None:
        for one in (operation, *operation.mates):
            one.done(one, machine.index, now_us)

    def _end_setup(self, machine: Machine, operation: Operation, now_us: int) -> None:
        operation.sets_up = False
        engine = self._engine
        engine.emitter.emit(
            (
                now_us, SETUP_COMPLETED, NONE, NONE, NONE,
                engine.machine_names[machine.index],
                self._family_names[operation.step.family], NONE,
                NAN, NAN, NAN, operation.started_us,
            )
        )  # fmt: skip
        self._work(machine, operation, now_us)

    def _stop(self, machine: Machine, cause: int, now_us: int) -> None:
        if not machine.causes:
            for operation in machine.running:
                operation.epoch += 1
                operation.remaining_us -= now_us - operation.resumed_us
        machine.causes.append(cause)
        self._announce(machine, now_us)

    def _go_on(self, machine: Machine, cause: int, now_us: int) -> None:
        machine.causes.remove(cause)
        self._announce(machine, now_us)
        if not machine.causes:
            for operation in machine.running:
                self._resume(machine, operation, now_us)
            self._follow(self._fill, self._group_of[machine.index], now_us)

    def _announce(self, machine: Machine, now_us: int) -> None:
        if any(cause != _SHIFT for cause in machine.causes):
            state = DOWN
        elif machine.causes:
            state = OFF
        elif machine.running:
            state = BUSY if machine.works else SETUP
        else:
            state = BLOCKED if machine.held else IDLE
        if state != machine.state:
            machine.state = state
            engine = self._engine
            engine.emitter.emit(
                (
                    now_us, STATE_CHANGED, state, NONE, NONE,
                    engine.machine_names[machine.index], NONE, NONE,
                    NAN, NAN, NAN, NEVER,
                )
            )  # fmt: skip

    def _start_pauses(
        self, machine: Machine, disruptions: Sequence[Disruption]
    ) -> None:
        env, network = self._engine.schedule.env, self._engine.network
        start_us = network.settings.as_of_us
        if network.machines.mttf_s[machine.index] < np.inf:
            env.process(self._failures(machine))
        calendar = int(network.machines.calendar_index[machine.index])
        site = int(network.machines.site_index[machine.index])
        if calendar < 0:
            calendar = int(network.places.calendar_index[site])
        if calendar >= 0:
            zone = ZoneInfo(network.places.time_zone[site])
            spans = open_spans(network.calendars, calendar, zone, start_us=start_us)
            first = next(spans)
            if first[0] > start_us:
                machine.causes.append(_SHIFT)
            env.process(self._shifts(machine, first, spans))
        windows = sorted(
            (max(one.start_us, start_us), one.end_us)
            for one in disruptions
            if one.kind == "machine" and machine.index in one.targets
            and one.end_us > start_us
        )  # fmt: skip
        for n, (first_us, last_us) in enumerate(windows):
            env.process(self._disruption(machine, n, first_us, last_us))

    def _key(self, rank: int, machine: Machine, cause: int, n: int) -> int:
        return tie_key(rank, _N_CAUSES * (self._entity + machine.index) + cause, n)

    def _failures(self, machine: Machine) -> Pauses:
        machines, schedule = self._engine.network.machines, self._engine.schedule
        sampler = self._engine.sampler
        up = DurationLaw(EXPONENTIAL, float(machines.mttf_s[machine.index]))
        down = DurationLaw(EXPONENTIAL, float(machines.mttr_s[machine.index]))
        now_us = self._engine.network.settings.as_of_us
        for n in count():
            now_us += sampler.duration_us(up, FAILURE_STREAM, machine.index, n)
            yield schedule.wait(now_us, self._key(FAILURE, machine, _FAILURE, n))
            self._stop(machine, _FAILURE, now_us)
            # A repair of this instant would rank before the failure.
            now_us += max(
                RESPONSE_US,
                sampler.duration_us(down, REPAIR_STREAM, machine.index, n),
            )
            yield schedule.wait(now_us, self._key(REPAIR, machine, _FAILURE, n))
            self._go_on(machine, _FAILURE, now_us)

    def _shifts(
        self, machine: Machine, first: tuple[int, int],
        spans: Iterator[tuple[int, int]],
    ) -> Pauses:  # fmt: skip
        schedule = self._engine.schedule
        open_us, close_us = first
        for n in count():
            if _SHIFT in machine.causes:
                yield schedule.wait(open_us, self._key(REPAIR, machine, _SHIFT, n))
                self._go_on(machine, _SHIFT, open_us)
            yield schedule.wait(close_us, self._key(FAILURE, machine, _SHIFT, n))
            self._stop(machine, _SHIFT, close_us)
            open_us, close_us = next(spans)

    def _disruption(
        self, machine: Machine, n: int, first_us: int, last_us: int
    ) -> Pauses:
        schedule = self._engine.schedule
        key = self._key(FAILURE, machine, _DISRUPTION, n)
        yield schedule.wait(first_us, key)
        self._stop(machine, _DISRUPTION, first_us)
        yield schedule.wait(last_us, self._key(REPAIR, machine, _DISRUPTION, n))
        self._go_on(machine, _DISRUPTION, last_us)
