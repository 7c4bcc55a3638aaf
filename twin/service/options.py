"""Limits of the service: every body and every queue has one."""

from dataclasses import dataclass, field, fields

from streams.ingest import IngestOptions
from twin.errors import OptionError


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookOptions:
    """How many webhooks there may be, and how they are asked again.

    All numbers are > 0.

    Attributes
    ----------
    webhooks_max : int
        Webhooks of a tenant.
    waiting_max : int
        Deliveries that wait for one webhook; beyond it the oldest is given up.
    kept_max : int
        Deliveries of a webhook that are kept and shown when they are over.
    tries_max : int
        Tries of a delivery before it is given up.
    backoff_s, backoff_s_max : float
        Seconds after the first try that failed, doubled with every other, up to a
        longest.
    given_up_max : int
        Deliveries given up one after the other before a webhook is disabled.
    timeout_s : float
        Seconds that a try may take.
    look_s : float
        Seconds between looks for new exceptions and dead letters.
    to_loopback : bool
        Whether a webhook may be on this machine, by HTTP: for tests only, as whoever
        makes one then reaches what listens here.

    Raises
    ------
    OptionError
        If a number is not > 0.
    """

    webhooks_max: int = 20
    waiting_max: int = 200
    kept_max: int = 100
    tries_max: int = 8
    backoff_s: float = 5.0
    backoff_s_max: float = 3_600.0
    given_up_max: int = 5
    timeout_s: float = 10.0
    look_s: float = 5.0
    to_loopback: bool = False

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name != "to_loopback" and not value > 0:
                msg = f"{one.name} must be > 0, was {value}"
                raise OptionError(msg)

    def wait_s(self, n_failed: int) -> float:
        """Return the seconds to wait after so many tries that failed.

        Examples
        --------
        >>> options = WebhookOptions(backoff_s=5.0, backoff_s_max=30.0)
        >>> [options.wait_s(n) for n in (1, 2, 3, 9)]
        [5.0, 10.0, 20.0, 30.0]
        """
        doubled = self.backoff_s * 2.0 ** min(n_failed - 1, 32)
        return min(self.backoff_s_max, doubled)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOptions:
    """How much the service takes at once, and how often it tells and saves.

    All numbers are > 0.

    Attributes
    ----------
    body_bytes_max : int
        Largest body of a request, as it comes and after it is unpacked.
    body_s : float
        Seconds within which a body must have come.
    events_max : int
        Most events of one request.
    depth_max : int
        Deepest nesting of JSON that is read.
    waiting_bytes_max : int
        Bytes accepted and not yet on the disk; beyond it requests are answered 429.
    behind_events_max : int
        Events on the disk and not yet folded; beyond it requests are answered 429.
    clients_max : int
        Listeners of pushed changes.
    told_max : int
        Messages that wait for a listener; the oldest go first.
    unread_s : float
        Seconds after which the connection is cut of one who takes nothing of what was
        sent to him.
    refresh_s : float
        Seconds that the state shown may lag behind the state folded.
    checkpoint_s : float
        Seconds between checkpoints.
    lateness_s : float
        How late an event may come, event time.
    jobs_at_once, jobs_waiting_max, jobs_kept_max : int
        Jobs that run together, that wait, and that are kept of a tenant.
    checked_events_max : int
        Requests of at most so many events are checked before they are answered.
    requests_per_s, requests_burst : float, int
        Requests of one key: a second, and at once.
    failures_per_s, failures_burst : float, int
        Requests of one address with a key that opens nothing: a second, and at once.
    end_s : float
        Seconds after which the process ends, saved or not, once it is told to.
    four_eyes : bool
        Whether an action must be approved by another key than proposed it, told apart
        by name.
    webhooks : WebhookOptions
        Limits of webhooks.

    Raises
    ------
    OptionError
        If a limit is not > 0.
    """

    body_bytes_max: int = 32 << 20
    body_s: float = 300.0
    events_max: int = 100_000
    depth_max: int = 64
    waiting_bytes_max: int = 128 << 20
    behind_events_max: int = 5_000_000
    clients_max: int = 1_000
    told_max: int = 256
    unread_s: float = 60.0
    refresh_s: float = 0.1
    checkpoint_s: float = 5.0
    lateness_s: float = 60.0
    jobs_at_once: int = 1
    jobs_waiting_max: int = 20
    jobs_kept_max: int = 200
    checked_events_max: int = 1_000
    requests_per_s: float = 500.0
    requests_burst: int = 2_000
    failures_per_s: float = 1.0
    failures_burst: int = 100
    end_s: float = 10.0
    four_eyes: bool = False
    webhooks: WebhookOptions = field(default_factory=WebhookOptions)

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name not in {"webhooks", "four_eyes"} and not value > 0:
                msg = f"{one.name} must be > 0, was {value}"
                raise OptionError(msg)

    @property
    def ingest(self) -> IngestOptions:
        """How events are taken in."""
        return IngestOptions(lateness_us=round(self.lateness_s * 1e6))
