"""Which sites serve an item, and whom: where an order can be promised from."""

import polars as pl

from twin.errors import OptionError
from twin.model.network import Network
from twin.simulate.demand import delivery_lanes


def places_to_ask(
    network: Network, item: str, *, site: str | None, customer: str | None
) -> tuple[tuple[str, str], ...]:
    """Find which sites serve an item, and whom.

    Parameters
    ----------
    network : Network
        Its table of demands says who is served from where.
    item : str
        What is asked for.
    site, customer : str or None
        If it must be these.

    Returns
    -------
    tuple of tuple of str
        Site and customer, one customer a site: the first in the table.

    Raises
    ------
    OptionError
        If an id is not known, or nobody is served so.
    """
    known = {
        "item": (item, network.items.ids),
        "site": (site, network.places.ids[: network.n_sites]),
        "customer": (customer, network.tables["customers"]["customer"].to_list()),
    }
    for what, (name, ids) in known.items():
        if name is not None and name not in ids:
            shown = ", ".join(list(ids)[:5])
            msg = f"{what} {name!r}: the network has none; it has {shown} ..."
            raise OptionError(msg)
    if site is not None and customer is not None:
        check_way(network, item, site=site, customer=customer)
        return ((site, customer),)
    rows = network.tables["demands"].filter(pl.col("item") == item)
    if site is not None:
        rows = rows.filter(pl.col("site") == site)
    if customer is not None:
        rows = rows.filter(pl.col("customer") == customer)
    pairs: dict[str, str] = {}
    for where, whom in rows.select("site", "customer").iter_rows():
        pairs.setdefault(where, whom)
    if not pairs:
        msg = f"item {item!r}: demands has no row for it"
        msg += "".join(f", {what} {name!r}" for what, name in
                       (("site", site), ("customer", customer)) if name)  # fmt: skip
        msg += "; name both --site and --customer"
        raise OptionError(msg)
    return tuple(pairs.items())


def check_way(network: Network, item: str, *, site: str, customer: str) -> None:
    """Check that an item can come from a site to a customer.

    Goods that no lane takes to a customer are there at once, in every simulated
    network. That is meant where a row of demands says that the site serves the
    customer, who comes for them; of any other pair nothing is known.

    Parameters
    ----------
    network : Network
        Its lanes and demands.
    item, site, customer : str
        What, from where, and to whom.

    Raises
    ------
    OptionError
        If neither a lane nor a row of demands joins them.
    """
    items, places = network.items.ids, network.places.ids
    joined = {
        places[origin]
        for origin, target, goods in delivery_lanes(network)
        if places[target] == customer and items[goods] == item
    }
    rows = network.tables["demands"].filter(
        (pl.col("item") == item) & (pl.col("customer") == customer)
    )
    joined |= set(rows["site"].to_list())
    if site not in joined:
        found = f"from {', '.join(sorted(joined))}" if joined else "from no site"
        msg = (
            f"site {site!r}: no lane takes item {item!r} from there to customer "
            f"{customer!r}, and no row of demands says that it is served there; "
            f"it is served {found}"
        )
        raise OptionError(msg)
