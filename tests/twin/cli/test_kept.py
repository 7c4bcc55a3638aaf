"""Branches as they are kept."""

import json
from dataclasses import replace
from shutil import rmtree

import pytest

from twin.cli.branching import WhatIfSpec, begin
from twin.cli.console import Console
from twin.cli.kept import save, show_list, show_one, spec_of
from twin.cli.sources import SourceSpec
from twin.errors import ChangeError, OptionError
from twin.model import write


@pytest.fixture
def spec(two_echelon, tmp_path):
    write(two_echelon(), tmp_path / "chain")

    def make(text="[[demand]]\nfactor = 2\n", **options):
        path = tmp_path / "more.toml"
        path.write_text(text)
        given = {"n_replications": 0, "horizon_days": 3.0} | options
        return WhatIfSpec(network=tmp_path / "chain", changes=(path,), **given)

    return make


def test_kept_branch_is_read_as_it_was_given(spec, silent, tmp_path):
    given = spec(policy="base-stock", service=0.8)
    stored = save(given, silent, folder=tmp_path, name="more")
    assert (stored.log, stored.at, stored.state_hash) == (None, None, None)
    found = spec_of(["more"], tmp_path, n_replications=5, seed=3)
    assert (found.policy, found.service, found.horizon_days) == ("base-stock", 0.8, 3.0)
    assert (found.n_replications, found.seed, found.source) == (5, 3, None)
    assert [one.name for one in found.stored] == ["more"]


def test_mistake_is_told_before_anything_is_kept(spec, silent, tmp_path):
    folder = tmp_path / "kept"
    with pytest.raises(ChangeError, match="factor"):
        save(spec("[[demand]]\nfactor = -1\n"), silent, folder=folder, name="more")
    with pytest.raises(OptionError, match="policy must be one of"):
        save(spec(policy="luck"), silent, folder=folder, name="more")
    assert not folder.exists()


def test_snapshot_is_no_place_to_begin_a_branch(spec, silent, tmp_path, monkeypatch):
    monkeypatch.setattr("twin.cli.kept.has_places", lambda name: False)
    with pytest.raises(OptionError, match="begins in a log or topic"):
        save(spec(source=SourceSpec(name="snap")), silent, folder=tmp_path, name="x")


def test_empty_folder_has_no_branches(tmp_path, capsys):
    show_list(Console(None, quiet=False), folder=tmp_path / "none")
    assert "none: 0" in capsys.readouterr().out


def test_network_that_was_changed_is_told_and_not_played(
    spec, silent, tmp_path, two_echelon
):
    save(spec(), silent, folder=tmp_path, name="more")
    kept = spec_of(["more"], tmp_path)
    begin(kept, silent)
    rmtree(tmp_path / "chain")
    slow = two_echelon(lambda tables: tables["lanes"][0].update(lead_time_s=7.0))
    write(slow, tmp_path / "chain")
    with pytest.raises(OptionError, match=r"the branch began with .*: its tables"):
        begin(kept, silent)


def test_change_files_of_one_name_are_both_shown(spec, silent, tmp_path):
    given = spec()
    other = tmp_path / "other" / "more.toml"
    other.parent.mkdir()
    other.write_text("[[lead_time]]\nfactor = 3\n")
    both = replace(given, changes=(*given.changes, other))
    save(both, silent, folder=tmp_path, name="both")
    console = Console(tmp_path / "shown.json", quiet=True)
    show_one(console, folder=tmp_path, name="both")
    shown = json.loads((tmp_path / "shown.json").read_text())
    assert [one["text"] for one in shown["changes"]] == [
        path.read_text() for path in both.changes
    ]
