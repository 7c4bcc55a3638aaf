"""Which form a file is in."""

import gzip

import pytest

from optimizer.errors import ProblemError
from optimizer.production.scheduling.formats.reading import read_problem

OWN = (
    '{"machines": [{"id": "m"}], "jobs": [{"id": "j", "operations": '
    '[{"id": "o", "modes": [{"machine": "m", "duration": 4}]}]}]}'
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.fjs", "1 1\n1 1 1 4\n"),
        ("a.txt", "1 1\n0 4\n"),
        ("a", "1 1\n0 4\n"),
        ("a.rcp", "1 0\n4 0\n"),
        ("a.json", OWN),
        ("c.json", OWN[:-1] + ', "objective": {"setup": 1}}'),
        ("d.json", OWN.replace('"o"', '"setup"')),
        ("b.json", '{"jobs": [[[0, 4]]], "setup": [[[0]]]}'),
    ],
)
def test_the_name_tells_the_form(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    assert read_problem(path).modes.duration.tolist() == [4]
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    assert read_problem(packed).modes.duration.tolist() == [4]


def test_what_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ProblemError, match=r"none\.fjs cannot be read"):
        read_problem(tmp_path / "none.fjs")
    path = tmp_path / "list.json"
    path.write_text("[1]")
    with pytest.raises(ProblemError, match=r"list\.json: expected a JSON object"):
        read_problem(path)


def test_broken_json_is_named(tmp_path):
    path = tmp_path / "broken.json"
    path.write_text('{"setup": [')
    with pytest.raises(ProblemError, match=r"broken\.json: Input data was truncated"):
        read_problem(path)
