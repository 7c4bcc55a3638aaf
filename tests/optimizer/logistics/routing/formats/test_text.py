import gzip

import numpy as np
import pytest

from optimizer import ProblemError
from optimizer.logistics.routing.formats.text import (
    euclidean,
    numbers,
    rounded,
    text_of,
)


def test_packed_text_is_unpacked(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"hello"))
    assert text_of(path) == "hello"
    with pytest.raises(ProblemError, match="cannot be read"):
        text_of(tmp_path / "none.txt")
    packed = path.read_bytes()
    path.write_bytes(packed[:10] + b"\xff" * 8 + packed[18:])
    with pytest.raises(ProblemError, match="cannot be read"):
        text_of(path)


def test_dimacs_cuts_decimals_off():
    roads = euclidean(np.array([[0.0, 0.0], [1.0, 1.0], [3.0, 4.0]]))
    assert rounded(roads, "dimacs")[0].tolist() == [0, 14, 50]
    assert rounded(np.array([0.1 * 3]), "dimacs").tolist() == [3]


def test_words_that_are_no_numbers_are_refused():
    with pytest.raises(ProblemError, match=r"a\.vrp, line 3"):
        numbers(["1", "x"], "a.vrp, line 3")
    with pytest.raises(ProblemError, match="finite"):
        numbers(["nan"], "a.vrp")
