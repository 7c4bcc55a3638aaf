import pytest

from optimizer.errors import ProblemError
from optimizer.inventory import DemandLaw, SerialPolicy, SerialSystem


def test_local_levels_say_the_same_policy():
    policy = SerialPolicy(echelon_levels=(6.0, 12.0, 11.0), cost=1.0)
    assert policy.local_levels == (6.0, 5.0, 0.0)


@pytest.mark.parametrize(
    ("costs", "leads", "said"),
    [
        ((1.0,), (1.0, 2.0), "one length"),
        ((-1.0, 2.0), (1.0, 1.0), "echelon_holding_cost must be >= 0"),
        ((1.0, 2.0), (0.0, 0.0), "lead_periods must be >= 0"),
    ],
)
def test_what_is_no_system_is_refused(costs, leads, said):
    with pytest.raises(ProblemError, match=said):
        SerialSystem(
            echelon_holding_cost=costs,
            lead_periods=leads,
            shortage_cost=9.0,
            demand=DemandLaw.poisson(4.0),
        )
