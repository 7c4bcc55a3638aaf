"""Branches kept by name, compared and made real, as it is typed."""

import json
from pathlib import Path

import pytest

from streams.codec import encode
from streams.events import MasterDataChanged
from streams.log import LogWriter
from twin.cli.app import run
from twin.model import write

FASTER = "[[lead_time]]\nfactor = 0.5\n"
ORDERS = """
[[customer_order]]
order = "rush"
customer = "C"
item = "tea"
site = "R"
quantity = 3
due_s = 86_400
"""


@pytest.fixture
def chain(two_echelon, tmp_path, command, monkeypatch):
    """Return a chain that ran for three days, in the folder of the command."""
    network = two_echelon(settings={"horizon_periods": 4})
    write(network, tmp_path / "chain")
    command("loop", tmp_path / "chain", "--policy", "base-stock", "--periods", "3",
            "--out", tmp_path / "out")  # fmt: skip
    (tmp_path / "faster.toml").write_text(FASTER)
    monkeypatch.chdir(tmp_path)
    return network


def save(command, name, *more, change="faster.toml"):
    return command("branch", "save", name, "chain", "--change", change, *more)


def test_branch_is_saved_listed_shown_and_compared(chain, command, tmp_path):
    saved = save(command, "fast", "--log", "out/log", "--horizon", "3")
    assert saved["at"].startswith("log")
    assert saved["changes"][0].startswith("lanes: lead_time_s")
    save(command, "base-like", "--log", "out/log", "--horizon", "3")
    rows = command("branch", "list")["branches"]
    assert [row["name"] for row in rows] == ["base-like", "fast"]
    shown = command("branch", "show", "fast")
    assert shown["changes"] == [{"file": "faster.toml", "text": FASTER}]
    assert shown["state_hash"] == saved["state_hash"]
    compared = command("branch", "compare", "fast", "base-like", "--replications", "2",
                       "--report", tmp_path / "page.html")  # fmt: skip
    names = [one["name"] for one in compared["branches"]]
    assert names == ["base", "fast", "base-like"]
    typed = command("whatif", "chain", "--change", "faster.toml", "--log", "out/log",
                    "--replications", "2", "--horizon", "3")  # fmt: skip
    assert [one["kpis"] for one in typed["runs"][2:]] == [
        one["kpis"] for one in compared["runs"][2:4]
    ]
    assert (tmp_path / "page.html").is_file()


def test_branches_of_other_bases_are_not_compared(chain, command, capsys):
    save(command, "long", "--log", "out/log")
    save(command, "short", "--log", "out/log", "--horizon", "3")
    assert run(["branch", "compare", "long", "short"]) == 2
    assert "differ in horizon days (28.0 and 3.0)" in capsys.readouterr().err


def test_promoted_branch_changes_the_network_of_the_log(chain, command, capsys):
    save(command, "fast", "--log", "out/log", "--horizon", "2")
    words = ("branch", "promote", "fast", "--who", "ada", "--why", "it pays")
    shown = command(*words)
    assert not shown["promoted"]
    assert set(shown["events"]) == {"MasterDataChanged", "AuditRecorded"}
    assert command(*words) == shown  # nothing was written
    assert command(*words, "--confirm")["promoted"]
    # The log has all of it: a second time nothing is told.
    again = command(*words, "--confirm")
    assert (again["promoted"], again["events"], again["cells"]) == (False, [], [])
    assert len(again["done"]) == len(shown["cells"])
    # Its base is still there, and another branch begins with what was promoted.
    later = save(command, "later", "--log", "out/log", "--horizon", "2")
    told = [one.split(": lead_time_s ")[1] for one in shown["cells"]]
    assert later["network_hash"] != save(command, "alone")["network_hash"]
    assert told


def test_branch_is_refused_where_the_log_went_another_way(chain, command, capsys):
    save(command, "fast", "--log", "out/log", "--horizon", "2")
    lane = chain.lanes.ids[0]
    event = MasterDataChanged(
        record="by hand", table="lanes", values={"lane": lane, "lead_time_s": 1.0}
    )
    end_us = chain.settings.as_of_us + 3 * chain.settings.review_us
    value = encode(event, event_id="x", source="erp", time_us=end_us, sequence=0)
    with LogWriter(Path("out/log")) as log:
        log.append([value], timestamps_us=end_us)
    words = ["branch", "promote", "fast", "--who", "ada", "--why", "it pays"]
    assert run([*words, "--confirm"]) == 2
    said = capsys.readouterr().err
    assert "the log went another way" in said
    assert f"lanes lane {lane!r}: lead_time_s" in said
    assert "is 1.0 by now" in said


def test_orders_of_a_branch_are_promoted_once(chain, command, tmp_path):
    customer = chain.places.ids[int(chain.demands.customer_index[0])]
    item = chain.items.ids[int(chain.demands.item_index[0])]
    site = chain.places.ids[int(chain.demands.site_index[0])]
    text = ORDERS.replace('"C"', f'"{customer}"').replace('"tea"', f'"{item}"')
    (tmp_path / "rush.toml").write_text(text.replace('"R"', f'"{site}"'))
    save(command, "rush", "--log", "out/log", change="rush.toml")
    words = ("branch", "promote", "rush", "--who", "ada", "--why", "asked for",
             "--confirm")  # fmt: skip
    assert command(*words)["events"] == ["OrderReceived", "AuditRecorded"]
    assert command(*words)["events"] == []
    orders = command("state", "out/log", "--network", "chain", "--table", "orders")
    assert "rush" in json.dumps(orders["tables"])


def test_log_that_was_changed_is_told(chain, command, capsys, tmp_path):
    save(command, "fast", "--log", "out/log", "--horizon", "2")
    path = tmp_path / "branches" / "fast.json"
    kept = json.loads(path.read_text())
    path.write_text(json.dumps(kept | {"state_hash": "0" * 32}))
    assert run(["branch", "compare", "fast"]) == 2
    assert "log or network changed" in capsys.readouterr().err
