"""Strings end where Python says, or are left to others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams._kernels.strings import scan_plain, scan_string


def scan(data: bytes) -> tuple[int, int] | None:
    """Bytes before the quote and characters; None if the string is not taken."""
    padded = np.frombuffer(data + b'"' * 32, np.uint8)  # a quote that is not its own
    start = padded.ctypes.data
    quote, n_characters = scan_string(start, start + len(data))
    return None if quote < 0 else (quote - start, n_characters)


def exact(data: bytes) -> tuple[int, int] | None:
    text, quote, _ = data.partition(b'"')
    if not quote or b"\\" in text or any(byte < 0x20 for byte in text):
        return None
    try:
        return len(text), len(text.decode())
    except UnicodeDecodeError:
        return None


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=40), st.text(max_size=20), st.integers(0, 20))
def test_any_bytes_are_judged_as_python_does(noise, text, n_before):
    for data in (noise, noise + b'"', text.encode() + b'"', b"x" * n_before + noise):
        assert scan(data) == exact(data)


def test_every_pair_and_many_longer_sequences_of_utf8_are_judged_as_python_does():
    tails = (b"", b"\x80", b"\xbf", b"\x80\x80", b"\xc0", b"\x41")
    for lead in range(0x80, 0x100):
        for second in (0x22, 0x41, 0x7F, *range(0x80, 0xC1), 0xFF):
            for tail in tails:
                data = b"ab" + bytes([lead, second]) + tail + b'"'
                assert scan(data) == exact(data), data


@pytest.mark.parametrize("data", [b"", b"a", b"a\\", b'a\\n"', b'\x00"', b'\x1f"'])
def test_string_without_end_or_with_escapes_is_left(data):
    assert scan(data) is None


@settings(deadline=None)
@given(st.text(max_size=40), st.text('a"\\\x1fé', max_size=4), st.integers(0, 4))
def test_plain_strings_are_those_of_the_full_scan_or_left(text, more, n_cut):
    whole = (text + more).encode() + b'"'
    data = whole[: len(whole) - n_cut]
    padded = np.frombuffer(data + b'"' * 32, np.uint8)
    start = padded.ctypes.data
    found = scan_plain(start, start + len(data))
    expected = scan(data)
    plain = expected is not None and expected[0] == expected[1] < 32
    assert found == (expected[0] if plain else -1)
