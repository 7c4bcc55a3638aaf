"""Sign-in sessions of the page: a cookie for a key, and a token against forgery.

The cookie is out of reach of scripts and of other sites. What changes something must
also carry the token, which a page of another site cannot read.

References
----------
OWASP (2024), "Cross-Site Request Forgery Prevention Cheat Sheet", synchronizer token
pattern.
"""

import hmac
import secrets
import threading
from dataclasses import dataclass
from http import HTTPStatus

from twin.service.access.scopes import Caller
from twin.service.problems import ProblemError

SESSION_COOKIE = "millstream_session"
CSRF_HEADER = "x-csrf-token"
SESSION_S = 12 * 3600.0
SESSIONS_MAX = 10_000

_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Session:
    """One who signed in.

    Attributes
    ----------
    key : str
        What he signed in with: if it ends, so does the session.
    csrf : str
        Token that changes must carry.
    ends_s : float
        On a clock that never goes back.
    """

    key: str
    csrf: str
    ends_s: float


class Sessions:
    """All sessions of a service; they end with it.

    Parameters
    ----------
    length_s : float
        How long one lasts, > 0.
    """

    def __init__(self, *, length_s: float = SESSION_S) -> None:
        self._length_s = length_s
        self._lock = threading.Lock()
        self._open: dict[str, Session] = {}

    def begin(self, key: str, *, now_s: float) -> tuple[str, Session]:
        """Begin a session; return the value of its cookie too.

        Raises
        ------
        ProblemError
            429 if there are as many as may be.
        """
        session = Session(
            key, secrets.token_urlsafe(_TOKEN_BYTES), now_s + self._length_s
        )
        cookie = secrets.token_urlsafe(_TOKEN_BYTES)
        with self._lock:
            self._open = {c: s for c, s in self._open.items() if s.ends_s > now_s}
            if len(self._open) >= SESSIONS_MAX:
                msg = f"sessions: {len(self._open)}; allowed: {SESSIONS_MAX}"
                raise ProblemError(
                    HTTPStatus.TOO_MANY_REQUESTS, "too-many-sessions", msg,
                    retry_after_s=60,
                )  # fmt: skip
            self._open[cookie] = session
        return cookie, session

    def find(self, cookie: str, *, now_s: float) -> Session | None:
        """Return the session of a cookie; None if it ended or never was."""
        session = self._open.get(cookie)
        return session if session is not None and session.ends_s > now_s else None

    def end(self, cookie: str) -> None:
        """End a session; one that is not there has ended."""
        with self._lock:
            self._open.pop(cookie, None)


def need_token(session: Session, token: str | None, caller: Caller) -> None:
    """Refuse a change without the token of its session.

    Raises
    ------
    ProblemError
        403.
    """
    if token is None or not hmac.compare_digest(token.encode(), session.csrf.encode()):
        msg = f"{caller.name}: {CSRF_HEADER} missing or not this session's"
        raise ProblemError(HTTPStatus.FORBIDDEN, "forged", msg)
