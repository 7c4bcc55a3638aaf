import pytest

from streams.epcis import EpcisOptions
from streams.epcis.document import read_event
from streams.epcis.facts import facts_of, place_name

SITE = "urn:epc:id:sgln:0614141.00888.7"


def test_papers_and_parties_are_found(epcis_event):
    event = epcis_event(
        bizLocation={"id": SITE},
        bizTransactionList=[
            {"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:0614141073467:1152"},
            {"type": "cbv:BTT-desadv", "bizTransaction": "urn:uuid:d"},
        ],
        sourceList=[
            {"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00225"},
            {"type": "location", "source": "urn:epc:id:sgln:4012345.00225.0"},
        ],
        destinationList=[
            {"type": "ex:x", "destination": "urn:epc:id:pgln:0614141.00777"}
        ],
        disposition="urn:epcglobal:cbv:disp:damaged",
    )
    facts = facts_of(read_event(event), "e", {"ex": "http://ex/"}, EpcisOptions())
    assert (facts.order, facts.shipment) == ("0614141073467:1152", "urn:uuid:d")
    assert (facts.origin, facts.destination) == ("4012345002256", "0614141007776")
    assert (facts.site, facts.read_point) == ("0614141008889", "4012345000016")
    assert facts.disposition == "damaged"


@pytest.mark.parametrize(
    ("fields", "shipment"),
    [
        ({"parentID": "urn:epc:id:sscc:0614141.1234567890"}, "00/106141412345678908"),
        ({"epcList": ["https://x.org/00/106141412345678908"]}, "00/106141412345678908"),
        (
            {"bizTransactionList": [{"type": "po", "bizTransaction": "urn:p:1"}]},
            "urn:p:1",
        ),
        ({}, "e"),
    ],
)
def test_shipment_is_named_by_what_both_ends_know(epcis_event, fields, shipment):
    event = read_event(epcis_event(**fields))
    assert facts_of(event, "e", {}, EpcisOptions()).shipment == shipment


def test_alias_of_a_sublocation_comes_before_that_of_its_gln():
    aliases = {"0614141008889": "PLANT", "0614141008889/254/7": "DOCK"}
    assert place_name(SITE, EpcisOptions(aliases=aliases)) == "DOCK"
    assert place_name(
        "urn:epc:id:sgln:0614141.00888.0", EpcisOptions(aliases=aliases)
    ) == ("PLANT")
    assert place_name(SITE, EpcisOptions(sublocations=True)) == "0614141008889/254/7"
