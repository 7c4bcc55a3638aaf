"""A schema registry, through the REST interface of Confluent's.

References
----------
Confluent documentation, "Schema Registry API Reference": GET /schemas/ids/{id} and GET
/subjects/{subject}/versions/{version}; `references` name a subject and a version.
"""

import base64
import ssl
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import msgspec

from streams.errors import ForeignSchemaError, RegistryError
from streams.foreign.schemas import Kind, Schema

# A registry that does not answer within this is reported: half as much fails on a slow
# network, twice as much leaves the user waiting for a wrong address.
TIMEOUT_S = 10.0
REFERENCES_MAX = 256  # deeper or wider than any schema, and an end for circles
NOT_FOUND = 404
REFUSED = (401, 403)
MEDIA_TYPES = "application/vnd.schemaregistry.v1+json, application/json"
SHOWN_MAX = 200  # characters of an answer that is not understood


class _Reference(msgspec.Struct):
    name: str
    subject: str
    version: int


class _Answer(msgspec.Struct, rename="camel"):
    schema: str
    schema_type: Kind = "AVRO"
    references: list[_Reference] | None = None


class RegistryClient:
    """Look up schemas in a registry; each is asked for once.

    Parameters
    ----------
    url : str
        ``http://`` or ``https://``, with the path of the interface if it has one.
    user_info : str or None
        ``user:password``.
    timeout_s : float
        How long to wait for an answer, > 0.
    ca_file : str or None
        PEM file of the authority that signed the registry's certificate.

    Raises
    ------
    ForeignSchemaError
        If the address is none, or the file cannot be read.
    """

    def __init__(
        self,
        url: str,
        *,
        user_info: str | None = None,
        timeout_s: float = TIMEOUT_S,
        ca_file: str | None = None,
    ) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            msg = f"schema registry {url!r}: must be http://host:port or https://..."
            raise ForeignSchemaError(msg)
        # User and password may stand in the address; messages must not show them.
        host = parts.netloc.rpartition("@")[2]
        self.url = parts._replace(netloc=host).geturl().rstrip("/")
        if user_info is None and parts.username is not None:
            user = urllib.parse.unquote(parts.username)
            user_info = f"{user}:{urllib.parse.unquote(parts.password or '')}"
        self._headers = {"Accept": MEDIA_TYPES}
        if user_info is not None:
            coded = base64.b64encode(user_info.encode()).decode()
            self._headers["Authorization"] = f"Basic {coded}"
        self._timeout_s = timeout_s
        self._context = _context(ca_file) if parts.scheme == "https" else None
        self._known: dict[int, Schema | str] = {}

    def schema(self, schema_id: int) -> Schema:
        """Return a schema by its id; see `Schemas.schema`."""
        known = self._known.get(schema_id)
        if known is None:
            try:
                known = self._schema(
                    f"schemas/ids/{schema_id}", f"schema id {schema_id}"
                )
            except ForeignSchemaError as error:
                known = str(error)
            self._known[schema_id] = known
        if isinstance(known, str):
            raise ForeignSchemaError(known)
        return known

    def _schema(self, path: str, name: str, n_above: int = 0) -> Schema:
        answer = self._get(path, name)
        references = answer.references or []
        if n_above + len(references) > REFERENCES_MAX:
            msg = f"{name}: must refer to at most {REFERENCES_MAX} schemas"
            raise ForeignSchemaError(msg)
        return Schema(
            name=f"{name} of {self.url}",
            kind=answer.schema_type,
            text=answer.schema,
            references={
                one.name: self._schema(
                    f"subjects/{urllib.parse.quote(one.subject, safe='')}"
                    f"/versions/{one.version}",
                    f"{one.subject} version {one.version}",
                    n_above + len(references),
                )
                for one in references
            },
        )

    def _get(self, path: str, name: str) -> _Answer:
        url = f"{self.url}/{path}"
        request = urllib.request.Request(url, headers=self._headers)
        try:
            with urllib.request.urlopen(  # the scheme was checked
                request, timeout=self._timeout_s, context=self._context
            ) as response:
                body: bytes = response.read()
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(error, name) from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            msg = (
                f"schema registry {self.url}: must answer within {self._timeout_s:g} s "
                f"({reason}); without one, give local schema files: --schemas DIR, or "
                f"'schema' in the map"
            )
            raise RegistryError(msg) from error
        return self._answer(body, url)

    def _refused(self, error: urllib.error.HTTPError, name: str) -> Exception:
        if error.code == NOT_FOUND:
            return ForeignSchemaError(f"{name}: schema registry {self.url} has none")
        advice = (
            "; give basic.auth.user.info, as user:password, in the client properties"
            if error.code in REFUSED
            else ""
        )
        return RegistryError(
            f"schema registry {self.url}: answers {error.code} {error.reason} to "
            f"{name}{advice}"
        )

    def _answer(self, body: bytes, url: str) -> _Answer:
        try:
            return msgspec.json.decode(body, type=_Answer)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            shown: Any = body[:SHOWN_MAX]
            msg = (
                f"schema registry {url}: must answer as Confluent's does ({error}), "
                f"was {shown!r}; is the path of the address right?"
            )
            raise RegistryError(msg) from error


def _context(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        msg = (
            f"schema.registry.ssl.ca.location = {ca_file!r}: must be a PEM file "
            f"({error})"
        )
        raise ForeignSchemaError(msg) from error
