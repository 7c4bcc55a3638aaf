"""Where plans and futures begin: the network and the state of a tenant."""

from collections.abc import Callable
from dataclasses import dataclass

from twin.model.edits import edited
from twin.model.network import Network
from twin.service.jobs import Handle
from twin.service.past import Found, find_state
from twin.service.tenant import Tenant
from twin.simulate.replicate import Progress
from twin.whatif import Branch, Carried, as_it_is, network_of_state
from twin.whatif.future import DAY_S

__all__ = ["DAY_S", "Start", "counted", "start_of", "started"]


@dataclass(frozen=True, slots=True)
class Start:
    """A network as it stands at a place in the events.

    Attributes
    ----------
    network : Network
        With stock, open orders and changes of then.
    carried : Carried or None
        What is under way; None: no event was folded, the tables stand as given.
    left_out : tuple of str
        What could not be carried, in sentences.
    """

    network: Network
    carried: Carried | None
    left_out: tuple[str, ...] = ()

    def begins(self, branch: Branch) -> Branch:
        """Let a branch begin with what is under way."""
        return branch if self.carried is None else as_it_is(branch, self.carried)


def start_of(tenant: Tenant, at: str | None) -> Start:
    """Carry the state of a tenant into the tables of its network.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    at : str or None
        Offset or time; None: now.

    Returns
    -------
    Start

    Raises
    ------
    OptionError
        If there is no such place.
    """
    return started(tenant, find_state(tenant, at))


def started(tenant: Tenant, found: Found) -> Start:
    """Carry a state that was found into the tables of the network of a tenant.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    found : Found
        The state.
    """
    if found.latest_us is None:
        return Start(tenant.network, None)
    changed = edited(tenant.network, found.edits)
    carried = network_of_state(changed.network, found.state)
    return Start(carried.network, carried, (*changed.left_out, *carried.left_out))


def counted(handle: Handle) -> Callable[[Progress], None]:
    """Return what replications call: it tells how many are done, and may stop them."""

    def step(progress: Progress) -> None:
        handle.step(done=progress.n_done, expected=progress.n_expected)

    return step
