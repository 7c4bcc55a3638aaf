"""Mixed-integer programs of purchases: as they are, and with rules that give way."""

from optimizer.procurement.model.elastic import (
    ElasticAnswer,
    ElasticPrices,
    solve_elastic,
)
from optimizer.procurement.model.plain import MipAnswer, solve_mip
from optimizer.procurement.model.relaxed import Relaxation

__all__ = [
    "ElasticAnswer",
    "ElasticPrices",
    "MipAnswer",
    "Relaxation",
    "solve_elastic",
    "solve_mip",
]
