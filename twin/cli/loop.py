"""`millstream loop`: a policy played over periods and seeds."""

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.console import Console
from twin.cli.interrupt import stoppable
from twin.cli.options import JsonFile, KafkaConfig, Quiet, examples

app = typer.Typer()


@app.command(
    "loop",
    epilog=examples(
        "millstream loop examples/demo --policy mpc --periods 28",
        "millstream loop examples/demo --policy base-stock --seeds 0..4",
        "millstream loop examples/demo --periods 7 --out out/week --orders out/orders",
    ),
)
def loop(  # noqa: PLR0913  # the options of a command
    network: Annotated[
        Path, typer.Argument(metavar="NETWORK", help="Folder of the network.")
    ],
    *,
    policy: Annotated[
        str,
        typer.Option(
            "--policy", help="mpc, base-stock or clairvoyant; several by commas."
        ),
    ] = "mpc",
    periods: Annotated[
        int, typer.Option("--periods", min=1, help="Reviews to play.")
    ] = 60,
    seeds: Annotated[
        str,
        typer.Option("--seeds", "--seed", metavar="A..B", help="Seeds, or one seed."),
    ] = "0",
    quantile: Annotated[
        float,
        typer.Option("--quantile", help="Of running demand that mpc plans cover."),
    ] = 0.6,
    service: Annotated[
        float, typer.Option("--service", help="That base-stock levels aim at.")
    ] = 0.9,
    forecasts: Annotated[
        str,
        typer.Option(
            "--forecasts",
            help="Of mpc: fixed gains, or refitted where demand drifts.",
        ),
    ] = "fixed",
    scenario: Annotated[
        Path | None,
        typer.Option("--scenario", metavar="FILE", help="TOML of what goes wrong."),
    ] = None,
    overlay: Annotated[
        Path | None,
        typer.Option(
            "--overlay", metavar="FILE", help="What millstream calibrate --out wrote."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder for log and report."),
    ] = None,
    orders: Annotated[
        str | None,
        typer.Option(
            "--orders",
            metavar="TARGET",
            help="Send each released order as a message to this topic, "
            "kafka://host:port/topic, or log.",
        ),
    ] = None,
    kafka_config: KafkaConfig = None,
    json_file: JsonFile = None,
    quiet: Quiet = False,
) -> None:
    """Play a policy over periods and seeds.

    Each period the policy sees the live state, decides, and its decisions are carried
    out on a simulated plant. Prints the KPIs of one seed, or their means over seeds
    with a 95 % interval, and the paired differences of the other policies to the first.
    --json has the KPIs of every seed. With --out, the first policy and seed leave their
    events in DIR/log and a report in DIR/report.html.

    What is decided leaves as orders, each a message with an id that is the same when it
    is sent again, and is matched to what happened: on time, late, short, never started,
    open or unplanned. With --out, DIR/orders.csv has a row for each order, and
    DIR/exceptions.csv those that the plant refused. --orders sends those of the first
    policy and seed.
    """
    with stoppable():
        from twin.calibrate.overlay import apply_overlay, load_overlay
        from twin.cli.playing import PlaySpec, play_policies, policy_names, seed_range
        from twin.cli.showing import compare, show
        from twin.model import load

        console = Console(json_file, quiet=quiet)
        model = load(network)
        if overlay is not None:
            model = apply_overlay(load_overlay(overlay), model)
        chosen = seed_range(seeds)
        spec = PlaySpec(
            policies=policy_names(policy),
            n_periods=periods,
            quantile=quantile,
            service=service,
            scenario=scenario,
            forecasts=forecasts,
            orders=orders,
            kafka_config=kafka_config,
        )
        runs = [
            play_policies(model, spec.of_seed(seed, out, is_first=k == 0), console)
            for k, seed in enumerate(chosen)
        ]
        if len(runs) == 1:
            show(model, runs[0], console, out=out)
        else:
            compare(model, runs, console, out=out)
