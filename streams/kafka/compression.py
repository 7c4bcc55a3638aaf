"""Undo the compression of record batches, with a bound on what comes out."""

import struct
import zlib
from collections.abc import Callable

import lz4.frame
import snappy
import zstandard

Body = bytes | memoryview

# A batch that holds more is refused: half as much could refuse what a producer with
# large batches wrote, twice as much lets a few hostile bytes take twice the memory.
DECOMPRESSED_BYTES_MAX = 128 << 20
# Taken out at once, so that a small batch does not reserve room for the largest.
_PIECE_BYTES = 1 << 20
_GZIP = 16 + zlib.MAX_WBITS
_XERIAL = b"\x82SNAPPY\x00"
_XERIAL_HEADER_BYTES = 16  # the mark, a version, and the oldest one that can read it
_BLOCK = struct.Struct(">i")
# Errors of the libraries for bytes that are not what they should be.
_LIBRARY_ERRORS = (
    zlib.error,
    snappy.UncompressError,
    RuntimeError,  # lz4
    zstandard.ZstdError,
)


def decompressed(
    body: memoryview, codec: int, *, bytes_max: int = DECOMPRESSED_BYTES_MAX
) -> Body:
    """Return the records of a batch as they were before compression.

    Parameters
    ----------
    body : memoryview
        The records as they lie in the batch.
    codec : int
        0 none, 1 gzip, 2 snappy (raw or in xerial's blocks), 3 lz4 (frames), 4 zstd.
    bytes_max : int
        Most bytes that may come out, >= 0.

    Returns
    -------
    bytes or memoryview
        `body` itself if it is not compressed.

    Raises
    ------
    ValueError
        If the codec is unknown, the bytes are not what it writes, or more than
        `bytes_max` would come out.

    Examples
    --------
    >>> decompressed(memoryview(zlib.compress(b"a" * 99, wbits=31)), 1) == b"a" * 99
    True
    """
    if codec == 0:
        return body
    if codec >= len(_CODECS):
        msg = f"codec must be one of 0..{len(_CODECS) - 1}, was {codec}"
        raise ValueError(msg)
    name, decompress = _CODECS[codec]
    try:
        return decompress(body, bytes_max)
    except _LIBRARY_ERRORS as error:
        msg = f"its records are not {name}: {error or type(error).__name__}"
        raise ValueError(msg) from error


def _too_large(bytes_max: int) -> ValueError:
    return ValueError(f"its records would take more than {bytes_max} bytes")


def _joined(pieces: list[bytes]) -> bytes:
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _gzip(body: memoryview, bytes_max: int) -> bytes:
    pieces: list[bytes] = []
    room = bytes_max
    rest: Body = body
    while rest:  # members may follow one another, as for gunzip
        member = zlib.decompressobj(_GZIP)
        while not member.eof:
            # A length of 0 would mean: without limit.
            piece = member.decompress(rest, min(room + 1, _PIECE_BYTES))
            if not piece and not member.eof:
                raise ValueError("its records are not gzip: they end too early")
            room -= len(piece)
            if room < 0:
                raise _too_large(bytes_max)
            pieces.append(piece)
            rest = member.unconsumed_tail
        rest = member.unused_data.lstrip(b"\0")
    return _joined(pieces)


def _snappy(body: memoryview, bytes_max: int) -> bytes:
    if len(body) <= _XERIAL_HEADER_BYTES or body[: len(_XERIAL)] != _XERIAL:
        return _snappy_block(body, bytes_max, bytes_max)
    pieces: list[bytes] = []
    room = bytes_max
    place = _XERIAL_HEADER_BYTES
    while place < len(body):
        if len(body) - place < _BLOCK.size:
            raise ValueError("its records are not snappy: a block has no length")
        (length,) = _BLOCK.unpack_from(body, place)
        place += _BLOCK.size
        if not 0 <= length <= len(body) - place:
            msg = f"its records are not snappy: a block of {length} bytes"
            raise ValueError(msg)
        block = body[place : place + length]
        pieces.append(_snappy_block(block, room, bytes_max))
        room -= len(pieces[-1])
        place += length
    return _joined(pieces)


def _snappy_block(block: memoryview, room: int, bytes_max: int) -> bytes:
    # The length that comes out stands in front, and is believed when room is made.
    length = shift = 0
    for byte in block[:5]:
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 1 << 7:
            break
    if length > room:
        raise _too_large(bytes_max)
    return bytes(snappy.decompress(block.tobytes()))


def _lz4(body: memoryview, bytes_max: int) -> bytes:
    frame = lz4.frame.LZ4FrameDecompressor()
    pieces: list[bytes] = []
    room = bytes_max
    rest: Body = body
    while not frame.eof:
        piece = frame.decompress(rest, max_length=_PIECE_BYTES)
        rest = b""  # it keeps what it has not used
        if not piece and not frame.eof:
            raise ValueError("its records are not lz4: they end too early")
        room -= len(piece)
        if room < 0:
            raise _too_large(bytes_max)
        pieces.append(piece)
    return _joined(pieces)


def _zstd(body: memoryview, bytes_max: int) -> bytes:
    pieces: list[bytes] = []
    room = bytes_max
    decompressor = zstandard.ZstdDecompressor()
    with decompressor.stream_reader(body, read_across_frames=True) as reader:
        while piece := reader.read(_PIECE_BYTES):
            room -= len(piece)
            if room < 0:
                raise _too_large(bytes_max)
            pieces.append(piece)
    return _joined(pieces)


_CODECS: tuple[tuple[str, Callable[[memoryview, int], Body]], ...] = (
    ("", lambda body, _: body),
    ("gzip", _gzip),
    ("snappy", _snappy),
    ("lz4", _lz4),
    ("zstd", _zstd),
)
