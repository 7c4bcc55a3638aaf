"""The live state of a shop as a scheduling problem, in the words of its network."""

from twin.planning.shop_schedule.answers import kept_from, shop_document
from twin.planning.shop_schedule.build import ShopProblem, shop_problem

__all__ = ["ShopProblem", "kept_from", "shop_document", "shop_problem"]
