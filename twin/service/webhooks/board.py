"""The webhooks of a tenant: made, told, asked again, given up."""

import logging
import threading
from collections.abc import Collection, Sequence
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path

import msgspec

from twin.clock import Clock
from twin.service.access.keys import new_secret
from twin.service.access.owned import write_owned
from twin.service.options import WebhookOptions
from twin.service.problems import ProblemError
from twin.service.webhooks.guard import checked, goal_of
from twin.service.webhooks.kept import Delivery, Happening, Kind, Webhook
from twin.service.webhooks.sending import (
    DELIVERY_HEADER,
    SIGNATURE_HEADER,
    Sending,
    signature_of,
)

_LOG = logging.getLogger(__name__)
_SUFFIX = ".webhook"
_NUMBER = "number"  # of the last that was made: no id is used again


class Webhooks:
    """All webhooks of a tenant, each with a thread that sends in order.

    What waits is on the disk, so that a message that was made is sent after a crash,
    too; a receiver may get one twice, with the same id.

    Parameters
    ----------
    folder : Path
        Where they are kept, in files that their owner alone can read.
    tenant : str
        Whose.
    clock : Clock
        Time of day.
    options : WebhookOptions
        Limits.
    """

    def __init__(
        self, folder: Path, *, tenant: str, clock: Clock, options: WebhookOptions
    ) -> None:
        self._folder = folder
        self._tenant = tenant
        self._clock = clock
        self._options = options
        self._changed = threading.Condition()
        # Taken before `_changed`, never inside it: a slow disk delays who writes, and
        # nobody who only looks.
        self._writing = threading.Lock()
        self._hooks: dict[str, Webhook] = {}
        self._sending: dict[str, Sending] = {}
        self._closed = self._started = False
        for path in sorted(folder.glob(f"*{_SUFFIX}")):
            hook = msgspec.json.decode(path.read_bytes(), type=Webhook)
            self._hooks[hook.id] = hook
        last = folder / _NUMBER
        numbers = [int(last.read_bytes())] if last.exists() else [0]
        self._number = max(numbers + [one.number for one in self._hooks.values()])

    def start(self) -> None:
        """Begin to send."""
        with self._changed:
            self._started = True
            for hook in self._hooks.values():
                self._begin(hook)

    def _begin(self, hook: Webhook) -> None:
        if self._started and not self._closed:
            threading.Thread(
                target=self._run, args=(hook,), name=hook.id, daemon=True
            ).start()

    def rows(self) -> list[Webhook]:
        """Return all webhooks, the oldest first."""
        with self._changed:
            return sorted(self._hooks.values(), key=lambda one: one.number)

    def row(self, name: str) -> Webhook:
        """Return a webhook.

        Raises
        ------
        ProblemError
            404 if the tenant has none of this id.
        """
        found = self._hooks.get(name)
        if found is None:
            msg = f"webhook {name!r:.100}; allowed: the id of one of this tenant"
            raise ProblemError(HTTPStatus.NOT_FOUND, "not-found", msg)
        return found

    def wanted(self, *kinds: Kind) -> bool:
        """Tell whether anybody is to be told of any of some kinds."""
        return any(set(kinds) & set(one.kinds) for one in self.rows())

    def add(self, url: str, kinds: Collection[Kind], *, who: str) -> Webhook:
        """Make a webhook; it is on the disk when this returns.

        Parameters
        ----------
        url : str
            Where to; looked at by `twin.service.webhooks.guard`.
        kinds : collection of str
            Of `KINDS`, at least one.
        who : str
            Name of the key that makes it.

        Raises
        ------
        ProblemError
            422 if the URL is not allowed, 409 if there are as many as may be.
        """
        local = self._options.to_loopback
        checked(goal_of(url, to_loopback=local), to_loopback=local)
        with self._writing:
            if len(self._hooks) >= self._options.webhooks_max:
                msg = f"webhooks: {len(self._hooks)}; allowed: at most so many"
                raise ProblemError(HTTPStatus.CONFLICT, "too-many-webhooks", msg)
            self._number += 1
            hook = Webhook(
                id=f"webhook-{self._number}", number=self._number, url=url,
                kinds=tuple(sorted(set(kinds))), who=who, secret=new_secret(),
                created_us=self._clock.now_us(),
            )  # fmt: skip
            write_owned(self._folder / _NUMBER, str(hook.number).encode())
            self._save(hook)
            with self._changed:
                self._hooks[hook.id] = hook
                self._begin(hook)
        return hook

    def remove(self, name: str) -> Webhook:
        """End a webhook, with all that waits for it.

        Raises
        ------
        ProblemError
            404.
        """
        with self._writing:
            with self._changed:
                hook = self.row(name)
                del self._hooks[name]
                sending = self._sending.get(name)
                self._changed.notify_all()
            self._path(hook).unlink(missing_ok=True)
        if sending is not None:
            sending.end()
        return hook

    def ping(self, name: str) -> Delivery:
        """Try a webhook; one that was disabled is asked again from now on.

        Raises
        ------
        ProblemError
            404.
        """
        with self._changed:
            hook = self.row(name)
            hook.enabled, hook.n_given_up = True, 0
            now_us = self._clock.now_us()
            made = Happening("ping", f"ping-{now_us}", name)
            self._queue(hook, [made], now_us=now_us)
            queued = next(one for one in hook.deliveries if one.id == made.id)
        self._keep(hook)
        return queued

    def tell(self, happenings: Sequence[Happening]) -> None:
        """Tell all who want to know; returns before they are, and when it is kept.

        Parameters
        ----------
        happenings : sequence of Happening
            In the order they are told.
        """
        with self._changed:
            now_us = self._clock.now_us()
            told = []
            for hook in self._hooks.values():
                mine = [one for one in happenings if one.kind in hook.kinds]
                if self._queue(hook, mine, now_us=now_us):
                    told.append(hook)
        for hook in told:
            self._keep(hook)

    def _queue(
        self, hook: Webhook, happenings: Sequence[Happening], *, now_us: int
    ) -> bool:
        """Have happenings sent; return whether one of them is new."""
        known = {one.id for one in hook.deliveries}
        new = [one for one in happenings if one.id not in known]
        if not new:
            return False
        hook.deliveries += [
            one.message(tenant=self._tenant, now_us=now_us) for one in new
        ]
        waiting = [one for one in hook.deliveries if one.status == "waiting"]
        for one in waiting[: max(0, len(waiting) - self._options.waiting_max)]:
            one.status, one.body = "dropped", ""
        self._forget(hook)
        self._changed.notify_all()
        return True

    def _forget(self, hook: Webhook) -> None:
        over = [one for one in hook.deliveries if one.status != "waiting"]
        gone = {id(one) for one in over[: max(0, len(over) - self._options.kept_max)]}
        hook.deliveries = [one for one in hook.deliveries if id(one) not in gone]

    def _run(self, hook: Webhook) -> None:
        wait_s = 0.0
        while True:
            with self._changed:
                if wait_s:
                    self._changed.wait_for(lambda: not self._is_kept(hook), wait_s)
                self._changed.wait_for(lambda: hook.next() or not self._is_kept(hook))
                delivery = hook.next()
                if delivery is None or not self._is_kept(hook):
                    return
                sending = self._sending[hook.id] = self._sending_of(hook)
                headers, body = self._signed(hook, delivery)
            said = sending.post(body, headers)
            with self._changed:
                self._sending.pop(hook.id, None)
                if not self._is_kept(hook):
                    return
                wait_s = self._note(hook, delivery, said)
            self._keep(hook)

    def _is_kept(self, hook: Webhook) -> bool:
        return not self._closed and hook.id in self._hooks

    def _sending_of(self, hook: Webhook) -> Sending:
        return Sending(
            hook.url,
            to_loopback=self._options.to_loopback,
            timeout_s=self._options.timeout_s,
        )

    def _signed(
        self, hook: Webhook, delivery: Delivery
    ) -> tuple[dict[str, str], bytes]:
        body = delivery.body.encode()
        time_s = self._clock.now_us() // 1_000_000
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"millstream/{version('millstream')}",
            DELIVERY_HEADER: delivery.id,
            SIGNATURE_HEADER: signature_of(body, secret=hook.secret, time_s=time_s),
        }
        return headers, body

    def _note(self, hook: Webhook, delivery: Delivery, said: str | None) -> float:
        """Note what came of a try; return the seconds until the next."""
        delivery.tries += 1
        delivery.last_us, delivery.said = self._clock.now_us(), said
        wait_s = 0.0
        if said is None:
            delivery.status, delivery.body = "delivered", ""
            hook.n_given_up = 0
        elif delivery.tries >= self._options.tries_max:
            delivery.status, delivery.body = "given_up", ""
            hook.n_given_up += 1
            hook.enabled = hook.n_given_up < self._options.given_up_max
        else:
            wait_s = self._options.wait_s(delivery.tries)
        self._forget(hook)
        return wait_s

    def _path(self, hook: Webhook) -> Path:
        return self._folder / f"{hook.id}{_SUFFIX}"

    def _save(self, hook: Webhook) -> None:
        with self._changed:
            content = msgspec.json.encode(hook)
        write_owned(self._path(hook), content)

    def _keep(self, hook: Webhook) -> None:
        """Save; a full disk must not end those who follow events, or send."""
        with self._writing:
            if hook.id not in self._hooks:
                return
            try:
                self._save(hook)
            except OSError:
                _LOG.exception("%s could not be kept", hook.id)

    def close(self) -> None:
        """Send no more; what waits is sent when it is opened again."""
        with self._changed:
            self._closed = True
            under_way = list(self._sending.values())
            self._changed.notify_all()
        for sending in under_way:
            sending.end()
