import pytest

from streams.epcis import EpcisOptions
from streams.errors import EpcisOptionsError


def test_alias_of_two_ids_is_refused():
    with pytest.raises(EpcisOptionsError, match=r"\['PLANT'\] name several"):
        EpcisOptions(aliases={"1": "PLANT", "2": "PLANT", "3": "STORE"})


@pytest.mark.parametrize(
    "fields", [{"source": ""}, {"source": "x" * 257}, {"corrections": "drop"}]
)
def test_option_that_makes_no_sense_is_refused(fields):
    with pytest.raises(EpcisOptionsError, match=next(iter(fields))):
        EpcisOptions(**fields)
