"""The derived layout of columns, and ranks within an instant."""

import numpy as np
import pytest

from streams.batch import DTYPES, NO_TIME
from streams.events import EVENT_TYPES, TYPE_CODES
from streams.layout import LAYOUTS, ranks


@pytest.mark.parametrize("code", range(len(EVENT_TYPES)), ids=list(TYPE_CODES))
def test_layout_uses_each_column_once_and_only_known_ones(code: int) -> None:
    columns = [field.column for field in LAYOUTS[code] if field.column]
    assert len(columns) == len(set(columns))
    assert set(columns) <= set(DTYPES)


def rank(name: str, code: int = -1, time: int = 10, started: int = NO_TIME) -> int:
    return int(
        ranks(
            np.array([TYPE_CODES[name]], np.int16),
            np.array([code], np.int16),
            np.array([time], np.int64),
            np.array([started], np.int64),
        )[0]
    )


def test_receipt_comes_before_demand_before_dispatch() -> None:
    order = ["ShipmentReceived", "OrderReceived", "ShipmentDispatched"]
    assert [rank(name) for name in order] == [3, 4, 7]


def test_machine_repair_ranks_before_failure() -> None:
    idle, down = 1, 5
    assert rank("MachineStateChanged", idle) == 1
    assert rank("MachineStateChanged", down) == 2


def test_operation_without_duration_completes_after_its_own_start() -> None:
    assert rank("OperationCompleted", started=9) == 3
    assert rank("OperationCompleted", started=10) > rank("OperationStarted")
