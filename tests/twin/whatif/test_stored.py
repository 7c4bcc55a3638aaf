"""Branches kept in a folder."""

import msgspec
import pytest

from twin.errors import OptionError
from twin.whatif.stored import BranchStore, ChangeText, StoredBranch

MORE = ChangeText(file="more.toml", text='name = "x"\n[[demand]]\nfactor = 2\n')
FAST = ChangeText(
    file="fast.toml",
    text="[[lead_time]]\nfactor = 0.5\n[[demand]]\ncustomer = \"A\"\nfactor = 3\n",
)  # fmt: skip


@pytest.fixture
def branch():
    def make(name="rush", **content):
        given = {"network": "plant", "network_hash": "ab", "as_of_us": 7} | content
        return StoredBranch(name=name, changes=(MORE, FAST), **given)

    return make


def test_branch_comes_back_as_it_was_kept(branch, tmp_path):
    store, kept = BranchStore(tmp_path / "deep"), branch(log="log", at="log-0=12")
    path = store.save(kept)
    assert store.names() == ["rush"]
    assert store.load("rush") == kept
    assert path.stat().st_size < 1000
    assert [one.name for one in path.parent.iterdir()] == ["rush.json"]


def test_changes_are_those_of_all_files_under_one_name(branch):
    changes = branch().change_file()
    assert changes.name == "rush"
    assert list(changes.entries) == ["demand", "lead_time"]
    assert [entry["factor"] for entry in changes.entries["demand"]] == [2, 3]


def test_files_of_one_name_are_both_told(branch):
    again = ChangeText(file="more.toml", text="[[demand]]\nfactor = 5\n")
    texts = msgspec.structs.replace(branch(), changes=(MORE, again)).texts
    assert [one["file"] for one in texts] == ["more.toml", "more.toml"]
    assert [one["text"] for one in texts] == [MORE.text, again.text]


def test_name_is_taken_once(branch, tmp_path):
    store = BranchStore(tmp_path)
    store.save(branch())
    with pytest.raises(OptionError, match="'rush': is in"):
        store.save(branch())
    store.save(branch(policy="mpc"), replaces=True)
    assert store.load("rush").policy == "mpc"


@pytest.mark.parametrize("name", ["", "../out", ".hidden", "a b", "x" * 65])
def test_name_that_is_no_file_is_refused(branch, tmp_path, name):
    with pytest.raises(OptionError, match="must begin with a letter or digit"):
        BranchStore(tmp_path).save(branch(name=name))


def test_what_is_not_there_is_named_with_what_is(branch, tmp_path):
    store = BranchStore(tmp_path)
    store.save(branch("slow"))
    with pytest.raises(OptionError, match=r"must be one of those in .*: slow"):
        store.load("rush")
    (tmp_path / "rush.json").write_text("{}")
    with pytest.raises(OptionError, match="is no branch"):
        store.load("rush")


def test_digest_is_of_base_and_changes(branch):
    one = branch()
    assert one.digest == branch().digest
    others = [
        branch(state_hash="cd"),
        branch(as_of_us=8),
        msgspec.structs.replace(one, changes=(MORE,)),
    ]
    assert len({other.digest for other in (one, *others)}) == 4
    assert msgspec.structs.replace(one, at="log-0=1").base == one.base
