"""The live state of a shop as a scheduling problem, in the words of its network."""

from twin.planning.shop_schedule.answers import held, kept_from, shop_document
from twin.planning.shop_schedule.build import ShopProblem, shop_problem
from twin.planning.shop_schedule.moves import judged, rules_document

__all__ = [
    "ShopProblem",
    "held",
    "judged",
    "kept_from",
    "rules_document",
    "shop_document",
    "shop_problem",
]
