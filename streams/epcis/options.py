"""What a reader or a writer of EPCIS is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from streams.errors import EpcisOptionsError
from streams.events import ID_LENGTH_MAX

Corrections = Literal["compensate", "record"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EpcisOptions:
    """How EPCIS is read and written.

    Parameters
    ----------
    source : str
        Source of the events, and who records what no other event can say; 1 to 256
        characters. Together with the id of an event it names it for ever.
    lots : bool
        Whether the lots of a trade item are items of their own.
    sublocations : bool
        Whether the extension of a GLN (a dock, a bin) is a place of its own.
    aliases : Mapping of str to str
        Your own name by GTIN, GLN or any other id (``04012345123456 -> FLOUR``): given
        to items, places and machines that are read, and replaced when they are written.
    corrections : {"compensate", "record"}
        What an error declaration does: undo the events of the one declared erroneous
        and record the declaration, or only record it (for a feed that leaves
        erroneous events out from the start).

    Raises
    ------
    EpcisOptionsError
        If an option is none of these, or two ids have one alias.

    Examples
    --------
    >>> EpcisOptions(aliases={"04012345123456": "FLOUR"}).names_back["FLOUR"]
    '04012345123456'
    """

    source: str = "epcis"
    lots: bool = False
    sublocations: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)
    corrections: Corrections = "compensate"

    def __post_init__(self) -> None:
        if not 1 <= len(self.source) <= ID_LENGTH_MAX:
            msg = f"source = {self.source!r}: must have 1 to {ID_LENGTH_MAX} characters"
            raise EpcisOptionsError(msg)
        if self.corrections not in {"compensate", "record"}:
            msg = (
                f"corrections = {self.corrections!r}: must be 'compensate' or 'record'"
            )
            raise EpcisOptionsError(msg)
        if len(set(self.aliases.values())) != len(self.aliases):
            names = list(self.aliases.values())
            twice = sorted({name for name in names if names.count(name) > 1})
            msg = f"aliases: must name one id each, but {twice} name several"
            raise EpcisOptionsError(msg)

    @property
    def names_back(self) -> dict[str, str]:
        """Ids by alias."""
        return {name: one for one, name in self.aliases.items()}
