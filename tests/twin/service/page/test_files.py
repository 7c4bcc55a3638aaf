import ast
import json
import re
from typing import get_args

import pytest

from streams.codec import REASONS
from streams.ingest.rejecting import FUTURE_REASON, LATE_REASON
from twin.model.changes.kinds import EDIT_KINDS
from twin.model.records import PLACE_KINDS
from twin.model.tables import BY_NAME, SETTINGS
from twin.planning.shop_schedule.telling import FAULT_KINDS
from twin.said import KINDS
from twin.service.jobs import OVER, Status
from twin.service.page.files import POLICY, STATIC
from twin.service.proposals import Kind, Standing
from twin.state.tables import MACHINE_STATES
from twin.whatif.measures import MEASURES

SERVICE = STATIC.parents[1]
WORDS = {
    path.stem: json.loads(path.read_text()) for path in STATIC.glob("words/*.json")
}
SCRIPTS = {path.name: path.read_text() for path in STATIC.rglob("*.js")}
# Words that are put together from what the interface answers.
GATHERED = re.compile(r"t\(`([a-z_.]+)\.\$\{")
NAMED = re.compile(r"""\b(?:t|pieces)\("([a-z_.]+)\"""")


def test_page_and_its_files_carry_the_policy(client):
    for path in (
        "/",
        "/v1/docs",
        "/page/main.js",
        "/page/style.css",
        "/page/words/zh.json",
    ):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-security-policy"] == POLICY
    assert client.get("/").headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["/page/../files.py", "/page/%2e%2e/files.py", "/page//etc/passwd", "/page/none"],
)
def test_nothing_else_is_served(client, path):
    assert client.get(path).status_code == 404


def test_languages_have_the_same_words():
    assert set(WORDS) == {"en", "zh"}
    assert set(WORDS["en"]) == set(WORDS["zh"])
    for key, text in WORDS["en"].items():
        names = sorted(re.findall(r"\{\w+\}", text))
        assert names == sorted(re.findall(r"\{\w+\}", WORDS["zh"][key])), key


def test_every_word_that_is_used_is_there_and_none_is_left_over():
    used = {key for script in SCRIPTS.values() for key in NAMED.findall(script)}
    missing = used - set(WORDS["en"])
    assert not missing
    gathered = {key for script in SCRIPTS.values() for key in GATHERED.findall(script)}
    spare = {
        key for key in set(WORDS["en"]) - used if key.rpartition(".")[0] not in gathered
    }
    assert not spare


def test_scripts_make_no_html_of_text():
    for name, script in SCRIPTS.items():
        for risk in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "eval(",
            "document.write",
        ):
            assert risk not in script, name


def test_states_and_causes_of_the_interface_have_words():
    keys = [f"state.{name}" for name in MACHINE_STATES]
    keys += [f"kind.{name}" for name in PLACE_KINDS]
    keys += [f"job.{name}" for name in (*OVER, "queued", "running")]
    assert not [key for key in keys if key not in WORDS["en"]]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_sentence_has_words_for_what_stands_in_it(language):
    for kind, parts in KINDS.items():
        text = WORDS[language][f"said.{kind}"]
        missing = set(re.findall(r"\{(\w+)\}", text)) - set(parts)
        assert not missing, (kind, missing)
    assert {key[5:] for key in WORDS[language] if key.startswith("said.")} == set(KINDS)


def kinds_of_problems():
    """Kinds of problems as the service makes them: what stands in the calls."""
    found = set()
    for path in SERVICE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or len(node.args) < 3:
                continue
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called in {"ProblemError", "_refused"}:
                kind = node.args[1]
                found.add(kind.value if isinstance(kind, ast.Constant) else "")
    return found - {""}


def test_every_kind_of_problem_has_words():
    kinds = kinds_of_problems()
    assert {"too-large", "not-found", "fits-no-more", "invalid-request"} <= kinds
    # What the page says itself where nothing answers.
    kinds.add("no-answer")
    words = {key[8:] for key in WORDS["en"] if key.startswith("problem.")}
    assert not kinds - words


def test_every_fault_of_a_schedule_has_words():
    assert len(FAULT_KINDS) > 20
    assert {kind: KINDS.get(kind) for kind in FAULT_KINDS} == FAULT_KINDS
    assert {kind for kind in KINDS if kind.startswith("fault_")} == set(FAULT_KINDS)


def test_what_stands_in_a_sentence_by_a_word_has_words():
    keys = [f"job.{name}" for name in get_args(Status)]
    keys += [f"decision.{name}" for name in get_args(Standing)]
    keys += [f"action_kind.{name}" for name in get_args(Kind)]
    keys += [f"json_type.{name}" for name in ("float", "int", "str", "object", "null")]
    assert not [key for key in keys if key not in WORDS["en"]]


def test_tables_columns_and_measures_have_words():
    keys = [f"table.{name}" for name in (SETTINGS.name, *BY_NAME)]
    keys += [f"column.{one.column}" for kind in EDIT_KINDS for one in kind.settings]
    keys += [f"kpi.{one.key}" for one in MEASURES]
    reasons = (*REASONS, FUTURE_REASON, LATE_REASON)
    keys += [f"letter_reason.{one.replace(' ', '_').lower()}" for one in reasons]
    assert not [key for key in keys if key not in WORDS["en"]]
    units = {one.unit for one in MEASURES if one.unit}
    names = [one.replace(" ", "_").replace("/", "_per_") for one in units]
    words = [f"unit.{one.replace('%', 'percent').lower()}" for one in names]
    assert {key for key in WORDS["en"] if key.startswith("unit.")} == set(words)
