"""How late events may come, as it is typed."""

import pytest

from twin.cli.live_options import lateness
from twin.errors import OptionError


def test_lateness_of_all_and_of_single_sources():
    assert lateness("60") == (60.0, {})
    assert lateness("erp=3600, plc=0.5") == (86_400.0, {"erp": 3600.0, "plc": 0.5})


@pytest.mark.parametrize("text", ["soon", "-1", "erp=", "=5", "inf", ""])
def test_lateness_that_is_no_time_is_refused(text):
    with pytest.raises(OptionError, match="source=seconds"):
        lateness(text)
