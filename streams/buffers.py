"""Buffers that hold records: the room behind the last, and whether one is in use."""

SLACK_BYTES = 64
"""Bytes a decoder may load beyond the last value of a buffer.

A row with less behind it is read as well, but from a copy. Whoever makes a buffer for
values leaves this room; what is in it does not matter.
"""


def is_viewed(buffer: bytearray) -> bool:
    """Tell whether a memoryview or an array looks into a buffer.

    Parameters
    ----------
    buffer : bytearray
        One whose owner wants to fill it again; of at least one byte.

    Returns
    -------
    bool

    Examples
    --------
    >>> buffer = bytearray(8)
    >>> view = memoryview(buffer)
    >>> is_viewed(buffer)
    True
    >>> view.release()
    >>> is_viewed(buffer)
    False
    """
    try:
        # Shortening by a byte is refused then; else it costs nothing, and the byte is
        # put back into the room that is still there.
        buffer.append(buffer.pop())
    except BufferError:
        return True
    return False
