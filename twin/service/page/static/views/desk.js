// What a planner does to a schedule: moves and locks, taken back and done again, each change confirmed by the service.
//
// The board as it was last confirmed is held. What is refused goes back to it, all that was moved since; where the service could
// not be asked the board stays, is not confirmed, and is no base of a new schedule before it is.

import { told as sentence } from "../problems.js";
import { apply, judge, measure, placed, stays } from "./feasible.js";

const INVALID = 422;

/**
 * Make a desk for a board; `check` asks the service about a board, `changed` hears of every change, with the state of the check
 * and what it said.
 */
export function desk(on, found, { check, changed }) {
  let [done, undone] = [[], []];
  let [asked, answered] = [0, 0];
  let stand = "sure";
  let sure = held();

  function held() {
    return { done: [...done], undone: [...undone], places: on.operations.map(({ machine, start, end, locked }) => ({ machine, start, end, locked })) };
  }

  function settle(board, number) {
    [sure, answered] = [board, number];
    if (number === asked) stand = "sure";
  }

  // Locks of what stays where it is confirmed to be have nothing to do with the refusal: they are kept.
  function refused() {
    const kept = [];
    on.operations.forEach((one, at) => {
      const was = sure.places[at];
      const stayed = one.machine === was.machine && one.start === was.start;
      if (stayed && one.locked !== was.locked) kept.push({ lock: at });
      Object.assign(one, was, { locked: stayed ? one.locked : was.locked });
    });
    done = [...sure.done, ...kept];
    undone = kept.length ? [] : [...sure.undone];
    settle(held(), asked);
  }

  // Resolves to whether the board as it is now was confirmed.
  async function confirm() {
    asked += 1;
    const [number, board] = [asked, held()];
    if (!measure(on).moved) {
      settle(board, number);
      changed("unchanged");
      return true;
    }
    stand = "asking";
    changed("asking");
    const said = await told({ at: found.state, from_us: found.at_us, operations: placed(on) });
    if (number !== asked) {
      if (said.feasible && number > answered) settle(board, number);
      return false;
    }
    return heard(said);
  }

  function heard({ feasible, faults, unheard }) {
    if (feasible) settle(held(), asked);
    else if (unheard) stand = "unheard";
    else refused();
    changed(feasible ? "holds" : unheard ? "unconfirmed" : "refused", faults);
    return feasible;
  }

  // What the service cannot make sense of is refused too; any other problem says nothing of the board.
  async function told(body) {
    try {
      return await check(body);
    } catch (error) {
      return { feasible: false, faults: [sentence(error)], unheard: error.status !== INVALID };
    }
  }

  function turn(step) {
    if (step.lock === undefined) return apply(on, step);
    on.operations[step.lock].locked = !on.operations[step.lock].locked;
    return step;
  }

  return {
    /** Judge a move without doing it. */
    judge: (at, machine, start) => judge(on, at, machine, start),

    /** Do a move that was judged; one with faults is only told of. */
    move(judged) {
      if (judged.faults.length) return changed("refused", judged.faults);
      const one = on.operations[judged.at];
      if (one.machine === judged.machine && one.start === judged.start) return null;
      done.push(apply(on, judged));
      undone = [];
      return confirm();
    },

    /** Lock an operation where it is, or let it go; that changes nothing the service is asked about. */
    lock(at) {
      done.push(turn({ lock: at }));
      undone = [];
      if (stand === "sure") sure = held();
      changed(null);
    },

    undo() {
      if (!done.length) return null;
      undone.push(turn(done.pop()));
      return confirm();
    },

    redo() {
      if (!undone.length) return null;
      done.push(turn(undone.pop()));
      return confirm();
    },

    /** Ask the service again. */
    check: confirm,

    can: () => ({ undo: done.length > 0, redo: undone.length > 0, check: stand === "unheard" }),

    /** What a new schedule is to keep; null: the service does not confirm the board, and why was told. */
    async kept() {
      if (stand !== "sure" && !(await confirm())) return null;
      return { from_us: found.at_us, freeze: on.freeze, locks: placed(on, on.operations.filter((one) => one.locked)),
        operations: placed(on, on.operations.filter((one) => stays(on, one))) };
    },
  };
}
