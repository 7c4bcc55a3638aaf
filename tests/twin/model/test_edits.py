import msgspec
import numpy as np
import pytest

from streams.codec import encode
from streams.codec.decoding import decode
from streams.events import MasterDataChanged, ModelCalibrated, StockCounted
from streams.names import Names
from streams.picked import Picked
from streams.records import RecordBatch
from twin.calibrate.overlay import (
    Edit,
    Overlay,
    WrittenLaw,
    apply_overlay,
    calibrated_events,
)
from twin.errors import SnapshotCorruptError
from twin.model.edits import ModelEdits, edited, edits_of

BUY = {"lane": "buy"}


def changed(table, values, record="a row"):
    return MasterDataChanged(record=record, table=table, values=values)


@pytest.fixture
def folded():
    """Fold (time, event) in the order given; `picked` has it read them by rows."""

    def fold(*timed, picked=False):
        names = Names()
        values = [
            encode(event, event_id=str(n), source="mdm", time_us=at_us, sequence=n)
            for n, (at_us, event) in enumerate(timed)
        ]
        batch = decode(RecordBatch.of("p", values), names).events
        edits = ModelEdits(names)
        edits.apply(Picked.of(batch, np.arange(len(batch))) if picked else batch)
        return edits

    return fold


def lead_time_s(network, lane="buy"):
    return network.lanes.lead_time_s[network.lane_index[lane]]


@pytest.mark.parametrize("picked", [False, True])
def test_cells_are_as_they_were_told_last(two_echelon, folded, picked):
    edits = folded(
        (1, changed("lanes", BUY | {"lead_time_s": 50.0, "price": 3.0})),
        (2, StockCounted(item="tea", site="hub", quantity=3)),
        (3, ModelCalibrated(record="x", table="lanes",
                            values=BUY | {"lead_time_s": 70.0}, fitted_until_us=2)),
        picked=picked,
    )  # fmt: skip
    (row,) = edits.rows
    assert (row.table, row.key, row.time_us) == ("lanes", BUY, 3)
    found = edited(two_echelon(), edits)
    assert (found.n_rows, found.left_out) == (1, ())
    assert lead_time_s(found.network) == 70.0
    assert found.network.lanes.price[found.network.lane_index["buy"]] == 3.0


def test_events_of_an_overlay_put_it_in_force(two_echelon, folded):
    network = two_echelon()
    law = WrittenLaw("seen", (0.5, 1.5), (2.0, 2.0))
    edit = Edit("lanes", BUY, {"lead_time_s": 90.0, "lead_time_law": "seen"})
    overlay = Overlay(network.hash, 0, 8, (edit,), (law,))
    edits = folded(*((9, event) for event in calibrated_events(overlay)))
    assert edited(network, edits).network.hash == apply_overlay(overlay, network).hash


def test_law_fitted_anew_takes_the_place_of_the_old(two_echelon, folded):
    def events(end_us, *factors):
        law = WrittenLaw("seen", factors, (1.0,) * len(factors))
        return calibrated_events(Overlay("", 0, end_us, (), (law,)))

    edits = folded(
        *((1, event) for event in events(1, 0.5, 1.0, 1.5)),
        *((2, event) for event in events(2, 0.9, 1.1)),
    )
    network = edited(two_echelon(), edits).network
    assert network.tables["laws"]["factor"].to_list() == [0.9, 1.1]


def test_what_the_network_has_not_is_left_out_and_told(two_echelon, folded):
    network = two_echelon()
    edits = folded(
        (1, changed("lanes", {"lane": "moon", "lead_time_s": 1.0})),
        (2, changed("weather", {"rain": 1.0}, record="monday")),
        (3, changed("lanes", BUY | {"colour": "red"})),
        (4, changed("lanes", {"lane": "ship", "lead_time_s": "long"})),
    )
    found = edited(network, edits)
    assert (found.n_rows, found.network.hash) == (0, network.hash)
    told = " / ".join(found.left_out)
    assert "lanes lane 'moon': the network has no such row" in told
    assert "weather record 'monday': no table of the network with columns" in told
    assert "lanes lane 'buy': the table has no columns colour" in told
    assert "lanes lane 'ship': cells of other types: lead_time_s 'long'" in told


def test_an_event_with_part_of_a_key_edits_no_row(two_echelon, folded):
    network = two_echelon()
    cells = {"item": "tea", "mean_per_day": 40.0}
    found = edited(
        network,
        folded(
            (1, changed("demands", cells)),
            (2, changed("lanes", {"price": 4.0}, record="every lane")),
            (3, changed("lanes", {"lane": None, "price": 4.0})),
        ),
    )
    assert (found.n_rows, found.network.hash) == (0, network.hash)
    first, second, third = found.left_out
    assert first == "demands item 'tea': its key has no customer, site"
    assert second == "lanes record 'every lane': its key has no lane"
    assert third == "lanes lane None: cells of other types: lane None"


def test_law_that_the_network_has_is_replaced_whole(two_echelon, folded):
    def told(tables):
        tables["laws"] = [
            {"law": law, "factor": factor}
            for law in ("seen", "other")
            for factor in (0.5, 1.0, 1.5)
        ]

    law = WrittenLaw("seen", (0.9, 1.0), (1.0, 3.0))
    edits = folded(
        *((1, event) for event in calibrated_events(Overlay("", 0, 1, (), (law,)))),
        (2, changed("laws", {"law": "other", "factor": 0.5, "weight": 2.0})),
    )
    rows = edited(two_echelon(told), edits).network.tables["laws"].rows()
    assert rows == [
        ("other", 0.5, 2.0), ("other", 1.0, 1.0), ("other", 1.5, 1.0),
        ("seen", 0.9, 1.0), ("seen", 1.0, 3.0),
    ]  # fmt: skip


def test_one_unsound_row_is_left_out_and_the_others_stand(two_echelon, folded):
    law = WrittenLaw("seen", (0.5, 1.5), (2.0, 2.0))
    edit = Edit("lanes", BUY, {"lead_time_s": 90.0, "lead_time_law": "seen"})
    overlay = Overlay("", 0, 8, (edit,), (law,))
    *laws, lane = calibrated_events(overlay)
    edits = folded(
        (1, lane),  # refers to what comes after it
        (2, changed("lanes", {"lane": "ship", "lead_time_s": -1.0})),
        (3, changed("machines", {"machine": "fill", "speed": None, "slots": 0})),
        *((4, event) for event in laws),
        (5, changed("items", {"item": "tea", "price": None, "unit_cost": 3.0})),
        (6, changed("demands", {"customer": "M", "item": "tea", "site": "shop",
                                "mean_per_day": None})),
    )  # fmt: skip
    found = edited(two_echelon(), edits)
    assert found.n_rows == 4, found.left_out
    assert lead_time_s(found.network) == 90.0
    assert found.network.items.unit_cost[found.network.item_index["tea"]] == 3.0
    told = " / ".join(found.left_out)
    assert "lanes lane 'ship': lead_time_s -1.0: " in told
    assert "allowed: a number >= 0" in told
    assert "mean_per_day None: " in told


@pytest.mark.parametrize(
    ("table", "cells"),
    [
        ("sites", {"site": "hub", "handling_cost": True}),
        ("sites", {"site": "hub", "handling_cost": "3"}),
        ("sites", {"site": "hub", "kind": 3}),
        ("profiles", {"profile": "p", "step": 1.5, "factor": 1.0}),
    ],
)
def test_cells_of_another_kind_are_left_out(two_echelon, folded, table, cells):
    network = two_echelon()
    found = edited(network, folded((1, changed(table, cells))))
    assert (found.n_rows, found.network.hash) == (0, network.hash)
    (told,) = found.left_out
    assert "cells of other types: " in told


def test_nothing_told_changes_nothing(two_echelon):
    network = two_echelon()
    assert edited(network, ModelEdits(Names())).network is network


def test_snapshot_and_fork_go_on_alike(folded):
    first = (1, changed("lanes", BUY | {"lead_time_s": 50.0}))
    last = (2, changed("lanes", {"lane": "ship", "price": 4.0}))
    whole, part = folded(first, last), folded(first)
    fork, again = part.fork(), ModelEdits(Names())
    again.restore(part.snapshot())
    assert part.digest() == fork.digest() == again.digest() != whole.digest()
    (row,) = folded(last).rows
    for one in (fork, again):
        one._put(row)
        assert one.digest() == whole.digest()
    assert len(part.rows) == 1
    assert part.used_names().tolist() == []


def test_what_several_told_is_put_together_by_time(folded):
    early = folded((1, changed("lanes", BUY | {"lead_time_s": 1.0})))
    late = folded((2, changed("lanes", BUY | {"lead_time_s": 2.0})))
    for order in ([early, late], [late, early]):
        (row,) = edits_of(Names(), order).rows
        assert row.values == {"lead_time_s": 2.0}


def test_cells_of_a_row_that_several_told_count_by_their_own_times(folded):
    told = [
        (1, changed("lanes", BUY | {"lead_time_s": 50.0, "minimum": 1.0})),
        (2, changed("lanes", BUY | {"lead_time_s": 70.0})),
        (3, changed("lanes", BUY | {"price": 3.0})),
    ]
    one, other = folded(told[0], told[2]), folded(told[1])
    again = ModelEdits(Names())
    again.restore(one.snapshot())
    for order in ([one, other], [other, one], [other, again]):
        merged = edits_of(Names(), order)
        assert merged.digest() == folded(*told).digest()
    (row,) = merged.rows
    assert row.values == {"lead_time_s": 70.0, "minimum": 1.0, "price": 3.0}


def test_fits_that_several_told_replace_each_other_by_time(folded):
    def fit(factor, until_us):
        cells = {"law": "seen", "factor": factor, "weight": 1.0}
        return ModelCalibrated(
            record="x", table="laws", values=cells, fitted_until_us=until_us
        )

    weight = changed("laws", {"law": "seen", "factor": 0.5, "weight": 2.0})
    told = [(1, fit(0.5, 1)), (2, fit(0.9, 2)), (3, weight), (4, fit(1.1, 2))]
    whole = folded(*told)
    assert [row.key["factor"] for row in whole.rows] == [0.9, 1.1]
    for one, other in [((0, 2), (1, 3)), ((0, 3), (1, 2)), ((0, 1), (2, 3))]:
        parts = [folded(*(told[k] for k in some)) for some in (one, other)]
        assert edits_of(Names(), parts).digest() == whole.digest(), (one, other)


def test_weight_changed_by_hand_belongs_to_the_fit(two_echelon, folded):
    law = WrittenLaw("seen", (0.5, 1.5), (2.0, 2.0))
    edits = folded(
        *((1, event) for event in calibrated_events(Overlay("", 0, 8, (), (law,)))),
        (2, changed("laws", {"law": "seen", "factor": 0.5, "weight": 4.0})),
    )
    assert [row.fitted_until_us for row in edits.rows] == [8, 8]
    laws = edited(two_echelon(), edits).network.tables["laws"]
    assert laws["weight"].to_list() == [4.0, 2.0]


@pytest.mark.parametrize("rows", [b"[{}]", b"no"])
def test_snapshot_that_is_none_is_refused(rows):
    with pytest.raises(SnapshotCorruptError, match="rows of the model"):
        ModelEdits(Names()).restore({"rows": np.frombuffer(rows, np.uint8)})
    with pytest.raises(SnapshotCorruptError):
        ModelEdits(Names()).restore({})
    assert msgspec.json.encode(ModelEdits(Names()).rows) == b"[]"
