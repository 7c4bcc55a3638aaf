import pytest

from twin.cli.writable import make_folder
from twin.errors import OptionError


def test_folder_of_a_file_and_of_several_is_made(tmp_path):
    make_folder("--out", tmp_path / "a" / "plan.json", {".json"})
    make_folder("--out", tmp_path / "b" / "plan", {".json"})
    make_folder("--sol", tmp_path / "c" / "plan")
    make_folder("--sol", None)
    made = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))
    assert made == ["a", "b", "b/plan", "c"]


def test_what_is_in_the_way_is_told(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(OptionError, match="cannot be written"):
        make_folder("--out", tmp_path / "taken" / "plan.json", {".json"})
    (tmp_path / "plan.json").mkdir()
    with pytest.raises(OptionError, match="must be a file, is a folder"):
        make_folder("--out", tmp_path / "plan.json", {".json"})
