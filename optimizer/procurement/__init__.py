"""What to buy from whom and when: prices with breaks, limits, terms and risk.

`plan_purchases` chooses orders with a bound; `plan_with_risk` judges and mends them
where suppliers are late by chance; `check_purchases` judges any orders without a
solver; `peg_needs` says which order serves which need.
"""

from optimizer.procurement.check import check_purchases, purchase_cost
from optimizer.procurement.formats import problem_of, read_purchases
from optimizer.procurement.pegging import Peg, peg_needs
from optimizer.procurement.plan import PurchaseOrder, PurchasePlan
from optimizer.procurement.problem import (
    Item,
    Lateness,
    Offer,
    OpenOrder,
    PriceBreak,
    PurchasingProblem,
    Supplier,
)

__all__ = [
    "Item",
    "Lateness",
    "Offer",
    "OpenOrder",
    "Peg",
    "PriceBreak",
    "PurchaseOrder",
    "PurchasePlan",
    "PurchasingProblem",
    "Supplier",
    "check_purchases",
    "peg_needs",
    "problem_of",
    "purchase_cost",
    "read_purchases",
]
