"""Numbers to the bit as Python reads them, or left to it."""

import random
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams._kernels.numbers import (
    scan_digits,
    scan_integer,
    scan_number,
    scan_usual_digits,
    scan_usual_number,
)


def scan(kernel, text: str):
    """Bytes read and value; None if the kernel leaves the text to others."""
    data = np.frombuffer(text.encode() + bytes(24), np.uint8)
    start = data.ctypes.data
    last, value = kernel(start, start + len(text))
    return None if last < 0 else (last - start, value)


def assert_exact(text: str) -> bool:
    found = scan(scan_number, text)
    if found is not None:
        assert found[0] == len(text), text
        assert struct.pack("<d", found[1]) == struct.pack("<d", float(text)), text
    return found is not None


def test_hundred_thousand_doubles_are_read_to_the_bit():
    bits = random.Random(1)
    n_read = 0
    for turn in range(100_000):
        number = struct.unpack("<d", struct.pack("<Q", bits.getrandbits(64)))[0]
        if number - number == 0:
            text = repr(number) if turn % 2 else f"{number:.17e}"
            n_read += assert_exact(text)
    assert n_read > 99_000


@settings(deadline=None)
@given(
    st.integers(0, 10**17),
    st.integers(0, 10**9),
    st.integers(-345, 312),
)
def test_decimals_with_exponents_are_read_to_the_bit(whole, rest, exponent):
    assert_exact(f"{whole}.{rest}e{exponent}")
    assert_exact(f"-{whole % 10**9}.{rest % 1000}")
    assert_exact(f"{whole}E+{abs(exponent)}")


# Halfway between two doubles, and a hair beside (Lemire 2021, section 6).
@pytest.mark.parametrize(
    "text",
    [
        "9007199254740993.0",
        "9007199254740993.001",
        "9007199254740992.999",
        "1.00000000000000011102",
        "2.2250738585072014e-308",
        "1.7976931348623157e308",
        "8.5e22",
        "1e23",
        "123456789012345678",
    ],
)
def test_hard_cases_are_read_to_the_bit_or_left(text):
    assert_exact(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", "01", "1.", ".5", "1e", "1e+", "+1", "-0", "-0.0", "1e400"),
        *("5e-324", "NaN", "1" * 20, "0x1", "1234567890123456789"),
    ],
)
def test_what_is_no_number_or_not_certain_is_left(text):
    found = scan(scan_number, text)
    assert found is None or (text == "0x1" and found == (1, 0.0))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0", (1, 0)),
        ("-17,", (3, -17)),
        ("999999999999999999}", (18, 10**18 - 1)),
        ("1000000000000000000", None),
        ("-0", None),
        ("007", None),
        ("1.0", None),
        ("1e3", None),
        ("x", None),
        ("", None),
    ],
)
def test_whole_numbers_are_plain_digits(text, found):
    assert scan(scan_integer, text) == found


def test_digits_may_begin_with_zeros():
    assert scan(scan_digits, '0042"') == (4, 42)
    assert scan(scan_digits, "1" * 19) is None


@settings(deadline=None)
@given(st.from_regex(r"-?[0-9]{0,9}(\.[0-9]{0,9})?[eE,}0-9x.]?", fullmatch=True))
def test_usual_numbers_are_those_of_the_full_scan_or_left(text):
    for given_text in (text, text[:-1]):
        found = scan(scan_usual_number, given_text)
        assert found is None or found == scan(scan_number, given_text)


@pytest.mark.parametrize("text", ["0", "7.25", "1234567.7654321,", "0.0}", "60.0"])
def test_usual_numbers_are_taken(text):
    assert scan(scan_usual_number, text) == scan(scan_number, text) is not None


@pytest.mark.parametrize("text", ["12345678", "1.12345678", "-1", "01", "1e3", "1.e"])
def test_other_numbers_are_left_to_the_full_scan(text):
    assert scan(scan_usual_number, text) is None


def test_digits_of_every_length_are_read_up_to_the_end():
    for length in range(20):
        text = "1234567890123456789"[:length]
        for n_behind in range(3):
            data = np.frombuffer((text + "5" * n_behind).encode() + bytes(24), np.uint8)
            start = data.ctypes.data
            usual = scan_usual_digits(start, start + length)
            exact = scan_digits(start, start + length)
            assert exact == (
                (start + length, int(text)) if 0 < length < 19 else (-1, 0)
            )
            taken = 0 < length < 16 and not n_behind
            assert usual == (exact if taken else (-1, 0))
