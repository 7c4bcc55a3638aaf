"""The desk of a loop: sends what is decided as orders, and follows each of them."""

from collections.abc import Sequence

from streams.batch import EventBatch
from streams.events import OrderAcknowledged, OrderDispatched
from twin.loop.adherence import Adherence, AdherenceOptions, adherence_of
from twin.loop.answers import answers_of
from twin.loop.facts import Facts
from twin.loop.outbox import Outbox
from twin.planning import PlanningStructure, orders_of
from twin.simulate.decisions import Decisions


class OrderDesk:
    """Sends orders, hears what becomes of them, and says how they were kept.

    Parameters
    ----------
    structure : PlanningStructure
        Of the network that is decided for.
    run : str
        What the ids of orders derive from, beside review and order: two runs of
        different names never give one id.
    outbox : Outbox or None
        Where orders leave; None: they are followed and not sent.
    options : AdherenceOptions, optional
        How strictly orders are judged.
    """

    def __init__(
        self,
        structure: PlanningStructure,
        *,
        run: str,
        outbox: Outbox | None = None,
        options: AdherenceOptions | None = None,
    ) -> None:
        self._structure = structure
        self._run = run
        self._outbox = outbox
        self._options = options
        self._facts = Facts()

    def release(
        self, decisions: Decisions, *, plan: str | None, now_us: int
    ) -> tuple[OrderDispatched, ...]:
        """Send decisions as orders.

        Parameters
        ----------
        decisions : Decisions
            What to order and make now.
        plan : str or None
            Id of the plan they are of.
        now_us : int
            Time of the review, microseconds UTC.

        Returns
        -------
        tuple of OrderDispatched
            In the order in which they are carried out.

        Raises
        ------
        StreamError
            If a message cannot be delivered.
        """
        orders = orders_of(
            self._structure,
            decisions,
            occasion=f"{self._run}/{now_us}",
            plan=plan,
            now_us=now_us,
        )
        if self._outbox is not None:
            self._outbox.send(orders, now_us=now_us)
        self._facts.release(orders, now_us=now_us)
        return orders

    def follow(
        self, orders: Sequence[OrderDispatched], events: EventBatch, *, now_us: int
    ) -> tuple[OrderAcknowledged, ...]:
        """Take in what happened since a release.

        Parameters
        ----------
        orders : sequence of OrderDispatched
            What was released.
        events : EventBatch
            Of the plant, in canonical order.
        now_us : int
            Time of the release, microseconds UTC.

        Returns
        -------
        tuple of OrderAcknowledged
            What the plant answers, one for each order.
        """
        answers = answers_of(orders, events, now_us=now_us)
        self._facts.answer(answers, now_us=now_us)
        self._facts.book(events)
        return answers

    def adherence(self, end_us: int) -> Adherence:
        """Match every order to what happened until now, microseconds UTC."""
        network = self._structure.network
        return adherence_of(self._facts, network, end_us=end_us, options=self._options)
