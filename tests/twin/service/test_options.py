import pytest

from twin.errors import OptionError
from twin.service.options import ServiceOptions


@pytest.mark.parametrize("name", ["body_bytes_max", "lateness_s", "clients_max"])
def test_limit_must_be_above_nothing(name):
    with pytest.raises(OptionError, match=f"{name} must be > 0, was 0"):
        ServiceOptions(**{name: 0})


def test_lateness_is_that_of_the_intake():
    assert ServiceOptions(lateness_s=1.5).ingest.lateness_us == 1_500_000
