"""GS1 identifiers: EPC URIs and Digital Links to one canonical form, and to ids here.

The canonical form of an identifier is the path of its GS1 Digital Link, for example
``01/00614141123452/21/17`` (a trade item and its serial): a tag's URN and a link say
the same thing then. Ids of the twin are made of it:

========== ============================ ==============================
kind       canonical path               id
========== ============================ ==============================
trade item ``01/GTIN[/10/LOT|/21/...]`` ``GTIN`` (with lots: ``GTIN/10/LOT``)
place      ``414/GLN[/254/EXTENSION]``  ``GLN`` (or with its extension)
party      ``417/GLN``                  ``GLN``
others     ``AI/value[/AI/value]``      the path
no GS1     any other URI                the URI
own        ``urn:millstream:KIND:ID``   ``ID``
========== ============================ ==============================

References
----------
GS1 EPC Tag Data Standard 2.1 (2024), section 6 (URI schemes); GS1 Digital Link URI
Syntax 1.4 (2024), section 4; GS1 General Specifications 24.0, section 7.9
(check digit).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote

OWN = "urn:millstream:"
LINK = "https://id.gs1.org/"
TRANSACTION = "urn:epcglobal:cbv:bt:"
OWN_KINDS = frozenset({"item", "place", "order", "shipment", "lot", "production_order"})
KINDS_KEPT = 65_536  # identifiers remembered; twice as many take twice the memory

ITEM, LOGISTIC_UNIT, PLACE, PARTY = "01", "00", "414", "417"
LOT, SERIAL, EXTENSION = "10", "21", "254"
RETURNABLE_ASSET, ASSET = "8003", "8004"
ASSETS = (RETURNABLE_ASSET, ASSET)

# Digits of a key's value in a Digital Link; others are free text.
DIGITS = {ITEM: 14, LOGISTIC_UNIT: 18, PLACE: 13, PARTY: 13}
# Schemes of URNs: the key's AI, and the AI of the last part, if it is one of its own.
SCHEMES = {
    "sgtin": (ITEM, SERIAL),
    "lgtin": (ITEM, LOT),
    "upui": (ITEM, "235"),
    "sscc": (LOGISTIC_UNIT, None),
    "sgln": (PLACE, EXTENSION),
    "pgln": (PARTY, None),
    "grai": (RETURNABLE_ASSET, None),
    "giai": (ASSET, None),
    "gdti": ("253", None),
    "sgcn": ("255", None),
    "ginc": ("401", None),
    "gsin": ("402", None),
    "itip": ("8006", SERIAL),
    "cpi": ("8010", "8011"),
    "gsrnp": ("8017", None),
    "gsrn": ("8018", None),
}
LEADING_DIGIT = {"sgtin", "lgtin", "upui", "sscc", "itip"}  # before the company's
PADDED = {"grai"}  # with a zero in front
WITHOUT_CHECK = {"giai", "cpi", "ginc"}
ANY = "*"  # last part of a pattern: a whole class
URN = re.compile(r"urn:epc:(?:id|class|idpat):(\w+):(.+)", re.ASCII)
# A link may lie anywhere: the path from the first key on counts (GS1 DL 1.4, 4.4).
PATH = re.compile(
    r"https?://[^?#]*?/((?:00|01|253|255|401|402|414|417|8003|8004|8006|8010|8017|8018)"
    r"/[^?#]+)",
    re.ASCII,
)
PATH_PAIRS = re.compile(r"[^/]+/[^/]+(?:/[^/]+/[^/]+)*")
OF_A_PARTY = re.compile(r"\d{13}:[\w.~-]+", re.ASCII)  # GLN and the party's own number
URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?:[\w.~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifier in canonical form.

    Attributes
    ----------
    uri : str
        As it came.
    key : str
        AI of the key, for example ``01``; empty for what is no GS1 identifier.
    value : str
        Value of the key, or the whole URI (or the id of an own URN) without key.
    rest : tuple of (str, str)
        Further AIs and values: lot, serial, extension.
    """

    uri: str
    key: str
    value: str
    rest: tuple[tuple[str, str], ...] = ()

    @property
    def path(self) -> str:
        """Path of the Digital Link; the value itself without a key."""
        if not self.key:
            return self.value
        parts = [(self.key, self.value), *self.rest]
        return "/".join(f"{ai}/{quote(value, safe='')}" for ai, value in parts)

    def part(self, ai: str) -> str | None:
        """Return the value of a further AI, or None."""
        return dict(self.rest).get(ai)


def check_digit(digits: str) -> str:
    """Return the check digit of a GS1 key.

    Parameters
    ----------
    digits : str
        The key without its check digit.

    Returns
    -------
    str
        One digit: what makes the sum of the digits, weighted 3, 1, 3, ... from the
        right, a multiple of ten.

    Examples
    --------
    >>> check_digit("061414100777")
    '6'
    """
    weighted = (int(d) * (3, 1)[i % 2] for i, d in enumerate(reversed(digits)))
    return str(-sum(weighted) % 10)


@lru_cache(maxsize=KINDS_KEPT)
def parse_identifier(uri: str) -> Identifier:
    """Read an identifier: URN of an EPC or a class, Digital Link, or any other URI.

    Parameters
    ----------
    uri : str
        As it stands in an EPCIS document.

    Returns
    -------
    Identifier
        Without key, if it is none of GS1 or not formed as its scheme says.

    Examples
    --------
    >>> parse_identifier("urn:epc:id:sgtin:0614141.107346.2018").path
    '01/10614141073464/21/2018'
    >>> parse_identifier("https://example.org/x/414/0614141007776").path
    '414/0614141007776'
    >>> parse_identifier("urn:epc:idpat:sgtin:4012345.098765.*").path
    '01/04012345987652'
    """
    return _own(uri) or _of_urn(uri) or _of_link(uri) or Identifier(uri, "", uri)


def _own(uri: str) -> Identifier | None:
    if not uri.startswith(OWN):
        return None
    kind, _, name = uri.removeprefix(OWN).partition(":")
    return Identifier(uri, "", unquote(name)) if name and kind in OWN_KINDS else None


def _of_urn(uri: str) -> Identifier | None:
    match = URN.fullmatch(uri)
    if match is None or match[1] not in SCHEMES:
        return None
    scheme = match[1]
    key, last_ai = SCHEMES[scheme]
    company, *parts = match[2].split(".", 2)
    if not company.isdecimal() or not parts:
        return None
    reference, last = parts[0], parts[1] if len(parts) > 1 else None
    digits = _digits(scheme, company, reference)
    if digits is None:
        return None
    rest: tuple[tuple[str, str], ...] = ()
    if last is not None and last != ANY:
        text = unquote(last)
        if last_ai is None:
            digits += text  # a serial that is part of the key, as of an asset
        elif not (last_ai == EXTENSION and text == "0"):
            rest = ((last_ai, text),)
    return Identifier(uri, key, digits, rest)


def _digits(scheme: str, company: str, reference: str) -> str | None:
    """Put the value of a key together, check digit included where it has one."""
    if scheme in WITHOUT_CHECK:
        return company + unquote(reference)
    if reference == ANY:
        reference = ""
    if reference and not reference.isdecimal():
        return None
    if scheme in LEADING_DIGIT:
        whole = reference[:1] + company + reference[1:]
    else:
        whole = ("0" if scheme in PADDED else "") + company + reference
    return whole + check_digit(whole)


def _of_link(uri: str) -> Identifier | None:
    match = PATH.fullmatch(uri.partition("?")[0].partition("#")[0])
    if match is None or not PATH_PAIRS.fullmatch(match[1]):
        return None
    steps = [unquote(step) for step in match[1].split("/")]
    (key, value), *rest = zip(steps[::2], steps[1::2], strict=True)
    if key in DIGITS:
        if not value.isdecimal() or len(value) > DIGITS[key]:
            return None
        value = value.rjust(DIGITS[key], "0")
    return Identifier(uri, key, value, tuple(rest))


def is_key(ai: str, text: str) -> bool:
    """Tell whether a text is a key of its kind: digits, right length, right check.

    Examples
    --------
    >>> is_key("414", "0614141007776"), is_key("414", "W1")
    (True, False)
    """
    right = text.isascii() and text.isdecimal() and len(text) == DIGITS[ai]
    return right and check_digit(text[:-1]) == text[-1]


def item_of(identifier: Identifier, *, lots: bool = False) -> str:
    """Return the item of an identifier: its class, never one instance.

    Parameters
    ----------
    identifier : Identifier
        Of a class, or of an instance.
    lots : bool
        Whether lots are items of their own.

    Returns
    -------
    str
        GTIN (``GTIN/10/LOT`` with lots); ``8003/TYPE`` of a returnable asset; ``00``
        for any logistic unit; of others the path, or the URI.

    Examples
    --------
    >>> item_of(parse_identifier("urn:epc:class:lgtin:4012345.012345.99"), lots=True)
    '04012345123456/10/99'
    >>> item_of(parse_identifier("urn:epc:id:grai:4012345.55555.987"))
    '8003/04012345555554'
    """
    if identifier.key == ITEM:
        lot = identifier.part(LOT)
        if not lots or lot is None:
            return identifier.value
        return f"{identifier.value}/{LOT}/{quote(lot, safe='')}"
    if identifier.key == LOGISTIC_UNIT:
        return LOGISTIC_UNIT
    if identifier.key == RETURNABLE_ASSET:
        return f"{RETURNABLE_ASSET}/{identifier.value[:14]}"
    return identifier.path


def place_of(identifier: Identifier, *, sublocations: bool = False) -> str:
    """Return the place of an identifier.

    Parameters
    ----------
    identifier : Identifier
        Of a location or a party.
    sublocations : bool
        Whether the extension of a GLN (a dock, a storage bin) is a place of its own.

    Returns
    -------
    str
        GLN (or ``GLN/254/EXTENSION``); of others the path, or the URI.

    Examples
    --------
    >>> dock = parse_identifier("urn:epc:id:sgln:0614141.07346.1234")
    >>> place_of(dock), place_of(dock, sublocations=True)
    ('0614141073467', '0614141073467/254/1234')
    """
    if identifier.key not in {PLACE, PARTY}:
        return identifier.path
    extension = identifier.part(EXTENSION)
    if not sublocations or extension is None:
        return identifier.value
    return f"{identifier.value}/{EXTENSION}/{quote(extension, safe='')}"


def transaction_of(uri: str) -> str:
    """Return the id of a business transaction, such as an order.

    Examples
    --------
    >>> transaction_of("urn:epcglobal:cbv:bt:0614141073467:1152")
    '0614141073467:1152'
    >>> transaction_of("urn:epc:id:gdti:0614141.00001.1618034")
    '253/06141410000121618034'
    """
    if uri.startswith(TRANSACTION):
        return uri.removeprefix(TRANSACTION)
    return parse_identifier(uri).path


def uri_of(name: str, kind: str, *, key: str | None = None) -> str:
    """Return the URI that reads as an id again: the way back of all functions above.

    Parameters
    ----------
    name : str
        An id: of an item, a place, an order, ...
    kind : str
        One of `OWN_KINDS`: what to call what has no URI of its own.
    key : str or None
        AI of the key that an id of this kind begins with: ``01`` of items.

    Returns
    -------
    str

    Examples
    --------
    >>> uri_of("04012345123456", "item", key="01")
    'https://id.gs1.org/01/04012345123456'
    >>> uri_of("steel 4mm", "item", key="01"), uri_of("urn:uuid:7", "order")
    ('urn:millstream:item:steel%204mm', 'urn:uuid:7')
    """
    candidates = []
    if key is not None and is_key(key, name.partition("/")[0]):
        candidates.append(f"{LINK}{key}/{name}")
    if OF_A_PARTY.fullmatch(name):
        candidates.append(TRANSACTION + name)
    candidates += [LINK + name, name]
    for uri in candidates:
        # What an id looks like may deceive: what counts is how it is read.
        if URI.fullmatch(uri) and _read_as(uri, kind) == name:
            return uri
    return f"{OWN}{kind}:{quote(name, safe='')}"


def _read_as(uri: str, kind: str) -> str:
    if kind == "item":
        return item_of(parse_identifier(uri), lots=True)
    if kind == "place":
        return place_of(parse_identifier(uri), sublocations=True)
    return transaction_of(uri)
