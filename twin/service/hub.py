"""Changes told to whoever listens; nobody who is slow holds up the others."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from twin.service.problems import ProblemError

RETRY_S = 5


@dataclass(frozen=True, slots=True)
class Told:
    """A message to listeners.

    Attributes
    ----------
    number : int
        Counts messages of a hub from 1: the id of a server-sent event.
    topic : str
        What it is about, such as ``state`` or ``job``.
    data : Any
        What JSON can hold.
    """

    number: int
    topic: str
    data: Any


class Listener:
    """One who listens; an asynchronous iterator of messages.

    What comes while he is slow waits, up to a number; then the oldest goes.
    """

    def __init__(self, topics: frozenset[str], told_max: int) -> None:
        self.topics = topics
        self.n_lost = 0
        self._waiting: deque[Told] = deque(maxlen=told_max)
        self._there = asyncio.Event()

    def give(self, message: Told) -> None:
        """Queue a message; called in the event loop."""
        if self.topics and message.topic not in self.topics:
            return
        self.n_lost += len(self._waiting) == self._waiting.maxlen
        self._waiting.append(message)
        self._there.set()

    def __aiter__(self) -> AsyncIterator[Told]:
        return self

    async def __anext__(self) -> Told:
        """Wait for the next message."""
        while not self._waiting:
            self._there.clear()
            await self._there.wait()
        return self._waiting.popleft()


class Hub:
    """Gives every message to all who listen to its topic.

    Parameters
    ----------
    clients_max, told_max : int
        Listeners, and messages that wait for each, >= 1.
    """

    def __init__(self, *, clients_max: int, told_max: int) -> None:
        self._clients_max = clients_max
        self._told_max = told_max
        self._listeners: set[Listener] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._number = 0

    def __len__(self) -> int:
        return len(self._listeners)

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say in which event loop the listeners wait."""
        self._loop = loop

    def listen(self, *topics: str) -> Listener:
        """Begin to listen; called in the event loop.

        Parameters
        ----------
        *topics : str
            What about; none: everything.

        Raises
        ------
        ProblemError
            429 if as many listen as may.
        """
        if len(self._listeners) >= self._clients_max:
            msg = f"listeners: {len(self._listeners)}; allowed: {self._clients_max}"
            raise ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS, "too-many-listeners", msg,
                retry_after_s=RETRY_S,
            )  # fmt: skip
        listener = Listener(frozenset(topics), self._told_max)
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """Stop listening; a second call does nothing."""
        self._listeners.discard(listener)

    def tell(self, topic: str, data: Any) -> None:  # noqa: ANN401 - JSON
        """Give a message to all who listen; may be called from any thread."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        loop.call_soon_threadsafe(self._give, topic, data)

    def _give(self, topic: str, data: Any) -> None:  # noqa: ANN401 - JSON
        self._number += 1
        message = Told(self._number, topic, data)
        for listener in self._listeners:
            listener.give(message)
