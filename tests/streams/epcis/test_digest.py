from streams.epcis import read_epcis
from streams.epcis.digest import content_id, short


def test_id_of_an_event_without_one_is_that_of_its_content(epcis_bytes):
    plain = read_epcis(epcis_bytes(eventID=None)).events[0].event_id
    late = epcis_bytes(eventID=None, recordTime="2024-06-01T00:00:00Z")
    assert plain.startswith("urn:millstream:epcis:")
    assert read_epcis(late).events[0].event_id == plain
    other = epcis_bytes(eventID=None, eventTime="2024-05-01T06:00:01Z")
    assert read_epcis(other).events[0].event_id != plain


def test_content_id_is_that_of_version_1():
    assert content_id({"type": "ObjectEvent", "epcList": ["a"]}) == (
        "urn:millstream:epcis:f55fc72113c443d685355a4231f9e16a40cddba4"
    )


def test_long_id_is_shortened_and_stays_unlike_others():
    assert short("x" * 224) == "x" * 224
    assert len({short("x" * 225), short("x" * 226), short("")}) == 3
    assert len(short("x" * 5000)) < 100
