"""Many futures of one simulation: copy, let run, read the sums, again."""

from streams._kernels.compiling import entry
from twin.simulate import tables as t
from twin.simulate._kernels import run
from twin.simulate.layout import Layout
from twin.simulate.tables import F8, I8, Simulated, Trace


@entry
def play_futures(
    layout: Layout, base: I8, words: I8, sim: Simulated, trace: Trace, seeds: I8,
    until_us: int, first: int, flow: F8, counts: I8,
) -> int:  # fmt: skip
    """Play futures from `first` on; return how many are done.

    `base` is what lasts of the tables that each future begins with, nothing drawn
    ahead, in words of 8 bytes; `words` are those of `sim`, the tables it is played in;
    `trace` has no rows. Sums over closed orders of future `k` are put into `flow[k]`,
    the appointments that happened into `counts[k]`. A future that lacks room is not
    done.
    """
    before = sim.flow
    for k in range(first, len(seeds)):
        for word in range(len(base)):
            words[word] = base[word]
        sim.clock[t.AHEAD_SEED] = seeds[k]
        n_events = sim.clock[t.N_EVENTS]
        for place in range(len(before)):
            flow[k, place] = -sim.flow[place]
        if run.run(layout, sim, trace, seeds[k], until_us) != run.FINISHED:
            return k
        for place in range(len(before)):
            flow[k, place] += sim.flow[place]
        counts[k] = sim.clock[t.N_EVENTS] - n_events
    return len(seeds)
