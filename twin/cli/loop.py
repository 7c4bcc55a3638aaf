"""`millstream loop`: a policy played over periods and seeds."""

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.console import Console
from twin.cli.interrupt import stoppable
from twin.cli.live_options import (
    Answer,
    CheckpointEvery,
    Decisions,
    IdlePartition,
    Lateness,
    Live,
    PlanSeconds,
    Provisional,
    Start,
    Store,
    UntilIdle,
    refuse_unheeded,
)
from twin.cli.options import JsonFile, KafkaConfig, Overlay, Quiet, Scenario, examples

app = typer.Typer()


@app.command(
    "loop",
    epilog=examples(
        "millstream loop examples/network --policy mpc --periods 28",
        "millstream loop examples/network --policy base-stock --seeds 0..4",
        "millstream loop examples/network --periods 7 --out out/week "
        "--orders out/orders",
        "millstream loop plant --log out/log --policy mpc,base-stock",
        "millstream loop plant --live --log kafka://localhost:9092/plant --store live "
        "--orders kafka://localhost:9092/orders",
    ),
)
def loop(  # noqa: PLR0913  # the options of a command
    context: typer.Context,
    network: Annotated[
        Path, typer.Argument(metavar="NETWORK", help="Folder of the network.")
    ],
    *,
    policy: Annotated[
        str,
        typer.Option(
            "--policy",
            help="mpc, judged, base-stock or clairvoyant; several by commas, with "
            "--live one: judged needs --seconds, and only mpc answers triggers between "
            "reviews.",
        ),
    ] = "mpc",
    log: Annotated[
        str | None,
        typer.Option(
            "--log",
            metavar="LOG",
            help="Backtest: meet the demand of this log. With --live what is followed, "
            "also kafka://host:port/topic[,topic].",
        ),
    ] = None,
    periods: Annotated[
        int | None,
        typer.Option("--periods", min=1, help="Reviews to play; 60, or all of --log."),
    ] = None,
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
    futures: Annotated[
        int,
        typer.Option(
            "--futures", min=2, help="That judged plays each candidate on, at most."
        ),
    ] = 8,
    judge_every: Annotated[
        int,
        typer.Option(
            "--judge-every", min=1, help="Reviews from one judgement to the next."
        ),
    ] = 14,
    criterion: Annotated[
        str,
        typer.Option(
            "--criterion",
            help="Of judged: mean, p50, p90 or cvar (.9) of the cost of futures.",
        ),
    ] = "mean",
    scenario: Scenario = None,
    overlay: Overlay = None,
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
    follow: Annotated[
        bool,
        typer.Option(
            "--follow",
            help="Show reviews as they come: a board on a terminal, else lines.",
        ),
    ] = False,
    live: Live = False,
    store: Store = None,
    decisions: Decisions = None,
    provisional: Provisional = False,
    seconds: PlanSeconds = None,
    start: Start = None,
    lateness_s: Lateness = "86400",
    answer_s: Answer = 4 * 3600.0,
    idle_s: IdlePartition = None,
    checkpoint_s: CheckpointEvery = 5.0,
    until_idle: UntilIdle = None,
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

    With --log the policies meet what customers asked for in a log, from the stock of
    the network at its as_of; lead times and failures are drawn by the seed. No policy
    sees more of the log than was asked for before its review.

    What is decided leaves as orders, each a message with an id that is the same when it
    is sent again, and is matched to what happened: on time, late, short, never started,
    open or unplanned. With --out, DIR/orders.csv has a row for each order, and
    DIR/exceptions.csv those that the plant refused. --orders sends those of the first
    policy and seed.

    With --live the loop follows --log, a topic or a log that grows, decides at its
    event times with the first policy, and goes on where it was stopped. Plans,
    forecasts and orders leave as events; where the network says `approval = "required"`
    orders wait until their plan is approved. It ends at Ctrl-C, or with --until-idle.
    Options that only one of both heeds are refused in the other.
    """
    with stoppable():
        from twin.calibrate.overlay import apply_overlay, load_overlay
        from twin.cli.past import length_of, past_of
        from twin.cli.playing import (
            PlaySpec,
            judging_of,
            play_policies,
            policy_names,
            seed_range,
        )
        from twin.cli.showing import compare, show
        from twin.model import load

        refuse_unheeded(context, live=live)
        console = Console(json_file, quiet=quiet)
        model = load(network)
        if overlay is not None:
            model = apply_overlay(load_overlay(overlay), model)
        if live:
            from twin.cli.loop_live import follow as follow_stream
            from twin.cli.loop_live import live_request

            given = {
                "policy": policy, "quantile": quantile, "service": service,
                "forecasts": forecasts,
                "judging": judging_of(futures, judge_every, criterion),
            }  # fmt: skip
            request = live_request(
                log, store, lateness_s, given,
                decisions=decisions, orders=orders, provisional=provisional,
                seconds=seconds, start=start, idle_s=idle_s, answer_s=answer_s,
                checkpoint_s=checkpoint_s, until_idle=until_idle,
                kafka_config=kafka_config,
            )  # fmt: skip
            follow_stream(model, request, console)
            return
        chosen = seed_range(seeds)
        past = None if log is None else past_of(model, log, kafka_config, console)
        spec = PlaySpec(
            policies=policy_names(policy),
            n_periods=length_of(periods, past),
            quantile=quantile,
            service=service,
            scenario=scenario,
            forecasts=forecasts,
            judging=judging_of(futures, judge_every, criterion),
            orders=orders,
            kafka_config=kafka_config,
            follow=follow,
            demand=None if past is None else past.demand,
        )
        runs = [
            play_policies(model, spec.of_seed(seed, out, is_first=k == 0), console)
            for k, seed in enumerate(chosen)
        ]
        if len(runs) == 1:
            show(model, runs[0], console, out=out)
        else:
            compare(model, runs, console, out=out)
