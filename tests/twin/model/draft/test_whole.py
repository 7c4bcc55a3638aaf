import pytest

from streams.names import Names
from twin.errors import OptionError
from twin.model import load
from twin.model.draft import draft
from twin.model.write import write


def test_draft_is_a_valid_network_of_what_was_seen(batch_of, timed_events):
    network = draft([batch_of(timed_events)], name="seen").network
    assert network.settings.name == "seen"
    assert network.settings.as_of_us == 0
    # A cup was sold, but nobody saw where it comes from.
    assert network.places.ids == ("D", "P", "V", "unknown_supplier", "M", "N")
    assert network.items.ids == ("cup", "leaf", "tea")
    assert network.lanes.ids == ("P>D>tea", "V>P>leaf", "unknown_supplier>D>cup")
    assert network.operations == ("fill", "pack")
    assert network.demands.mean_per_day == pytest.approx([4.0, 0.1])


def test_draft_does_not_depend_on_batches(batch_of, timed_events):
    whole = draft([batch_of(timed_events)], name="n").network
    names = Names()
    parts = [batch_of([pair], names) for pair in timed_events]
    assert draft(parts, name="n").network.hash == whole.hash


def test_draft_written_says_where_numbers_come_from(batch_of, timed_events, tmp_path):
    made = draft([batch_of(timed_events)], name="n")
    write(made.network, tmp_path, comments=made.comments)
    assert load(tmp_path).hash == made.network.hash
    text = (tmp_path / "lanes.csv").read_text()
    assert "# V>P>leaf: 10 receipts, median 475200 s\n" in text
    assert "# unknown_supplier>D>cup: no receipt seen" in text
    assert "fill: 3 observed" in (tmp_path / "routings.csv").read_text()
    assert "M tea D: 5 orders" in (tmp_path / "demands.csv").read_text()


def test_draft_of_nothing_says_so():
    with pytest.raises(OptionError, match="needs events"):
        draft([], name="n")
