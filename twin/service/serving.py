"""Opening a service: its folders, its tenants, and the server before them."""

import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from types import FrameType

import uvicorn

from streams.kafka import KafkaSink, parse_address, read_properties
from streams.log import LogReader, LogWriter
from streams.records import Sink, Source
from twin.clock import Clock
from twin.errors import OptionError
from twin.model.network import Network
from twin.replay import open_source
from twin.service.access import Audit, KeyRing
from twin.service.access.sessions import Sessions
from twin.service.app import make_app
from twin.service.ledger import Ledger
from twin.service.options import ServiceOptions
from twin.service.places import Places
from twin.service.tenant import Stream, Tenant
from twin.service.warming import Warming

_LOG = logging.getLogger(__name__)

KAFKA = "kafka://"
DEFAULT_TENANT = "default"
KEYS, AUDIT = "keys.json", "audit"
FIRST_KEY = "first.key"
_FIRST = "first"  # name of the key in it
_OWNER_ONLY = 0o600
_LEAVE_S = 3  # for requests under way; what is saved after them gets the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What is served of one tenant.

    Attributes
    ----------
    network : Network
        What is given before the first event.
    log : str
        A log folder, made if it is not there, or ``kafka://host:port/topic``.
    kafka_config : Path or None
        Client properties.
    """

    network: Network
    log: str
    kafka_config: Path | None = None

    def stream(self) -> Stream:
        """Return how its events are written and followed."""
        if self.log.startswith(KAFKA):
            return Stream(sink=self._topic, source=self._source)
        folder = Path(self.log)
        return Stream(
            sink=lambda: LogWriter(folder, fsync="close"),
            source=lambda: LogReader(folder),
        )

    def _topic(self) -> Sink:
        address = parse_address(self.log)
        if len(address.topics) != 1:
            msg = f"{self.log}: several topics; allowed: one, for events that come in"
            raise OptionError(msg)
        configuration = read_properties(self.kafka_config, servers=address.servers)
        return KafkaSink(configuration, address.topics[0])

    def _source(self) -> Source:
        return open_source(self.log, kafka_config=self.kafka_config)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the service listens.

    Attributes
    ----------
    host : str
        A name or an address; the default is this machine alone.
    port : int
        0: any free one.
    certificate, private_key : Path or None
        Of TLS, PEM; both or none.
    behind_proxy : bool
        Whether somebody before it speaks TLS: other machines may then ask without.

    Raises
    ------
    OptionError
        If one half of TLS is missing, or others could listen in.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    certificate: Path | None = None
    private_key: Path | None = None
    behind_proxy: bool = False

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.private_key is None):
            raise OptionError("TLS: a certificate and its private key go together")
        if not (self.is_local or self.certificate or self.behind_proxy):
            msg = (
                f"host {self.host!r}: others could read keys on the way; allowed: "
                f"127.0.0.1, TLS, or a proxy that speaks TLS in front"
            )
            raise OptionError(msg)

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def url(self) -> str:
        """How it is reached."""
        scheme = "https" if self.certificate else "http"
        return f"{scheme}://{self.host}:{self.port}"


def open_places(
    tenants: dict[str, Served],
    *,
    store: Path,
    clock: Clock,
    options: ServiceOptions,
    secure: bool = False,
    is_local: bool = True,
    warms: bool = False,
) -> Places:
    """Open keys, audit and tenants.

    Parameters
    ----------
    tenants : dict of str to Served
        By name, at least one.
    store : Path
        Folder for all that the service keeps; a folder a tenant below it.
    clock : Clock
        Time of day, and monotonic time.
    options : ServiceOptions
        Limits.
    secure : bool
        Whether it is reached by TLS alone.
    is_local : bool
        Whether this machine alone reaches it.
    warms : bool
        Whether kernels are compiled at the start, in the background.

    Returns
    -------
    Places

    Raises
    ------
    LogLockedError
        If another process writes one of the logs.
    CheckpointMismatchError
        If the store is of another network.
    """
    opened = {
        name: Tenant(
            name,
            served.network,
            served.stream(),
            store=store / "tenants" / name,
            clock=clock,
            options=options,
        )
        for name, served in tenants.items()
    }
    audit = Audit(store / AUDIT, now_us=clock.now_us)
    return Places(
        tenants=opened,
        keys=KeyRing(store / KEYS),
        sessions=Sessions(),
        audit=audit,
        ledger=Ledger(audit),
        clock=clock,
        options=options,
        secure=secure,
        is_local=is_local,
        warming=Warming(list(opened.values())) if warms else None,
    )


def first_key(
    places: Places, store: Path, *, tenant: str = DEFAULT_TENANT
) -> Path | None:
    """Make the key of an administrator of a tenant, where it has no keys yet.

    Parameters
    ----------
    places : Places
        The service.
    store : Path
        Its folder.
    tenant : str
        Whose data it opens.

    Returns
    -------
    Path or None
        A file with the key, that its owner alone can read; None: there are keys.
    """
    is_default = tenant == DEFAULT_TENANT
    path = store / (FIRST_KEY if is_default else f"first.{tenant}.key")
    kept = places.keys.rows(tenant)
    # Where it ended between the two, nobody has ever seen the key that was made.
    is_unseen = path.exists() and not path.stat().st_size
    is_lost = is_unseen and [one.name for one in kept] == [_FIRST]
    if kept and not is_lost:
        return None
    for lost in kept:
        places.keys.end(lost.id, tenant=tenant)
    path.unlink(missing_ok=True)
    made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(made, "w") as file:
        _, key = places.keys.issue(
            _FIRST, tenant=tenant, scopes=["admin"], now_us=places.clock.now_us()
        )
        file.write(key + "\n")
    return path


def bound(address: Address) -> tuple[socket.socket, str]:
    """Take an address; return the socket and how it is reached.

    Raises
    ------
    OptionError
        If it is taken, or none of this machine.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    one = socket.socket(family, socket.SOCK_STREAM)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        one.bind((address.host, address.port))
        one.listen()
    except OSError as error:
        one.close()
        msg = f"{address.url}: {error.strerror}; allowed: an address that is free"
        raise OptionError(msg) from error
    return one, replace(address, port=one.getsockname()[1]).url


def cut_unread(listening: socket.socket, seconds: float) -> None:
    """Let the system cut connections of those who do not read what was sent to them.

    Parameters
    ----------
    listening : socket
        Those it accepts from now on.
    seconds : float
        How long nothing is taken off before that, > 0.

    References
    ----------
    RFC 5482, "TCP User Timeout Option"; Linux counts a window that stays closed, too.
    """
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # pragma: no branch  # elsewhere: no bound
        wait_ms = max(1, round(seconds * 1e3))
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, wait_ms)


def serve(places: Places, address: Address, listening: socket.socket) -> bool:
    """Answer requests until the process is told to end, by SIGINT or SIGTERM.

    What is under way then is ended, and the twins are saved; to be told again changes
    nothing. Where that takes longer than `ServiceOptions.end_s`, as while kernels are
    compiled, the process ends all the same: what was answered for is on the disk, and
    is folded at the next start.

    Parameters
    ----------
    places : Places
        What is served; closed in the end.
    address : Address
        Where, and how.
    listening : socket
        What `bound` gave.

    Returns
    -------
    bool
        Whether the twins were saved; if not, the log says why.
    """
    cut_unread(listening, places.options.unread_s)
    config = uvicorn.Config(
        make_app(places),
        ssl_certfile=address.certificate,
        ssl_keyfile=address.private_key,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=address.behind_proxy,
        timeout_graceful_shutdown=_LEAVE_S,
    )
    server = _Server(config, end_s=places.options.end_s)
    with server.told_by_signals():
        server.run(sockets=[listening])
    server.is_saved = server.started and not server.lifespan.should_exit
    return server.is_saved


class _Server(uvicorn.Server):
    """A server whose process is over in bounded time after it was told to end."""

    def __init__(self, config: uvicorn.Config, *, end_s: float) -> None:
        super().__init__(config)
        self._end_s = end_s
        self._ending = False
        self.is_saved = False

    @contextmanager
    def told_by_signals(self) -> Iterator[None]:
        """Take the signals that end it, also those that uvicorn raises again after it.

        In another thread nothing is changed.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        ends = (signal.SIGINT, signal.SIGTERM)
        before = {one: signal.signal(one, self.handle_exit) for one in ends}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._ending:  # to be told twice would end it without saving
            return
        self._ending = True
        super().handle_exit(sig, frame)
        timer = threading.Timer(self._end_s, self._end)
        timer.daemon = True
        timer.start()

    def _end(self) -> None:
        if not self.is_saved:
            self._tell_unsaved()
        # No thread is waited for: one that compiles or solves cannot be told to stop.
        os._exit(0)

    def _tell_unsaved(self) -> None:
        ours = {threading.current_thread(), threading.main_thread()}
        busy = sorted(one.name for one in threading.enumerate() if one not in ours)
        _LOG.warning(
            "not over %g s after it was told to end, still busy: %s; ends without "
            "saving: every event that was answered for is kept, and is folded at the "
            "next start",
            self._end_s,
            ", ".join(busy) or "nothing of ours",
        )
