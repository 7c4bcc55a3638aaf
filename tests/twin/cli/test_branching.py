import pytest

from twin.calibrate.overlay import Edit, Overlay, write_overlay
from twin.cli.branching import WhatIfSpec, compare_branches, targets_of
from twin.cli.sources import SourceSpec
from twin.errors import ChangeError, OptionError
from twin.model import write

DEMAND = "[[demand]]\nfactor = 2\n"


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
