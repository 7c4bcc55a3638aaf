"""Branches of a what-if: the network as it is, and the network with changes."""

from dataclasses import dataclass

from twin.model.changes import ChangeFile, Release, apply_changes
from twin.model.network import Network
from twin.said import Said
from twin.simulate.disruptions import Disruption, of_scenario
from twin.simulate.opening.conditions import Conditions

BASE = "base"
"""Name of the branch in which nothing is changed."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One future that is compared.

    Attributes
    ----------
    name, description : str
        What the reader sees.
    network : Network
        What is simulated.
    disruptions : tuple of Disruption
        What goes wrong; no policy is told before.
    releases : tuple of Release
        Production orders beside those that the policy decides.
    said : tuple of Said
        What is different from the base, in words.
    begins : Conditions or None
        What is under way at the start, see `twin.whatif.live.as_it_is`; None: nothing
        but open orders.
    """

    name: str
    network: Network
    description: str = ""
    disruptions: tuple[Disruption, ...] = ()
    releases: tuple[Release, ...] = ()
    said: tuple[Said, ...] = ()
    begins: Conditions | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """What is different from the base, in English."""
        return tuple(map(str, self.said))


def base_branch(network: Network, disruptions: tuple[Disruption, ...] = ()) -> Branch:
    """Return the branch in which nothing is changed.

    Parameters
    ----------
    network : Network
        As given.
    disruptions : tuple of Disruption
        What goes wrong in any case.
    """
    return Branch(BASE, network, "Nothing is changed.", disruptions)


def branch_of(changes: ChangeFile, base: Branch) -> Branch:
    """Return the branch of a change file.

    Parameters
    ----------
    changes : ChangeFile
        What is different.
    base : Branch
        What it is different from; its disruptions strike here too.

    Returns
    -------
    Branch

    Raises
    ------
    ChangeError
        With every problem of the file.
    """
    changed = apply_changes(changes, base.network)
    return Branch(
        name=changed.name,
        network=changed.network,
        description=changed.description,
        disruptions=(*base.disruptions, *of_scenario(changed.scenario)),
        releases=changed.releases,
        said=changed.said,
    )
