"""What state knows of a network before the first event."""

from twin.model.network import Network
from twin.model.records import CUSTOMER, SUPPLIER
from twin.state.state import KnownEntities

_KINDS = {SUPPLIER: "supplier", CUSTOMER: "customer"}


def known_entities(network: Network) -> KnownEntities:
    """List the entities of a network and its initial stock, for `State.of_model`.

    Parameters
    ----------
    network : Network
        Its dense indices become those of state: item 3 of the network is item 3 there.

    Returns
    -------
    KnownEntities
        With the `as_of` and the hash of the network.
    """
    stock = network.stock
    points = zip(
        stock.item_index.tolist(),
        stock.site_index.tolist(),
        stock.on_hand.tolist(),
        strict=True,
    )
    return KnownEntities(
        items=network.items.ids,
        places=network.places.ids,
        place_kinds=[_KINDS.get(kind, "site") for kind in network.places.kind.tolist()],
        machines=network.machines.ids,
        stock=[
            (network.items.ids[item], network.places.ids[site], on_hand)
            for item, site, on_hand in points
        ],
        as_of_us=network.settings.as_of_us,
        model_hash=network.hash,
    )
