from streams.names import Names
from twin.model import build
from twin.state import tables as t
from twin.state import views
from twin.state.known import known_entities
from twin.state.state import State


def test_entities_of_a_network_keep_their_indices_and_stock():
    network = build(
        {
            "sites": [{"site": "store", "kind": "store"}],
            "items": [{"item": name, "unit_cost": 2.0} for name in ("soap", "tea")],
            "suppliers": [{"supplier": "acme"}],
            "customers": [{"customer": "town"}],
            "lanes": [
                {
                    "lane": "in",
                    "from_place": "acme",
                    "to_place": "store",
                    "item": "*",
                    "lead_time_s": 86400,
                }
            ],
            "stock": [{"item": "tea", "site": "store", "on_hand": 5.0}],
        },
        {"name": "shop", "as_of": "1970-01-01T00:00:01Z"},
    )
    known = known_entities(network)
    assert known.place_kinds == ["site", "supplier", "customer"]
    assert (known.as_of_us, known.model_hash) == (1_000_000, network.hash)
    state = State.of_model(known, Names())
    ids = [state.names[number] for number in state.used()["items"]["name"]]
    assert {name: n for n, name in enumerate(ids)} == dict(network.item_index)
    rows = {row["item"]: row["on_hand"] for row in views.stock(state).to_dicts()}
    assert rows["tea"] == 5.0
    assert state.tables.counts[t.PLACE, t.N_KNOWN] == 3
