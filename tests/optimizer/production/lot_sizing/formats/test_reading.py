"""Tests of `optimizer.production.lot_sizing.formats.reading`."""

import gzip

import pytest

from optimizer.errors import ProblemError
from optimizer.production.lot_sizing import read_problem

TRIGEIRO = "1 2\n1\n50\n1 0.5 10 100\n20\n30\n"


def test_read_problem_tells_forms_by_name(tmp_path):
    text = tmp_path / "G1.DAT"
    text.write_text(TRIGEIRO)
    packed = tmp_path / "X1.txt.gz"
    packed.write_bytes(gzip.compress(TRIGEIRO.encode()))
    own = tmp_path / "p.json"
    own.write_text('{"periods": 2, "items": [{"id": "1", "demand": [20, 30]}]}')
    for path in (text, packed, own):
        assert read_problem(path).demand.tolist() == [[20, 30]]


def test_read_problem_says_what_cannot_be_read(tmp_path):
    with pytest.raises(ProblemError, match=r"none\.txt cannot be read"):
        read_problem(tmp_path / "none.txt")
