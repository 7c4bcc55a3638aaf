import pytest

from optimizer.errors import ProblemError
from optimizer.inventory.formats.laws import law_of


def test_a_forecast_is_a_law():
    law = law_of({"law": "forecast", "levels": [0.25, 0.75], "sums": [[4, 8], [9, 15]]})
    assert law.kind == "forecast"
    assert law.mean == pytest.approx(6.0)


def test_a_history_needs_no_name():
    assert law_of({"history": [1, 3]}).mean == 2.0


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"law": "gamma"}, "empirical or forecast, was 'gamma'"),
        ({"law": "poisson", "spread": 2}, "'spread' is not known"),
        (3, "demand: must be an object, was 3"),
        (
            {"law": "forecast", "levels": [0.5, 0.9], "sums": [[4, 8], [3, 9]]},
            "sums must not fall with periods",
        ),
    ],
)
def test_what_is_no_law_is_told(row, said):
    with pytest.raises(ProblemError, match=said):
        law_of(row)
