"""`millstream demo`: the example network, played by three policies, with a report."""

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.console import Console
from twin.cli.interrupt import stoppable
from twin.cli.options import JsonFile, Quiet, Seed, examples

app = typer.Typer()

PERIODS = 77
"""Days of the demo: long enough for the scenario to happen and to be got over."""


@app.command(
    "demo",
    epilog=examples("millstream demo", "millstream demo --out out/demo --periods 28"),
)
def demo(
    *,
    out: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", help="Folder for log and report."),
    ] = Path("millstream-demo"),
    periods: Annotated[
        int, typer.Option("--periods", min=1, help="Days to play.")
    ] = PERIODS,
    browser: Annotated[
        bool, typer.Option("--open", help="Show the report in the browser.")
    ] = False,
    json_file: JsonFile = None,
    quiet: Quiet = False,
    seed: Seed = 0,
) -> None:
    """Play the example network and report.

    A maker of care products with six suppliers, two plants, three distribution centres
    and eight markets lives through a demand shock, a failed supplier and broken
    machines. The loop re-plans every day; the same days are played with fixed
    order-up-to levels and with all demand known. Ends, after a minute or two, with a
    table of costs and service; events go to DIR/log, the report to DIR/report.html.
    """
    with stoppable():
        _play(
            Console(json_file, quiet=quiet),
            out=out,
            n_periods=periods,
            seed=seed,
            browser=browser,
        )


def _play(
    console: Console, *, out: Path, n_periods: int, seed: int, browser: bool
) -> None:
    from twin.cli.playing import PlaySpec, play_policies
    from twin.cli.showing import show
    from twin.model import example_folder, example_scenario, load

    network = load(example_folder())
    spec = PlaySpec(
        policies=("mpc", "base-stock", "clairvoyant"),
        n_periods=n_periods,
        seed=seed,
        scenario=example_scenario(),
        out=out,
    )
    played = play_policies(network, spec, console)
    show(network, played, console, out=out, browser=browser)
