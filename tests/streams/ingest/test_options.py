"""Options below their least are refused by name."""

import pytest

from streams.errors import IngestOptionsError
from streams.ingest.options import IngestOptions


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"lateness_us": -1}, "lateness_us must be >= 0, was -1"),
        ({"idle_s": float("nan")}, "idle_s must be >= 0"),
        ({"future_s_max": -1.0}, "future_s_max"),
        ({"dedupe_keys_max": 0}, "dedupe_keys_max must be >= 1"),
        ({"buffer_events_max": 0}, "buffer_events_max must be >= 1"),
        ({"lateness_us_by_source": {"erp": -1}}, "source 'erp'"),
    ],
)
def test_option_below_its_least_is_refused(options, reason):
    with pytest.raises(IngestOptionsError, match=reason):
        IngestOptions(**options)
