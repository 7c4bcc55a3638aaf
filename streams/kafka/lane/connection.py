"""One connection to one broker that speaks PLAINTEXT."""

import socket
import struct
from collections.abc import Callable

from streams.errors import BrokerUnreachableError, LaneUnavailableError
from streams.kafka.lane.requests import (
    API_NAMES,
    NEEDED_VERSIONS,
    parse_versions,
    versions_request,
)

# As much as the kernel allows is enough; it doubles this, and cuts it at its own limit.
_RECEIVE_BYTES = 4 << 20
_LENGTH = struct.Struct(">i")
# No answer is longer: what comes as its length then is not Kafka's protocol, but for
# example the alert of a TLS listener (0x15030300 and more).
_ANSWER_BYTES_MAX = 0x15000000


class Connection:
    """Ask a broker and read its answers, in the order they were asked.

    Reads block, so that one call takes a whole answer out of the kernel (MSG_WAITALL)
    without holding Python's lock; `close` from another thread ends them.

    Parameters
    ----------
    host : str
    port : int
    timeout_s : float
        How long connecting and every silence of the broker may last, > 0.

    Raises
    ------
    BrokerUnreachableError
        If it takes no connection.
    LaneUnavailableError
        If it speaks something else than plaintext Kafka, or lacks a version.
    """

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self.name = f"{host}:{port}"
        self._correlation = 0
        self._answered = False
        try:
            self._socket = socket.create_connection((host, port), timeout_s)
        except OSError as error:
            raise self._lost(error) from error
        try:
            self._prepare(timeout_s)
            self._check_versions()
        except BaseException:
            self.close()
            raise

    def _prepare(self, timeout_s: float) -> None:
        # A time-out of Python's own makes the socket non-blocking, and MSG_WAITALL
        # void; the kernel's leaves it blocking.
        self._socket.settimeout(None)
        seconds, microseconds = divmod(max(1, round(timeout_s * 1e6)), 1_000_000)
        limit = struct.pack("@ll", seconds, microseconds)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _check_versions(self) -> None:
        try:
            ranges = parse_versions(self.ask(versions_request))
        except BrokerUnreachableError as error:
            # The listener took the connection, so it is something else that it wants.
            msg = f"Kafka at {self.name}: does not answer in plaintext ({error})"
            raise LaneUnavailableError(msg) from error
        for api, needed in NEEDED_VERSIONS.items():
            first, last = ranges.get(api, (-1, -1))
            if not first <= needed <= last:
                msg = (
                    f"Kafka at {self.name}: the lane needs {API_NAMES[api]} of version "
                    f"{needed}, the broker has {first} to {last}"
                )
                raise LaneUnavailableError(msg)
        self._answered = True

    def send(self, make: Callable[[int], bytes]) -> None:
        """Send what `make` gives for the next correlation number.

        Raises
        ------
        BrokerUnreachableError
            If the connection is lost.
        """
        self._correlation += 1
        try:
            self._socket.sendall(make(self._correlation))
        except OSError as error:
            raise self._lost(error) from error

    def ask(self, make: Callable[[int], bytes]) -> bytearray:
        """Send a request and return the answer to it.

        Raises
        ------
        BrokerUnreachableError
            If the connection is lost, or the broker silent too long.
        LaneUnavailableError
            If what comes is not Kafka's protocol.
        """
        self.send(make)
        answer = bytearray(self.answer_length())
        self.receive_into(memoryview(answer))
        return answer

    def answer_length(self) -> int:
        """Wait for an answer; return how many bytes it has.

        Raises
        ------
        BrokerUnreachableError
            If the connection is lost, or the broker silent too long.
        LaneUnavailableError
            If what comes is not Kafka's protocol.
        """
        prefix = bytearray(_LENGTH.size)
        self.receive_into(memoryview(prefix))
        n_bytes: int = _LENGTH.unpack(prefix)[0]
        if not _LENGTH.size <= n_bytes < _ANSWER_BYTES_MAX:
            msg = f"Kafka at {self.name}: speaks no plaintext (begins {prefix.hex()})"
            raise LaneUnavailableError(msg)
        return n_bytes

    def receive_into(self, view: memoryview) -> None:
        """Fill `view` with the next bytes.

        Raises
        ------
        BrokerUnreachableError
            If the connection is lost, or the broker silent too long.
        """
        filled = 0
        while filled < len(view):
            try:
                n_bytes = self._socket.recv_into(view[filled:], 0, socket.MSG_WAITALL)
            except OSError as error:
                raise self._lost(error) from error
            if not n_bytes:
                raise self._lost(ConnectionResetError("connection closed"))
            filled += n_bytes

    def close(self) -> None:
        """Cut the connection; a read that waits in another thread fails."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it was lost already
        finally:
            self._socket.close()

    def _lost(self, error: OSError) -> BrokerUnreachableError:
        cause = "no answer in time" if isinstance(error, BlockingIOError) else error
        return BrokerUnreachableError(f"Kafka at {self.name}: {cause}")
