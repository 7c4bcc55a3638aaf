import pytest

from twin.errors import ChangeError
from twin.model.changes import load_changes
from twin.model.changes.file import changes_of
from twin.model.changes.kinds import KINDS


def test_file_is_read_with_its_name(tmp_path):
    path = tmp_path / "faster.toml"
    path.write_text("[[demand]]\nfactor = 2\n[[machine_speed]]\nvalue = 3.0\n")
    changes = load_changes(path)
    assert (changes.name, changes.description, changes.file) == (
        "faster", "", "faster.toml",
    )  # fmt: skip
    assert list(changes.entries) == ["machine_speed", "demand"]  # as they are applied
    path.write_text('name = "x"\ndescription = "y"\n[[demand]]\nfactor = 2\n')
    assert (load_changes(path).name, load_changes(path).description) == ("x", "y")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"machine_sped": []}, "did you mean 'machine_speed'?"),
        ({"name": 3, "demand": [{"factor": 1}]}, "name: '3'; allowed: text"),
        ({"demand": {"factor": 1}}, r"allowed: \[\[demand\]\] entries"),
        ({"demand": [1]}, r"allowed: \[\[demand\]\] entries"),
        ({"demand": []}, r"missing; allowed: at least one entry of \[\[add_row\]\]"),
        ({}, "missing"),
    ],
)
def test_mistake_in_the_file_is_named(content, reason):
    with pytest.raises(ChangeError, match=reason):
        changes_of(content, file="f.toml")


@pytest.mark.parametrize("text", ["[[demand", "\udcff"])
def test_what_is_no_toml_is_named(tmp_path, text):
    path = tmp_path / "f.toml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ChangeError, match="a TOML file in UTF-8"):
        load_changes(path)


def test_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ChangeError, match=r"no\.toml"):
        load_changes(tmp_path / "no.toml")


def test_kinds_are_applied_rows_first_and_disruptions_last():
    assert KINDS[:2] == ("add_row", "remove_row")
    assert KINDS[-1] == "machine_failures"
