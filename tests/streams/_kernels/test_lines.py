import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams._kernels.lines import count_breaks, last_break, split_lines

TEXT = st.lists(
    st.sampled_from([b"\n", b"\r", b"\r\n", b"\x0b", b"\x8a", b"ab", b"x" * 61]),
    max_size=60,
).map(b"".join)


def plain_split(text, start):
    """What `split_lines` must find, by Python's own means."""
    lines = text[start:].split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    found, at = [], start
    for number, line in enumerate(lines):
        shown = line.removesuffix(b"\r")
        if shown:
            found.append((number, at, at + len(shown)))
        at += len(line) + 1
    return found, len(lines)


@settings(deadline=None)
@given(TEXT, st.integers(0, 3))
def test_lines_are_those_that_python_finds(text, start):
    start = min(start, len(text))
    if b"\n" in text[:start]:
        start = 0
    data = np.frombuffer(bytearray(text), np.uint8)
    lines = np.empty((3, len(text) // 2 + 1), np.int64)
    n_found, n_lines = split_lines(data, start, lines)
    found, expected_lines = plain_split(text, start)
    assert [tuple(line) for line in lines[:, :n_found].T.tolist()] == found
    assert n_lines == expected_lines


@settings(deadline=None)
@given(TEXT)
def test_breaks_are_counted_and_the_last_one_is_found(text):
    data = np.frombuffer(bytearray(text), np.uint8)
    assert count_breaks(data) == text.count(b"\n")
    assert last_break(data) == text.rfind(b"\n")


@pytest.mark.parametrize("n", [0, 1, 63, 64, 65, 1000])
def test_nothing_but_breaks_are_blank_lines(n):
    data = np.full(n, 10, np.uint8)
    lines = np.empty((3, n // 2 + 1), np.int64)
    assert split_lines(data, 0, lines) == (0, n)
    assert count_breaks(data) == n
