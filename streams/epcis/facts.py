"""What an EPCIS event says, in the words of the twin: places, orders, goods."""

from collections.abc import Sequence
from dataclasses import dataclass

from streams.epcis.digest import short
from streams.epcis.document import BizTransaction, EpcisEvent, Party, Spot
from streams.epcis.goods import Line, goods_of
from streams.epcis.identifiers import (
    LOGISTIC_UNIT,
    parse_identifier,
    place_of,
    transaction_of,
)
from streams.epcis.options import EpcisOptions
from streams.epcis.vocabulary import Prefixes, own_word, word

# A location says more than who has the goods, and that more than whose they are.
PARTY_ORDER = ("location", "possessing_party", "owning_party")
SHIPMENT_PAPERS = ("desadv", "bol", "inv")
ORDER_PAPERS = ("po", "poc")
LOT_PAPER = own_word("btt", "lot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """An event with its identifiers read; None for what it does not say.

    Attributes
    ----------
    event : EpcisEvent
        As it came.
    event_id : str
        Given, or derived from the content.
    step, disposition : str
        Words of the vocabulary, bare; empty without.
    goods : sequence of Line
        What it is about.
    read_point, location : str or None
        Where it was seen, and where the goods are from then on.
    origin, destination : str or None
        Where goods come from and go to.
    shipment, order, production_order : str or None
        Papers.
    lot : str or None
        Lot inspected, where we wrote it ourselves.
    """

    event: EpcisEvent
    event_id: str
    step: str
    disposition: str
    goods: Sequence[Line]
    read_point: str | None
    location: str | None
    origin: str | None
    destination: str | None
    shipment: str
    order: str | None
    production_order: str | None
    lot: str | None

    @property
    def site(self) -> str | None:
        """Where the goods are: the business location, or where they were seen."""
        return self.location or self.read_point


def facts_of(
    event: EpcisEvent, event_id: str, prefixes: Prefixes, options: EpcisOptions
) -> Facts:
    """Read the identifiers of an event.

    Parameters
    ----------
    event : EpcisEvent
        As it came.
    event_id : str
        Its id.
    prefixes : Mapping of str to str
        Namespaces of the document.
    options : EpcisOptions
        How ids are made.

    Returns
    -------
    Facts
    """
    papers = _papers(event.biz_transaction_list, prefixes)
    made = papers.get("prodorder") or _path(event.transformation_id)
    return Facts(
        event=event,
        event_id=event_id,
        step=word(event.biz_step, prefixes) if event.biz_step else "",
        disposition=word(event.disposition, prefixes) if event.disposition else "",
        goods=goods_of(event, options),
        read_point=_spot(event.read_point, options),
        location=_spot(event.biz_location, options),
        origin=_party(event.source_list, prefixes, options),
        destination=_party(event.destination_list, prefixes, options),
        shipment=short(_shipment(event, papers) or event_id),
        order=_first(papers, ORDER_PAPERS),
        production_order=made,
        lot=papers.get(LOT_PAPER),
    )


def _papers(listed: Sequence[BizTransaction], prefixes: Prefixes) -> dict[str, str]:
    """Return the first transaction of each type."""
    papers: dict[str, str] = {}
    for one in listed:
        kind = word(one.type, prefixes) if one.type else ""
        papers.setdefault(kind, short(transaction_of(one.biz_transaction)))
    return papers


def _first(papers: dict[str, str], kinds: Sequence[str]) -> str | None:
    return next((papers[kind] for kind in kinds if kind in papers), None)


def _path(uri: str | None) -> str | None:
    return None if uri is None else short(transaction_of(uri))


def _shipment(event: EpcisEvent, papers: dict[str, str]) -> str | None:
    """Return what both ends of a transport know: papers, a logistic unit, the order."""
    paper = _first(papers, SHIPMENT_PAPERS)
    if paper is not None:
        return paper
    units = [event.parent_id] if event.parent_id else []
    for uri in (*units, *event.epc_list):
        identifier = parse_identifier(uri)
        if identifier.key in {LOGISTIC_UNIT, "402", "401"}:
            return identifier.path
    return _first(papers, ORDER_PAPERS)


def _spot(spot: Spot | None, options: EpcisOptions) -> str | None:
    return None if spot is None else place_name(spot.id, options)


def place_name(uri: str, options: EpcisOptions) -> str:
    """Return the name of a place: the alias of its sublocation or GLN, or its id.

    Examples
    --------
    >>> dock = "urn:epc:id:sgln:0614141.07346.1234"
    >>> place_name(dock, EpcisOptions(aliases={"0614141073467": "PLANT"}))
    'PLANT'
    """
    identifier = parse_identifier(uri)
    whole = place_of(identifier, sublocations=True)
    if whole in options.aliases:
        return options.aliases[whole]
    place = place_of(identifier, sublocations=options.sublocations)
    return short(options.aliases.get(place, place))


def _party(
    listed: Sequence[Party], prefixes: Prefixes, options: EpcisOptions
) -> str | None:
    given: dict[str, str] = {}
    for one in listed:
        uri = one.source or one.destination
        if uri is not None:
            given.setdefault(word(one.type, prefixes), uri)
    uri = next((given[kind] for kind in PARTY_ORDER if kind in given), None)
    uri = uri or next(iter(given.values()), None)
    return None if uri is None else place_name(uri, options)
