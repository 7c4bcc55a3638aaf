"""Sequence-dependent setups in the compiled engine."""

from streams._kernels.compiling import inlined
from twin.model.records import ANY_FAMILY
from twin.simulate.layout import Layout


@inlined
def setup_us(layout: Layout, group: int, before: int, after: int) -> int:
    """Time of a change of setup; the first row that fits is the most specific."""
    row = layout.groups[group]
    for k in range(row.first_setup, row.last_setup):
        setup = layout.setups[k]
        fits = setup.before == ANY_FAMILY or setup.before == before  # noqa: PLR1714
        if fits and (setup.after == ANY_FAMILY or setup.after == after):  # noqa: PLR1714
            return setup.time_us
    return 0
