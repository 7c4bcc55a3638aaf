"""Write and read the fields of Kafka's protocol, in its flexible form.

Only what the fetch lane needs. Lengths of the flexible form are unsigned varints, one
more than the length, with zero for "null".

References
----------
Apache Kafka, "A Guide To The Kafka Protocol", section Protocol Primitive Types;
KIP-482, "The Kafka Protocol should Support Optional Tagged Fields".
"""

import struct
from typing import Any

from streams.errors import KafkaError

NO_TAGS = b"\0"
_CONTINUED = 0x80
# A varint of 32 bits has at most five bytes.
_SHIFT_MAX = 28


def unsigned_varint(number: int) -> bytes:
    """Write a whole number >= 0 in groups of seven bits, the lowest first.

    Examples
    --------
    >>> unsigned_varint(300).hex()
    'ac02'
    """
    encoded = bytearray()
    while number >= _CONTINUED:
        encoded.append(number & 0x7F | _CONTINUED)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def compact_string(text: str) -> bytes:
    r"""Write a text with its length.

    Examples
    --------
    >>> compact_string("ab")
    b'\x03ab'
    """
    encoded = text.encode()
    return unsigned_varint(len(encoded) + 1) + encoded


def compact_array(items: list[bytes]) -> bytes:
    """Write encoded items with their number."""
    return unsigned_varint(len(items) + 1) + b"".join(items)


def request(
    api: int, version: int, correlation: int, *, client: str, body: bytes
) -> bytes:
    """Put length and header in front of the body of a request.

    Parameters
    ----------
    api, version : int
        What is asked; ApiVersions of version 0 has the older header, without tags.
    correlation : int
        The answer begins with it.
    client : str
        Name that the broker may log.
    body : bytes
        The encoded fields.

    Returns
    -------
    bytes
    """
    name = client.encode()
    header = struct.pack(">hhih", api, version, correlation, len(name)) + name
    tags = NO_TAGS if version else b""
    return struct.pack(">i", len(header + tags + body)) + header + tags + body


class WireReader:
    """Reads fields one after the other out of a buffer.

    Parameters
    ----------
    data : bytes, bytearray or memoryview
        The answer.

    Attributes
    ----------
    place : int
        Index of the next byte to read.
    """

    __slots__ = ("_data", "place")

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        self._data = data
        self.place = 0

    def fields(self, layout: struct.Struct) -> tuple[Any, ...]:
        """Read numbers of fixed width.

        Raises
        ------
        KafkaError
            If the answer ends before.
        """
        self._need(layout.size)
        found = layout.unpack_from(self._data, self.place)
        self.place += layout.size
        return found

    def length(self) -> int:
        """Read the length of a flexible string, field of bytes or array; -1: null."""
        return self.varint() - 1

    def varint(self) -> int:
        """Read an unsigned varint.

        Raises
        ------
        KafkaError
            If it has more than 32 bits, or the answer ends before.
        """
        number = 0
        for shift in range(0, _SHIFT_MAX + 1, 7):
            self._need(1)
            byte = self._data[self.place]
            self.place += 1
            number |= (byte & 0x7F) << shift
            if byte < _CONTINUED:
                return number
        msg = f"Kafka's answer: a varint of more than 32 bits at byte {self.place}"
        raise KafkaError(msg)

    def skip(self, n_bytes: int) -> int:
        """Step over bytes; return where they begin.

        Raises
        ------
        KafkaError
            If the answer ends before.
        """
        self._need(n_bytes)
        start = self.place
        self.place += n_bytes
        return start

    def text(self) -> str:
        """Read a flexible string; null as the empty one."""
        n_bytes = max(0, self.length())
        start = self.skip(n_bytes)
        return str(self._data[start : start + n_bytes], "utf-8")

    def tags(self) -> dict[int, "WireReader"]:
        """Read tagged fields: a reader of each one's bytes, by its tag."""
        found = {}
        for _ in range(self.varint()):
            tag, n_bytes = self.varint(), self.varint()
            start = self.skip(n_bytes)
            found[tag] = WireReader(self._data[start : start + n_bytes])
        return found

    def _need(self, n_bytes: int) -> None:
        if n_bytes > len(self._data) - self.place:
            msg = (
                f"Kafka's answer: {n_bytes} bytes wanted at byte {self.place}, but it "
                f"has {len(self._data)}"
            )
            raise KafkaError(msg)
