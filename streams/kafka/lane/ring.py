"""A fixed number of big buffers that go round between the network and the reader."""

from queue import Empty, SimpleQueue

from streams.buffers import SLACK_BYTES, is_viewed


def fits(buffer: bytearray, n_bytes: int) -> bool:
    """Tell whether an answer of `n_bytes` and the slack have room in `buffer`."""
    return n_bytes + SLACK_BYTES <= len(buffer)


class BufferRing:
    """Buffers to receive into, used again once nobody looks into them any more.

    A batch handed out is a view of its buffer. `give_back` keeps a buffer that is still
    viewed aside until it is not; only if so many are held that the ring would run dry,
    the oldest is left to its holders and a new one made. So a batch is valid as long
    as it is held, and who holds few needs no new memory.

    Parameters
    ----------
    n_buffers : int
        Size of the ring, >= 3: one is filled, one is full, the others may be held.
        Each is made when it is needed first.
    buffer_bytes : int
        Of each, > 0.
    """

    def __init__(self, n_buffers: int, buffer_bytes: int) -> None:
        self._buffer_bytes = buffer_bytes
        self._free: SimpleQueue[bytearray | None] = SimpleQueue()
        self._held: list[bytearray] = []
        self._n_held_max = n_buffers - 2
        self._n_to_make = n_buffers

    def take(self, n_bytes: int) -> bytearray | None:
        """Wait for a buffer of at least `n_bytes` and the slack; None once closed.

        A longer answer, for example of a single batch beyond the limit that was asked
        for, gets a buffer of its own in place of the ring's.
        """
        buffer = self._any()
        if buffer is None or fits(buffer, n_bytes):
            return buffer
        return bytearray(n_bytes + SLACK_BYTES)

    def _any(self) -> bytearray | None:
        try:
            return self._free.get_nowait()
        except Empty:
            if not self._n_to_make:
                return self._free.get()
        self._n_to_make -= 1
        return bytearray(self._buffer_bytes)

    def give_back(self, buffer: bytearray) -> None:
        """Return a buffer that was taken; views of it may still be held."""
        self._held.append(buffer)
        still_held = []
        for one in self._held:
            if is_viewed(one):
                still_held.append(one)
            else:
                self._put(one)
        n_over = max(0, len(still_held) - self._n_held_max)
        self._held = still_held[n_over:]
        for _ in range(n_over):
            self._put(bytearray(self._buffer_bytes))

    def _put(self, buffer: bytearray) -> None:
        usual = len(buffer) == self._buffer_bytes
        self._free.put(buffer if usual else bytearray(self._buffer_bytes))

    def close(self) -> None:
        """Wake who waits for a buffer, and let go of all."""
        self._held.clear()
        while True:
            try:
                self._free.get_nowait()
            except Empty:
                break
        self._free.put(None)
