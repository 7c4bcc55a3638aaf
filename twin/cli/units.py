"""Units of KPIs as they are shown."""

from twin.model.network import Network
from twin.whatif.measures import MONEY, Measure


def unit_of(measure: Measure, network: Network) -> str:
    """Return the unit of a KPI; that of money is the currency of the network."""
    return measure.unit.replace(MONEY, network.settings.currency)
