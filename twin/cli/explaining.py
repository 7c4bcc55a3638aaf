"""What `millstream why` and `diff` find by carrying plans out again, shown."""

from typing import TYPE_CHECKING

from twin.cli.console import Console
from twin.explain.causes import Cause, Causes
from twin.explain.differences import Difference
from twin.explain.fixes import Fix
from twin.explain.why import Why

if TYPE_CHECKING:
    import polars as pl

TREE_SHOWN = 30
FIXES_SHOWN = 5
NAMED = 3
"""Differences of one cause that are named; the JSON has them all."""
RAN_OUT = "the executions for this order were spent, see --tries"
_BROUGHT = {
    "transfer_in": "transport", "made": "production", "purchase": "purchase",
    "opening": "stock of the beginning", "missing": "nothing",
}  # fmt: skip


def show_why(found: Why, console: Console, *, currency: str) -> None:
    """Print what an order is made of, what binds it, and what could be done.

    Parameters
    ----------
    found : Why
        Of an order.
    console : Console
        Where to print.
    currency : str
        Unit of prices.
    """
    if found.tree.sources:
        console.table(
            _tree(found), title=f"what {found.order} is made of", rows_max=TREE_SHOWN
        )
    if not found.tried:
        return
    console.say(binding_text(found))
    for number, fix in enumerate(found.fixes[:FIXES_SHOWN]):
        lead = "cheapest fix" if number == 0 else "or"
        console.say(f"{lead}: {fix_text(fix, currency)}")
    if not found.fixes:
        console.say("no single change that was tried brings it sooner")


def binding_text(found: Why) -> str:
    """Say what binds an order.

    Parameters
    ----------
    found : Why
        Of an order that is late.
    """
    binds = found.binds
    if binds is None:
        return (
            f"{found.order}: no single lead time, capacity or release binds it; "
            f"{len(found.tried)} were removed one by one"
        )
    best = next(one for one in found.tried if one.constraint == binds)
    return (
        f"{found.order} is bound by {binds.name}: {best.gain_days:.2f} days sooner "
        f"without ({len(found.tried)} constraints were removed one by one)"
    )


def fix_text(fix: Fix, currency: str) -> str:
    """Say what can be done, what it brings and what it costs.

    Parameters
    ----------
    fix : Fix
        Of an order.
    currency : str
        Unit of its price.
    """
    price = "no price is known"
    if fix.price is not None:
        price = f"{currency} {fix.price:,.2f}"
    sooner = f"{fix.gain_days:.2f} days earlier"
    return f"{fix.text}: {sooner}{', on time' if fix.on_time else ''}, {price}"


def _tree(found: Why) -> "pl.DataFrame":
    import polars as pl

    rows = [
        {
            "what": f"{'  ' * one.depth}{_BROUGHT.get(one.kind, one.kind)}",
            "order": one.order,
            "item": one.item,
            "place": one.place,
            "quantity": round(one.quantity, 3),
            "there_us": one.since_us,
        }
        for one in found.tree.sources
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def cause_text(cause: Cause) -> str:
    """Say why an order of a customer moved.

    Parameters
    ----------
    cause : Cause
        Of an order.
    """
    shown = [difference_text(one) for one in cause.differences[:NAMED]]
    if not shown:
        nothing = "no difference that was tried explains it alone or with others"
        return f"{nothing}; {RAN_OUT}" if cause.ran_out else nothing
    names = ", and ".join(shown)
    more = len(cause.differences) - NAMED
    if more > 0:
        names += f", and {more} more"
    if cause.ran_out:
        names += f" ({RAN_OUT}: fewer may do)"
    return names if cause.is_whole else f"partly {names}"


def difference_text(difference: Difference) -> str:
    """Say what is different: its kind, and what it is."""
    words = {
        "network": "the network changed, ",
        "demand": "another demand, ",
        "quantity": "",
        "date": "",
        "added": "new ",
        "dropped": "without ",
    }
    return words[difference.kind] + difference.name


def show_causes(found: Causes, console: Console, *, limit: int) -> None:
    """Print why orders of customers moved.

    Parameters
    ----------
    found : Causes
        Of two plans.
    console : Console
        Where to print.
    limit : int
        Rows printed; 0: all.
    """
    import polars as pl

    if not found.causes:
        return
    rows = [
        {
            "order": cause.change.one.order,
            "item": cause.change.item,
            "site": cause.change.site,
            "what": cause.change.what,
            "because": cause_text(cause),
        }
        for cause in found.causes
    ]
    n_whole = sum(cause.is_whole for cause in found.causes)
    title = (
        f"Why: {n_whole} of {len(rows)} are explained in full, verified by taking the "
        f"difference back; {found.n_tried} of {found.n_differences} differences were "
        f"tried alone"
    )
    console.table(pl.DataFrame(rows), title=title, rows_max=limit)
