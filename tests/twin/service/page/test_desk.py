"""Moves and locks that the service confirms, refuses or does not hear of."""

import pytest

# One process starts the service and fetches axe-core.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("page")]

# Plays steps on a desk; the answers of the service come when a step brings them.
PLAY = """async ([found, steps]) => {
    const { board } = await import("/page/views/feasible.js");
    const { desk } = await import("/page/views/desk.js");
    const on = board(found);
    const asked = [];
    let [state, faults, kept] = [null, [], undefined];
    const check = (body) => new Promise((answer, fail) =>
        asked.push({ answer, fail, body }));
    const work = desk(on, found, { check, changed: (now, list = []) => {
        if (now) [state, faults] = [now, list]; } });
    const acts = {
        move: (at, start) => work.move(work.judge(at, at, start)),
        lock: work.lock, undo: work.undo, redo: work.redo, check: work.check,
        kept: () => { kept = "waits"; work.kept().then((found) => { kept = found; }); },
        holds: (number) => asked[number].answer({ feasible: true, faults: [] }),
        refuse: (number) => asked[number].answer({ feasible: false, faults: ["no"] }),
        fail: (number, status) => asked[number].fail(
            Object.assign(new Error("gone"), { status })),
    };
    const seen = [];
    for (const [act, ...given] of steps) {
        acts[act](...given);
        await new Promise((done) => setTimeout(done));
        seen.push({ state, faults, kept, can: work.can(), asked: asked.length,
            starts: on.operations.map((one) => one.start),
            locked: on.operations.filter((one) => one.locked).map((one) => one.at),
            sent: asked.at(-1)?.body.operations.map((one) => one.start) });
    }
    return seen;
}"""


@pytest.fixture(scope="module")
def shop():
    """Three operations of 10 ticks, each on a machine of its own, all at 0."""
    names = ("A", "B", "C")
    machine = {"setup": -1, "family": -1, "batch": 0}
    job = {"release": 0, "due": -1, "weight": 1}
    operation = {"operation": "cut", "family": -1, "size": 1, "begun": False}
    rules = {
        "machines": [{"name": f"M{name}", **machine} for name in names],
        "closed": [], "setups": [], "arcs": [],
        "jobs": [{"name": name, **job} for name in names],
        "operations": [
            {"job": name, "modes": [[f"M{name}", 10]], **operation} for name in names
        ],
    }  # fmt: skip
    placed = [
        {"job": name, "operation": "cut", "machine": f"M{name}", "start": 0, "end": 10}
        for name in names
    ]
    return {"rules": rules, "operations": placed, "state": None, "at_us": 0}


@pytest.fixture
def play(sign_in, shop):
    page = sign_in("streams")
    return lambda *steps: page.evaluate(PLAY, [shop, [list(step) for step in steps]])


def test_refusal_takes_back_the_move_and_not_a_lock_made_meanwhile(play):
    *_, moved, last, undone = play(
        ("move", 0, 50), ("lock", 1), ("refuse", 0), ("undo",)
    )
    assert moved["starts"] == [50, 0, 0]
    assert (last["state"], last["faults"]) == ("refused", ["no"])
    assert last["starts"] == [0, 0, 0]
    assert last["locked"] == [1]
    assert undone["locked"] == []
    assert not undone["can"]["undo"]


def test_lock_where_a_refused_move_put_it_goes_with_the_move(play):
    *_, last = play(("move", 0, 50), ("lock", 0), ("refuse", 0))
    assert last["starts"] == [0, 0, 0]
    assert last["locked"] == []
    assert last["can"] == {"undo": False, "redo": False, "check": False}


def test_unlock_of_a_confirmed_board_outlives_a_refused_move(play):
    *_, last = play(("lock", 0), ("lock", 0), ("move", 0, 50), ("refuse", 0))
    assert last["starts"] == [0, 0, 0]
    assert last["locked"] == []


@pytest.mark.parametrize("first", [("refuse", 0), ("fail", 0, 503)])
def test_refusal_of_a_second_move_takes_back_both_if_none_was_confirmed(play, first):
    *_, waits, last = play(("move", 0, 50), ("move", 1, 60), first, ("refuse", 1))
    assert (waits["state"], waits["starts"]) == ("asking", [50, 60, 0])
    assert (last["state"], last["starts"]) == ("refused", [0, 0, 0])
    assert not last["can"]["undo"]


def test_first_move_stays_if_it_was_confirmed_before_the_second_was_refused(play):
    *_, last = play(("move", 0, 50), ("move", 1, 60), ("holds", 0), ("refuse", 1))
    assert (last["state"], last["starts"]) == ("refused", [50, 0, 0])
    *_, back = play(
        ("move", 0, 50), ("move", 1, 60), ("holds", 0), ("refuse", 1), ("undo",)
    )
    assert (back["state"], back["starts"]) == ("unchanged", [0, 0, 0])


def test_answer_that_comes_after_its_move_was_taken_back_says_nothing(play):
    *_, last = play(
        ("move", 0, 50), ("move", 1, 60), ("refuse", 1), ("holds", 0),
        ("move", 2, 70), ("refuse", 2),
    )  # fmt: skip
    assert last["starts"] == [0, 0, 0]


def test_refused_undo_is_done_again(play):
    *_, undone, last = play(
        ("move", 0, 50), ("holds", 0), ("move", 1, 60), ("holds", 1),
        ("undo",), ("refuse", 2),
    )  # fmt: skip
    assert undone["starts"] == [50, 0, 0]
    assert (last["state"], last["starts"]) == ("refused", [50, 60, 0])
    assert last["can"] == {"undo": True, "redo": False, "check": False}


def test_refused_move_leaves_what_could_be_done_again(play):
    *_, last = play(
        ("move", 0, 50), ("holds", 0), ("undo",), ("move", 1, 60), ("refuse", 1),
        ("redo",), ("holds", 2),
    )  # fmt: skip
    assert (last["state"], last["starts"]) == ("holds", [50, 0, 0])


def test_unheard_move_stays_is_told_and_is_asked_again(play):
    unheard, asked, last = play(
        ("move", 0, 50), ("fail", 0, 503), ("check",), ("holds", 1)
    )[1:]
    assert (unheard["state"], unheard["faults"]) == ("unconfirmed", ["gone"])
    assert unheard["starts"] == [50, 0, 0]
    assert unheard["can"]["check"]
    assert (asked["state"], asked["sent"]) == ("asking", [50, 0, 0])
    assert last["state"] == "holds"
    assert not last["can"]["check"]


def test_refusal_after_an_unheard_move_takes_back_both(play):
    *_, last = play(("move", 0, 50), ("fail", 0, 0), ("move", 1, 60), ("refuse", 1))
    assert (last["state"], last["starts"]) == ("refused", [0, 0, 0])


def test_what_the_service_cannot_make_sense_of_is_refused(play):
    *_, last = play(("move", 0, 50), ("fail", 0, 422))
    assert (last["state"], last["faults"]) == ("refused", ["gone"])
    assert last["starts"] == [0, 0, 0]


@pytest.mark.parametrize("answer", [("fail", 1, 503), ("refuse", 1)])
def test_unconfirmed_board_is_not_kept(play, answer):
    *_, waits, last = play(
        ("lock", 1), ("move", 0, 50), ("fail", 0, 503), ("kept",), answer
    )
    assert (waits["kept"], waits["asked"]) == ("waits", 2)
    assert last["kept"] is None


def test_board_is_kept_once_it_is_confirmed(play):
    *_, last = play(
        ("lock", 1), ("move", 0, 50), ("fail", 0, 503), ("lock", 0), ("kept",),
        ("holds", 1),
    )  # fmt: skip
    assert [one["start"] for one in last["kept"]["locks"]] == [50, 0]
    *_, still = play(("lock", 1), ("kept",))
    assert still["asked"] == 0
    assert [one["job"] for one in still["kept"]["locks"]] == ["B"]
