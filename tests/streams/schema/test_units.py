import msgspec
import pytest

from streams.events import EVENT_TYPES
from streams.layout import LAYOUTS
from streams.schema.units import UNITS, meaning_of, unit_of


@pytest.mark.parametrize("code", range(len(EVENT_TYPES)))
def test_every_number_and_time_has_a_unit(code):
    for field in LAYOUTS[code]:
        numeric = (field.column or "").startswith(("value", "time"))
        assert (unit_of(field.name) is not None) >= numeric, field.name
        assert meaning_of(EVENT_TYPES[code], field)


def test_units_are_those_of_fields_that_exist():
    names = {f.name for t in EVENT_TYPES for f in msgspec.structs.fields(t)}
    assert set(UNITS) <= names
