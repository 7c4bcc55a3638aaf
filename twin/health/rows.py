"""What the health projection stores of machines and sensors, and in which type."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

I2 = NDArray[np.int16]
I4 = NDArray[np.int32]
I8 = NDArray[np.int64]
U8 = NDArray[np.uint64]
F8 = NDArray[np.float64]
Records = Any  # array of records; mypy cannot see the fields of its rows

SENSORS_MAX = 65_536
"""Sensors of all machines that are followed, some 27 MB; readings of more are counted
and left out. Twice as many take twice the memory."""

MACHINE_SENSORS_MAX = 256
"""Sensors of one machine: all of them are closed with each of its cycles."""

USAGE = ("busy_h", "operations")
"""Counters of each machine since it was renewed, carried along like sensors: hours in
state busy, operations completed."""

FAILED, RENEWED = 1.0, 2.0
"""How a life ended: by a failure, or by maintenance before one (it is censored)."""

END = -1
"""In the place of the slot of a sensor, in the journal: the life ended."""

# Places in `counts`.
N_MACHINES, N_SENSORS, N_READINGS, N_LEFT_OUT, N_UNUSABLE, N_AT_REST = range(6)
N_COUNTED = 6


def _record(*fields: tuple[str, str]) -> np.dtype[np.void]:
    named = [(name, code) for code, names in fields for name in names.split()]
    return np.dtype(named, align=True)


# A machine. hash: of its id; born_us: begin of its life; cycle: number of the cycle
# that was open last, until_us: its end; since_us: since when it is in its state;
# busy_us, n_operations: of this life; n_cycles: closed in this life; n_lives: those
# before; name: number in the table of names; first: slot of its first counter;
# running: operations begun in this life that are under way; alive: 0 from a failure or
# maintenance to its end; open: 1 if a sensor spoke in the cycle.
MACHINE = _record(
    ("u8", "hash"),
    ("i8", "born_us cycle until_us since_us busy_us"),
    ("i8", "n_operations n_cycles n_lives n_failures"),
    ("i4", "name first n_sensors running"),
    ("i1", "state alive open"),
)

# A sensor of a machine. hash: of its id; total, n_cycle: of the open cycle; latest:
# mean of the last cycle in which it spoke; next: slot of the next one of the machine.
SENSOR = _record(
    ("u8", "hash"),
    ("f8", "total latest"),
    ("i8", "n_cycle n_readings"),
    ("i4", "name machine next"),
)

# Slot of the index of sensors: key is machine << 32 | name, -1 is empty.
INDEX = _record(("i8", "key"), ("i4", "row"))


class Folded(NamedTuple):
    """All that is folded; `rolling` has a row of `forecasting` a sensor."""

    machines: Records
    sensors: Records
    rolling: F8
    index: Records
    counts: I8


class Rows(NamedTuple):
    """The columns of a batch that are read, and what the ids mean.

    `machine_of[name]` is the row of a machine, -1 where it has none yet.
    """

    time_us: I8
    type_code: I2
    code: I2
    place: I4
    party: I4
    value0: F8
    time0: I8
    name_hash: U8
    machine_of: I4


class Journal(NamedTuple):
    """Cycles as they were closed: a row a sensor, and one where a life ended.

    Of shape (0,) where nobody asks. `n_rows[0]` are used. `slot` is `END`, and `value`
    how it ended, where a life is over.
    """

    machine: I4
    life: I8
    cycle: I8
    slot: I4
    value: F8
    n_rows: I8


def empty_journal(n_rows: int) -> Journal:
    """Allocate room for so many rows."""
    return Journal(
        machine=np.zeros(n_rows, np.int32),
        life=np.zeros(n_rows, np.int64),
        cycle=np.zeros(n_rows, np.int64),
        slot=np.zeros(n_rows, np.int32),
        value=np.zeros(n_rows),
        n_rows=np.zeros(1, np.int64),
    )


def empty_index(n_sensors: int) -> Records:
    """Allocate an index for so many sensors, a power of two."""
    index = np.zeros(2 * n_sensors, INDEX)
    index["key"] = -1
    return index


def padded(old: NDArray[Any], n_rows: int) -> NDArray[Any]:
    """Return an array with room for more rows, the new ones zero."""
    new = np.zeros((n_rows, *old.shape[1:]), old.dtype)
    new[: len(old)] = old
    return new
