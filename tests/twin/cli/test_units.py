import pytest

from twin.cli.units import unit_of
from twin.whatif.measures import MEASURES


@pytest.mark.parametrize(
    ("key", "unit"),
    [("sales", "EUR"), ("cost_to_serve_per_unit", "EUR/unit"), ("fill_rate", "%")],
)
def test_money_is_in_the_currency_of_the_network(two_echelon, key, unit):
    measure = next(one for one in MEASURES if one.key == key)
    assert unit_of(measure, two_echelon()) == unit
