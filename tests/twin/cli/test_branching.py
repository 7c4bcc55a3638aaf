import pytest

from streams.codec import encode
from streams.events import (
    MachineStateChanged,
    ModelCalibrated,
    OperationStarted,
    ProductionOrderReleased,
    PurchaseOrderPlaced,
    ShipmentDispatched,
    StockCounted,
)
from streams.log import LogWriter
from twin.calibrate.overlay import Edit, Overlay, write_overlay
from twin.cli.branching import WhatIfSpec, compare_branches, targets_of
from twin.cli.console import Console
from twin.cli.sources import SourceSpec
from twin.errors import ChangeError, OptionError
from twin.model import write

DEMAND = "[[demand]]\nfactor = 2\n"
SECOND_US = 1_000_000


def released(name):
    return ProductionOrderReleased(
        production_order=name, item="tea", site="P", quantity=2
    )


def filled(name):
    return OperationStarted(production_order=name, operation="fill", machine="F1")


UNDER_WAY = [
    released("J1"),
    released("J2"),
    released("J3"),
    filled("J1"),
    filled("J2"),
    MachineStateChanged(machine="K1", state="down"),
    PurchaseOrderPlaced(order="B", supplier="V", item="leaf", site="P", quantity=9),
    ShipmentDispatched(
        shipment="B", order="B", item="leaf", from_site="V", to_site="P", quantity=4
    ),
]


@pytest.fixture
def spec(two_echelon, tmp_path):
    """Make a spec of a chain and of change files by name."""
    write(two_echelon(), tmp_path / "chain")

    def make(files=None, **options):
        paths = []
        for name, text in (files or {"more": DEMAND}).items():
            paths.append(tmp_path / f"{name}.toml")
            paths[-1].write_text(text)
        given = {"n_replications": 2, "horizon_days": 3.0} | options
        return WhatIfSpec(network=tmp_path / "chain", changes=tuple(paths), **given)

    return make


def test_each_file_is_a_branch_beside_the_base(spec, silent):
    files = {"more": DEMAND, "fast": "[[lead_time]]\nfactor = 0.5\n"}
    compared = compare_branches(spec(files), silent)
    names = [branch.name for branch in compared.comparison.branches]
    assert names == ["base", "more", "fast"]
    assert compared.comparison.replications.n == 2
    assert compared.start == {}


def test_scenario_strikes_every_branch(spec, silent, tmp_path):
    scenario = tmp_path / "storm.toml"
    scenario.write_text(
        '[[supplier_failures]]\nsupplier = "V"\nstart_s = 0\nduration_s = 86_400\n'
    )
    compared = compare_branches(spec(scenario=scenario), silent)
    kinds = [[d.kind for d in b.disruptions] for b in compared.comparison.branches]
    assert kinds == [["place"], ["place"]]


def test_overlay_is_in_every_branch(spec, silent, tmp_path):
    edit = Edit("lanes", {"lane": "buy"}, {"lead_time_s": 7200.0})
    write_overlay(Overlay("", 0, 1, (edit,), ()), tmp_path / "overlay.toml")
    compared = compare_branches(spec(overlay=tmp_path / "overlay.toml"), silent)
    for branch in compared.comparison.branches:
        lanes = branch.network.lanes
        assert lanes.lead_time_s[lanes.ids.index("buy")] == 7200.0


def test_known_well_enough_is_enough(spec, silent, capsys):
    found = compare_branches(
        spec(half_widths=("fill_rate=100",), n_replications=40), silent
    )
    assert found.comparison.replications.n == 10
    assert found.comparison.replications.is_precise
    compare_branches(spec(half_widths=("sales=0.0001",)), silent)
    assert "2 replications do not reach --half-width" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["fill_rate", "fill_rate=x", "luck=1", "sales=0"])
def test_half_width_that_is_none_is_named(text):
    with pytest.raises(OptionError, match=f"--half-width '{text}': must be KPI=WIDTH"):
        targets_of((text,))


def test_mistake_in_a_file_is_told_before_anything_is_read(spec, silent, tmp_path):
    wrong = spec({"wrong": "[[demnd]]\nfactor = 2\n"})
    with pytest.raises(ChangeError, match="did you mean 'demand'"):
        compare_branches(wrong, silent)


def test_place_in_a_log_needs_the_log(spec, silent):
    with pytest.raises(OptionError, match="--at 7: is a place in a log"):
        compare_branches(spec(at="7"), silent)


def test_futures_begin_with_the_state_of_a_log(spec, silent, tmp_path, command):
    command(
        "loop", tmp_path / "chain", "--policy", "base-stock", "--periods", "4",
        "--out", tmp_path / "out",
    )  # fmt: skip
    source = SourceSpec(name=str(tmp_path / "out" / "log"))
    compared = compare_branches(spec(source=source, at="2024-01-03T12:00:00Z"), silent)
    base, more = (branch.network for branch in compared.comparison.branches)
    assert compared.start["carried"]["stock"] == 2
    assert base.settings.as_of_us == more.settings.as_of_us == 1_704_283_200_000_000
    earlier = compare_branches(spec(source=source, at="5"), silent)
    assert earlier.start["position"] != compared.start["position"]
    assert earlier.start["state_hash"] != compared.start["state_hash"]


@pytest.fixture
def busy_shop(works, tmp_path):
    """Make a spec of a shop in the middle of its work; two may be filled at once."""

    def two_slots(tables):
        tables["machines"][0]["slots"] = 2

    network = works(two_slots)
    write(network, tmp_path / "works")
    start_us = network.settings.as_of_us
    with LogWriter(tmp_path / "log") as writer:
        for n, event in enumerate(UNDER_WAY):
            value = encode(
                event, event_id=str(n), source="mes", sequence=n,
                time_us=start_us + n * SECOND_US,
            )  # fmt: skip
            writer.append([value], timestamps_us=start_us + n * SECOND_US)
    narrow = tmp_path / "narrow.toml"
    narrow.write_text('[[machine_slots]]\nmachine = "F1"\nvalue = 1\n')
    return WhatIfSpec(
        network=tmp_path / "works", changes=(narrow,), n_replications=2,
        horizon_days=0.5, source=SourceSpec(name=str(tmp_path / "log")),
    )  # fmt: skip


def test_what_is_under_way_is_counted_and_told(busy_shop, capsys):
    compared = compare_branches(busy_shop, Console(None, quiet=False))
    assert compared.start["under_way"] == {
        "on_machines": 2, "in_queues": 1, "machines_standing": 0, "on_the_way": 1,
    }  # fmt: skip
    told = " ".join(capsys.readouterr().err.split())
    assert "under way: 2 on machines, 1 in queues, 0 machines standing" in told


def test_futures_are_of_the_network_that_the_log_changed(
    spec, silent, tmp_path, capsys
):
    start_us = 1_704_067_200_000_000
    told = [
        StockCounted(item="tea", site="hub", quantity=3),
        ModelCalibrated(record="a", table="lanes", values={
            "lane": "buy", "lead_time_s": 7200.0}, fitted_until_us=start_us),
        ModelCalibrated(record="b", table="lanes", values={
            "lane": "moon", "lead_time_s": 1.0}, fitted_until_us=start_us),
    ]  # fmt: skip
    spec()
    with LogWriter(tmp_path / "log") as writer:
        for n, event in enumerate(told):
            at_us = start_us + n * SECOND_US
            value = encode(
                event, event_id=str(n), source="mdm", sequence=n, time_us=at_us
            )
            writer.append([value], timestamps_us=at_us)
    source = SourceSpec(name=str(tmp_path / "log"))
    found = [compare_branches(spec(source=source, at=at), silent) for at in (None, "1")]
    for compared, lead_time_s in zip(found, (7200.0, 86_400.0), strict=True):
        for branch in compared.comparison.branches:
            lanes = branch.network.lanes
            assert lanes.lead_time_s[lanes.ids.index("buy")] == lead_time_s
    assert [one.start["rows_changed"] for one in found] == [1, 0]
    assert "lanes lane 'moon': the network has no such row" in capsys.readouterr().err


def test_contradictions_to_the_model_are_told_once(busy_shop, silent, capsys):
    compared = compare_branches(busy_shop, silent)
    down = "1 machines down that the model has no law for: they go on"
    excess = "1 operations on machines that cannot have them by the model: they wait"
    assert compared.start["contradictions"] == [down]
    told = " ".join(capsys.readouterr().err.split())
    assert told.count(f"not as the model has it: {down}") == 1
    # What only a branch contradicts is told of it alone.
    assert f"not as branch 'narrow' has it: {excess}" in told
    assert f"not as branch 'narrow' has it: {down}" not in told
