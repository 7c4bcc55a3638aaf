"""What becomes of an event that comes after the watermark passed its time."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from streams.events import TYPE_CODES

LatePolicy = Literal["correction", "dead-letter"]
"""What may become of an event that comes too late."""

LATE_POLICY: dict[str, LatePolicy] = {
    # What adds up, or happens once to a thing, is as true late as in time.
    "OrderReceived": "correction",
    "OrderCancelled": "correction",
    "StockMoved": "correction",
    "PurchaseOrderPlaced": "correction",
    "ShipmentDispatched": "correction",
    "ShipmentReceived": "correction",
    "OperationStarted": "correction",
    "OperationCompleted": "correction",
    "MaintenanceDone": "correction",
    "ProductionOrderReleased": "correction",
    "ProductionOrderClosed": "correction",
    "InspectionRecorded": "correction",
    "PlanApproved": "correction",
    "PlanRejected": "correction",
    "OrderDispatched": "correction",
    "OrderAcknowledged": "correction",
    # Records that nothing is computed from.
    "ContradictionObserved": "correction",
    "AuditRecorded": "correction",
    # What replaces an earlier word of its kind may itself be replaced already: a later
    # count, promise, state, price, forecast or plan stands, and must not be undone.
    "OrderChanged": "dead-letter",
    "StockCounted": "dead-letter",
    "PurchaseOrderConfirmed": "dead-letter",
    "PurchaseOrderDelayed": "dead-letter",
    "MachineStateChanged": "dead-letter",
    "SetupCompleted": "dead-letter",
    "PriceChanged": "dead-letter",
    "ForecastIssued": "dead-letter",
    "ForecastAdjusted": "dead-letter",
    "PlanReleased": "dead-letter",
    "PlanEdited": "dead-letter",
    # Filters over readings are folded in the order of time and cannot go back.
    "MachineReading": "dead-letter",
    # What came after was already judged by the old master data.
    "MasterDataChanged": "dead-letter",
    "ModelCalibrated": "dead-letter",
}
"""By event type: applied now as a correction, or set aside as a dead letter."""

_IS_CORRECTION = np.array([LATE_POLICY[name] == "correction" for name in TYPE_CODES])


def is_correction(type_code: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Tell for each event whether it is applied when it comes late.

    Parameters
    ----------
    type_code : ndarray of shape (n,), int16
        Column of an `EventBatch`.

    Returns
    -------
    ndarray of shape (n,), bool

    Examples
    --------
    >>> codes = [TYPE_CODES["StockMoved"], TYPE_CODES["StockCounted"]]
    >>> is_correction(np.array(codes, np.int16)).tolist()
    [True, False]
    """
    return _IS_CORRECTION[type_code]
