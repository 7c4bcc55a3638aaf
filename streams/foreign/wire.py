"""The wire format of Confluent's serializers: which schema a value was written with.

References
----------
Confluent documentation, "Formats, Serializers, and Deserializers", wire format: byte 0
is zero, bytes 1 to 4 are the id of the schema, most significant first. Protobuf then
has the path to the message in its file: the number of steps and each step, as zigzag
varints; a single zero stands for the first message.
"""

from streams.errors import ForeignValueError

NO_WIRE_FORMAT = "not in wire format"
HEADER_BYTES = 5
VARINT_BYTES_MAX = 10  # of 64 bits
STEPS_MAX = 64  # messages nested deeper than any compiler allows
SHOWN_BYTES = 12  # of a wrong value


def split_wire(value: bytes) -> tuple[int, bytes]:
    r"""Split a value into the id of its schema and its body.

    Raises
    ------
    ForeignValueError
        If the value does not begin as the wire format says.

    Examples
    --------
    >>> split_wire(b"\x00\x00\x00\x01\x02body")
    (258, b'body')
    """
    if len(value) < HEADER_BYTES or value[0] != 0:
        msg = (
            f"value begins with {value[:SHOWN_BYTES].hex(' ') or 'nothing'}: must "
            f"begin with a zero byte and four bytes of schema id; for values without, "
            f"give 'schema' and framing = \"none\""
        )
        raise ForeignValueError(NO_WIRE_FORMAT, msg)
    return int.from_bytes(value[1:HEADER_BYTES], "big"), value[HEADER_BYTES:]


def split_message_path(body: bytes) -> tuple[tuple[int, ...], bytes]:
    r"""Split the body of a Protobuf value: the path to its message, and the message.

    Raises
    ------
    ForeignValueError
        If the path is cut off or makes no sense.

    Examples
    --------
    >>> split_message_path(b"\x00rest"), split_message_path(b"\x04\x02\x00rest")
    (((0,), b'rest'), ((1, 0), b'rest'))
    """
    n_steps, at = _zigzag(body, 0)
    if n_steps == 0:
        return (0,), body[at:]
    if not 0 < n_steps <= STEPS_MAX:
        msg = f"path to the message has {n_steps} steps: must be 1 to {STEPS_MAX}"
        raise ForeignValueError(NO_WIRE_FORMAT, msg)
    steps = []
    for _ in range(n_steps):
        step, at = _zigzag(body, at)
        steps.append(step)
    return tuple(steps), body[at:]


def _zigzag(body: bytes, at: int) -> tuple[int, int]:
    number = 0
    for n, byte in enumerate(body[at : at + VARINT_BYTES_MAX]):
        number |= (byte & 0x7F) << (7 * n)
        if byte < 0x80:  # noqa: PLR2004  # the bit that says "more follows"
            return (number >> 1) ^ -(number & 1), at + n + 1
    msg = "path to the message is cut off: must be varints"
    raise ForeignValueError(NO_WIRE_FORMAT, msg)
