"""API keys: shown once, kept as hashes, ended when told to.

A key is ``ms_<id>_<secret>``. The secret has 256 bits from the system's generator, so a
plain fast hash of it is safe to keep; it is salted all the same, that equal secrets
cannot be told. Comparing takes the same time whatever is wrong.
"""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Collection
from http import HTTPStatus
from pathlib import Path

import msgspec

from twin.errors import OptionError
from twin.service.access.owned import write_owned
from twin.service.access.scopes import SCOPES, Caller, Scope
from twin.service.problems import ProblemError

_ID_BYTES = 6
_SECRET_BYTES = 32
_SALT_BYTES = 16
_PARTS = 3


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A key, without its secret.

    Attributes
    ----------
    id : str
        Public part of the key.
    name : str
        Whose it is.
    tenant : str
        Whose data it opens.
    scopes : tuple of str
        Of `SCOPES`.
    sites : tuple of str
        Sites it is for; empty: all.
    salt, digest : str
        Of the secret, hexadecimal.
    created_us : int
        Microseconds UTC.
    expires_us : int or None
        From then on it is refused, microseconds UTC; None: never.
    """

    id: str
    name: str
    tenant: str
    scopes: tuple[Scope, ...]
    sites: tuple[str, ...] = ()
    salt: str
    digest: str
    created_us: int
    expires_us: int | None = None


_NOBODY = KeyRow(
    id="", name="", tenant="", scopes=(), salt="00" * _SALT_BYTES,
    digest="00" * _SECRET_BYTES, created_us=0,
)  # fmt: skip


class KeyRing:
    """All keys of a service, in a file that its owner alone can read.

    Parameters
    ----------
    path : Path
        Made with the first key.

    Raises
    ------
    OptionError
        If the file holds something else.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ring = KeyRing(Path(folder) / "keys.json")
    ...     row, key = ring.issue("anna", tenant="plant", scopes=["read"], now_us=0)
    ...     ring.caller(key, now_us=1).name
    'anna'
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._rows: dict[str, KeyRow] = {}
        if path.exists():
            try:
                rows = msgspec.json.decode(path.read_bytes(), type=list[KeyRow])
            except msgspec.DecodeError as error:
                msg = f"keys {str(path)!r}: {error}; allowed: a file of this service"
                raise OptionError(msg) from error
            self._rows = {row.id: row for row in rows}

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self, tenant: str) -> list[KeyRow]:
        """Return the keys of a tenant, the oldest first."""
        mine = (row for row in self._rows.values() if row.tenant == tenant)
        return sorted(mine, key=lambda row: (row.created_us, row.id))

    def issue(
        self,
        name: str,
        *,
        tenant: str,
        scopes: Collection[str],
        now_us: int,
        sites: Collection[str] = (),
        expires_us: int | None = None,
    ) -> tuple[KeyRow, str]:
        """Make a key.

        Parameters
        ----------
        name : str
            Whose it is; not empty.
        tenant : str
            Whose data it opens.
        scopes : collection of str
            Of `SCOPES`, at least one.
        now_us : int
            Time of day, microseconds UTC.
        sites : collection of str
            Sites it is for; empty: all.
        expires_us : int or None
            When it ends, microseconds UTC; None: never.

        Returns
        -------
        tuple of KeyRow and str
            What is kept, and the key itself: it is shown here and never again.

        Raises
        ------
        OptionError
            If the name is empty, or a scope is not known.
        """
        if not name.strip():
            msg = f"name of a key: {name!r}; allowed: a name that is not empty"
            raise OptionError(msg)
        unknown = sorted(set(scopes) - set(SCOPES)) or ([] if scopes else [""])
        if unknown:
            msg = f"scope {unknown[0]!r}; allowed: {', '.join(SCOPES)}"
            raise OptionError(msg)
        secret, salt = secrets.token_hex(_SECRET_BYTES), secrets.token_hex(_SALT_BYTES)
        row = KeyRow(
            id=secrets.token_hex(_ID_BYTES),
            name=name,
            tenant=tenant,
            scopes=tuple(one for one in SCOPES if one in scopes),
            sites=tuple(sorted(sites)),
            salt=salt,
            digest=_digest(secret, salt),
            created_us=now_us,
            expires_us=expires_us,
        )
        with self._lock:
            self._save({**self._rows, row.id: row})
        return row, f"ms_{row.id}_{secret}"

    def end(self, key_id: str, *, tenant: str) -> KeyRow:
        """End a key; from now on it opens nothing.

        Raises
        ------
        ProblemError
            404 if the tenant has no such key.
        """
        with self._lock:
            row = self._rows.get(key_id)
            if row is None or row.tenant != tenant:
                msg = f"key {key_id!r}; allowed: the id of a key of this tenant"
                raise ProblemError(HTTPStatus.NOT_FOUND, "not-found", msg)
            rest = dict(self._rows)
            del rest[key_id]
            self._save(rest)
        return row

    def caller(self, key: str, *, now_us: int) -> Caller:
        """Tell whose a key is.

        Parameters
        ----------
        key : str
            As it came.
        now_us : int
            Time of day, microseconds UTC.

        Raises
        ------
        ProblemError
            401, without a word on what is wrong with it.
        """
        parts = key.split("_")
        well_formed = len(parts) == _PARTS and parts[0] == "ms" and key.isascii()
        _, key_id, secret = parts if well_formed else ("", "", "")
        # One who is not there is compared, too: time tells nothing.
        row = self._rows.get(key_id, _NOBODY)
        right = hmac.compare_digest(_digest(secret, row.salt), row.digest)
        ended = row.expires_us is not None and now_us >= row.expires_us
        if not right or row is _NOBODY or ended:
            msg = "key: not known, or ended; allowed: Authorization: Bearer ms_..."
            raise ProblemError(HTTPStatus.UNAUTHORIZED, "key-not-valid", msg)
        return Caller(row.name, row.tenant, frozenset(row.scopes), frozenset(row.sites))

    def _save(self, rows: dict[str, KeyRow]) -> None:
        write_owned(self._path, msgspec.json.encode(list(rows.values())))
        self._rows = rows


def new_secret() -> str:
    """Return a secret of 256 bits from the system's generator, hexadecimal."""
    return secrets.token_hex(_SECRET_BYTES)


def _digest(secret: str, salt: str) -> str:
    blake = hashlib.blake2b(
        secret.encode(), salt=bytes.fromhex(salt), digest_size=_SECRET_BYTES
    )
    return blake.hexdigest()
