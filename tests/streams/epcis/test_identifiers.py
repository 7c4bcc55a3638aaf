import pytest

from streams.epcis.identifiers import (
    check_digit,
    is_key,
    item_of,
    parse_identifier,
    place_of,
    transaction_of,
    uri_of,
)

PATHS = {
    "urn:epc:id:sgtin:0614141.107346.2018": "01/10614141073464/21/2018",
    "urn:epc:id:sgtin:4012345.033333.A%2FB": "01/04012345333336/21/A%2FB",
    "urn:epc:class:lgtin:4012345.012345.998877": "01/04012345123456/10/998877",
    "urn:epc:idpat:sgtin:4012345.098765.*": "01/04012345987652",
    "urn:epc:id:sscc:0614141.1234567890": "00/106141412345678908",
    "urn:epc:id:sgln:0614141.07346.1234": "414/0614141073467/254/1234",
    "urn:epc:id:sgln:0614141.00777.0": "414/0614141007776",
    "urn:epc:id:pgln:4012345.00225": "417/4012345002256",
    "urn:epc:id:grai:4012345.55555.987": "8003/04012345555554987",
    "urn:epc:id:giai:4000001.12345": "8004/400000112345",
    "urn:epc:id:gdti:0614141.00001.1618034": "253/06141410000121618034",
    "urn:epc:id:gsrn:0614141.0000010253": "8018/061414100000102534",
    "urn:epc:id:cpi:0614141.5PQ7.12": "8010/06141415PQ7/8011/12",
    "https://id.gs1.org/01/614141123452": "01/00614141123452",
    "https://example.org/some/where/414/4012345000054?x=1": "414/4012345000054",
    "https://example.org/x": "https://example.org/x",
    "urn:epc:id:sgtin:no.thing": "urn:epc:id:sgtin:no.thing",
    "urn:epc:id:sgtin:0614141": "urn:epc:id:sgtin:0614141",
    "https://id.gs1.org/01/ABC": "https://id.gs1.org/01/ABC",
    "urn:millstream:item:steel%204mm": "steel 4mm",
    "urn:millstream:epcis:00ff": "urn:millstream:epcis:00ff",
}


@pytest.mark.parametrize(("uri", "path"), PATHS.items())
def test_identifier_is_brought_to_its_canonical_path(uri, path):
    assert parse_identifier(uri).path == path


@pytest.mark.parametrize(
    ("digits", "check"),
    [("629104150021", "3"), ("0614141007", "5"), ("10614141234567890", "8")],
)
def test_check_digit_is_that_of_the_general_specifications(digits, check):
    weighted = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(reversed(digits)))
    swapped = sum(int(d) * (1 if i % 2 else 3) for i, d in enumerate(reversed(digits)))
    assert (swapped + int(check_digit(digits))) % 10 == 0
    assert weighted != swapped
    if len(digits) != 10:
        assert check_digit(digits) == check


def test_item_is_the_class_of_an_instance():
    instance = parse_identifier("urn:epc:id:sgtin:0614141.107346.2018")
    lot = parse_identifier("https://id.gs1.org/01/04012345123456/10/99")
    assert item_of(instance) == item_of(instance, lots=True) == "10614141073464"
    assert item_of(lot) == "04012345123456"
    assert item_of(lot, lots=True) == "04012345123456/10/99"
    assert item_of(parse_identifier("urn:epc:id:sscc:0614141.1234567890")) == "00"


def test_place_of_a_party_and_a_location_is_the_gln():
    for uri in ("urn:epc:id:pgln:4012345.00225", "urn:epc:id:sgln:4012345.00225.7"):
        assert place_of(parse_identifier(uri)) == "4012345002256"
    assert place_of(parse_identifier("geo:42.7,23.3")) == "geo:42.7,23.3"


@pytest.mark.parametrize("name", ["W1", "a b/c", "04012345123450", "x:y z", "Lager Ü"])
@pytest.mark.parametrize("kind", ["item", "order"])
def test_own_name_is_read_again(name, kind):
    uri = uri_of(name, kind, key="01" if kind == "item" else None)
    assert uri.startswith("urn:millstream:")
    assert parse_identifier(uri).path == name


@pytest.mark.parametrize("uri", PATHS)
def test_item_is_read_again(uri):
    for lots in (False, True):
        item = item_of(parse_identifier(uri), lots=lots)
        again = parse_identifier(uri_of(item, "item", key="01"))
        assert item_of(again, lots=lots) == item


@pytest.mark.parametrize(
    "uri",
    [
        "urn:epcglobal:cbv:bt:0614141073467:1152",
        "urn:epc:id:gdti:0614141.00001.1618034",
        "http://transaction.acme.com/po/12345678",
        "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    ],
)
def test_transaction_is_read_again(uri):
    order = transaction_of(uri)
    assert transaction_of(uri_of(order, "order")) == order


def test_key_needs_its_check_digit():
    assert is_key("01", "04012345123456")
    assert not is_key("01", "04012345123457")
    assert not is_key("01", "4012345123456")
