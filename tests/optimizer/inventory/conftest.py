import numpy as np
import pytest

from optimizer.inventory import DemandLaw, LeadTime, ServiceTarget, StockItem

LAWS = {
    "poisson": DemandLaw.poisson(4.0),
    "negative_binomial": DemandLaw.negative_binomial(4.0, 9.0),
    "normal": DemandLaw.normal(40.0, 9.0),
    "empirical": DemandLaw.empirical(np.array([0.0, 0.0, 3.0, 7.0, 1.0])),
}


@pytest.fixture
def laws():
    return LAWS


@pytest.fixture
def make_item():
    def make(law="poisson", **given):
        lead = LeadTime(periods=(1.0, 3.0), probability=(0.7, 0.3))
        given = {"lead": lead, "holding_cost": 1.0, **given}
        return StockItem(name="pump", demand=LAWS[law], **given)

    return make


@pytest.fixture
def fill():
    return ServiceTarget(kind="fill", level=0.97)
