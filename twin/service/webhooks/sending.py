"""One message to a webhook: signed, to a checked address, with a time limit."""

import hashlib
import hmac
import http.client
import socket
import ssl
import threading
from contextlib import suppress
from http import HTTPStatus

from twin.service.problems import ProblemError
from twin.service.webhooks.guard import checked, goal_of

SIGNATURE_HEADER = "Millstream-Signature"
DELIVERY_HEADER = "Millstream-Delivery"
_SAID_CHARS_MAX = 120
_FEW_BYTES = 1_024


def signature_of(body: bytes, *, secret: str, time_s: int) -> str:
    """Return what `SIGNATURE_HEADER` says.

    Parameters
    ----------
    body : bytes
        As it is sent.
    secret : str
        That sender and receiver share.
    time_s : int
        When it is sent, seconds UTC: receivers refuse what is old, so that nobody can
        send again what he heard.

    Returns
    -------
    str
        ``t=`` the time, ``v1=`` the HMAC-SHA256 of time, a point and the body.

    Examples
    --------
    >>> signature_of(b"{}", secret="a", time_s=1)[:10]
    't=1,v1=755'
    """
    signed = f"{time_s}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={time_s},v1={digest}"


class Sending:
    """A connection for one message; it can be ended from outside.

    Parameters
    ----------
    url : str
        Where to.
    to_loopback : bool
        Whether this machine is allowed.
    timeout_s : float
        For all of it, however slowly the other side answers; > 0.
    """

    def __init__(self, url: str, *, to_loopback: bool, timeout_s: float) -> None:
        self._url = url
        self._to_loopback = to_loopback
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._ended = False

    def post(self, body: bytes, headers: dict[str, str]) -> str | None:
        """Send a body.

        Parameters
        ----------
        body : bytes
            What is sent.
        headers : dict of str to str
            Beside ``Host`` and ``Content-Length``.

        Returns
        -------
        str or None
            What went wrong, in few words; None: it was taken, with a status of 200 to
            299. What is answered elsewise counts, too: nobody is sent on to elsewhere.
        """
        end = threading.Timer(self._timeout_s, self.end)
        end.daemon = True
        end.start()
        try:
            status = self._posted(body, headers)
        except ProblemError as error:
            return error.detail[:_SAID_CHARS_MAX]
        except (OSError, http.client.HTTPException, ValueError) as error:
            if self._ended:
                return f"no answer within {self._timeout_s:g} s"
            return f"{type(error).__name__}: {error}"[:_SAID_CHARS_MAX]
        finally:
            end.cancel()
            self.end()
        is_taken = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
        return None if is_taken else f"answered {status}"

    def _posted(self, body: bytes, headers: dict[str, str]) -> int:
        # What was allowed when it was made may not be any more.
        goal = goal_of(self._url, to_loopback=self._to_loopback)
        address = checked(goal, to_loopback=self._to_loopback)
        opened = socket.create_connection((address, goal.port), self._timeout_s)
        self._hold(opened)
        if goal.scheme == "https":
            # The name must be that of the certificate, whatever address was taken.
            context = ssl.create_default_context()
            opened = context.wrap_socket(opened, server_hostname=goal.host)
            self._hold(opened)
        connection = http.client.HTTPConnection(goal.host, goal.port)
        connection.sock = opened
        asked = {"Host": goal.host_header, "Connection": "close", **headers}
        connection.request("POST", goal.path, body, asked)
        answer = connection.getresponse()
        answer.read(_FEW_BYTES)
        return answer.status

    def _hold(self, opened: socket.socket) -> None:
        with self._lock:
            self._socket = opened
            if not self._ended:
                return
        self.end()
        raise TimeoutError

    def end(self) -> None:
        """End the connection, in whatever it is; a second call does nothing."""
        with self._lock:
            self._ended = True
            opened, self._socket = self._socket, None
        if opened is not None:
            with suppress(OSError):  # it was not connected any more
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()
