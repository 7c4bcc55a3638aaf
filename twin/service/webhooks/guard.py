"""Where a webhook may go: to the world, and never to what is inside.

Whoever registers a webhook chooses where the service connects to. Without a guard he
could let it ask machines that only the service reaches. So a name is resolved here,
every address of it must belong to the world, and the connection goes to an address
that was looked at: a name that answers otherwise a moment later changes nothing.

References
----------
OWASP (2024), "Server-Side Request Forgery Prevention Cheat Sheet", case 2.
"""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from twin.service.problems import ProblemError

Address = IPv4Address | IPv6Address

URL_CHARS_MAX = 2_000
_PORTS = {"https": 443, "http": 80}
_PORT_MAX = 65_535
# Beside what `is_global` refuses: shared space of carriers, benchmarking, protocol
# assignments, 6to4 relays, and prefixes that carry an IPv4 address to a gateway.
_INSIDE = tuple(
    map(
        ip_network,
        ("0.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "192.0.0.0/24",
         "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4", "::/96", "64:ff9b::/96",
         "64:ff9b:1::/48", "fec0::/10", "fe80::/10", "fc00::/7"),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Goal:
    """A URL, taken apart.

    Attributes
    ----------
    scheme : str
        ``https``, or ``http`` where loopback is allowed.
    host : str
        Its name or address, as a certificate must have it.
    port : int
        1 to 65535.
    path : str
        With the query, as it is sent.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """What ``Host`` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def goal_of(url: str, *, to_loopback: bool = False) -> Goal:
    """Take a URL apart, and refuse one that no webhook may have.

    Parameters
    ----------
    url : str
        As it was given.
    to_loopback : bool
        Whether ``http`` is allowed, too; `checked` then asks for this machine.

    Returns
    -------
    Goal

    Raises
    ------
    ProblemError
        422.

    Examples
    --------
    >>> goal_of("https://example.com/hooks?x=1").path
    '/hooks?x=1'
    """
    schemes = ("https", "http") if to_loopback else ("https",)
    plain = url.isascii() and url.isprintable() and " " not in url
    if not plain or len(url) > URL_CHARS_MAX or "\\" in url:
        raise _refused(url, "a URL of printable ASCII, without spaces")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused(url, "a URL") from error
    if parts.scheme not in schemes:
        raise _refused(url, " or ".join(f"{one}://" for one in schemes))
    if not parts.hostname or parts.username is not None or "@" in parts.netloc:
        raise _refused(url, "a host, without a user before it")
    if parts.fragment or port == 0:
        raise _refused(url, f"a port of 1 to {_PORT_MAX}, and no fragment")
    return Goal(
        parts.scheme, parts.hostname, port or _PORTS[parts.scheme], _path(parts)
    )


def _path(parts: SplitResult) -> str:
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


def checked(goal: Goal, *, to_loopback: bool = False) -> str:
    """Resolve the host of a URL; return an address that may be connected to.

    Parameters
    ----------
    goal : Goal
        Where to.
    to_loopback : bool
        Whether this machine is allowed, for tests.

    Returns
    -------
    str
        The first address, if all of the name are of the world.

    Raises
    ------
    ProblemError
        422 if there is no such host, or one of its addresses is inside.
    """
    found = [ip_address(one) for one in resolve(goal.host, goal.port)]
    if not found:
        raise _refused(goal.host, "a host that is known")
    if to_loopback and all(one.is_loopback for one in found):
        return str(found[0])
    if goal.scheme != "https":
        raise _refused(goal.host, "https:// for what is not this machine")
    if not all(is_outside(one) for one in found):
        # Which of them, and what it is, would tell about the network inside.
        raise _refused(goal.host, "a host with public addresses only")
    return str(found[0])


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host; none if it is not known."""
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    # An address of a link has a zone, which no address of the world has.
    return [str(row[4][0]).partition("%")[0] for row in rows]


def is_outside(address: Address) -> bool:
    """Tell whether an address is of the world, and so is any inside it.

    Parameters
    ----------
    address : IPv4Address or IPv6Address
        Any.

    Examples
    --------
    >>> is_outside(ip_address("93.184.216.34"))
    True
    >>> is_outside(ip_address("::ffff:169.254.169.254"))
    False
    """
    return all(_is_public(one) for one in (address, *_carried(address)))


def _carried(address: Address) -> Iterator[IPv4Address]:
    """Yield the IPv4 addresses that an IPv6 address leads to."""
    if isinstance(address, IPv4Address):
        return
    if address.sixtofour is not None:
        yield address.sixtofour
    yield from address.teredo or ()


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return _is_public(address.ipv4_mapped)
    inside = any(address in one for one in _INSIDE if one.version == address.version)
    return address.is_global and not address.is_multicast and not inside


def _refused(what: str, allowed: str) -> ProblemError:
    msg = f"url: {what!r:.100}; allowed: {allowed}"
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "url-not-allowed", msg)
