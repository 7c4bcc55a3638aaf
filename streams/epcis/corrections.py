"""Error declarations: what undoes the events of one that is declared erroneous.

References
----------
GS1 EPCIS 2.0 (2022), section 7.4.1.2: an event is declared erroneous by a copy of it,
with the same id, that names the events that are right instead.
"""

from streams.events import Event, ShipmentDispatched, ShipmentReceived, StockMoved


def undoing(event: Event) -> Event | None:
    """Return the event that takes back what another did to stock.

    Parameters
    ----------
    event : Event
        As it was mapped from the erroneous EPCIS event.

    Returns
    -------
    Event or None
        None for what was seen rather than done: a count, an inspection, a reading. The
        next one of its kind says what is right.

    Examples
    --------
    >>> wrong = StockMoved(item="A", quantity=2, to_site="W", reason="receipt")
    >>> undone = undoing(wrong)
    >>> undone.from_site, undone.to_site, undone.quantity, undone.reason
    ('W', None, 2, 'adjustment')
    """
    if isinstance(event, StockMoved):
        return StockMoved(
            item=event.item,
            quantity=event.quantity,
            from_site=event.to_site,
            to_site=event.from_site,
            production_order=event.production_order,
            reason="adjustment",
        )
    if isinstance(event, ShipmentDispatched):
        # It is back where it came from, which also closes its line.
        return ShipmentReceived(
            shipment=event.shipment,
            item=event.item,
            site=event.from_site,
            quantity=event.quantity,
            from_site=event.from_site,
        )
    if isinstance(event, ShipmentReceived):
        return StockMoved(
            item=event.item,
            quantity=event.quantity,
            from_site=event.site,
            reason="adjustment",
        )
    return None
