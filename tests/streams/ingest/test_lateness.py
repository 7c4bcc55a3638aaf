"""Every event type says what becomes of it when it comes late."""

import numpy as np

from streams.events import TYPE_CODES
from streams.ingest.lateness import LATE_POLICY, is_correction


def test_policy_names_every_event_type_and_no_other():
    assert set(LATE_POLICY) == set(TYPE_CODES)


def test_fact_that_adds_up_is_corrected_and_a_count_is_not():
    names = ["ShipmentReceived", "StockCounted", "MachineReading"]
    codes = np.array([TYPE_CODES[name] for name in names], np.int16)
    assert is_correction(codes).tolist() == [True, False, False]
