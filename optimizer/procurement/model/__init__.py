"""Mixed-integer programs of purchases: as they are, and with rules that give way."""

from optimizer.procurement.model.elastic import (
    ElasticAnswer,
    ElasticPrices,
    solve_elastic,
)
from optimizer.procurement.model.plain import MipAnswer, solve_mip

__all__ = [
    "ElasticAnswer",
    "ElasticPrices",
    "MipAnswer",
    "solve_elastic",
    "solve_mip",
]
