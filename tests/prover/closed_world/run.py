"""Many random questions to the prover, each decided a second time; and the table of what came of it.

python -m tests.prover.closed_world.run 100000 --seed 7
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.prover.closed_world.attainable import why_not
from tests.prover.closed_world.entries import question
from tests.prover.closed_world.prover import Said, ask, theorems
from tests.prover.closed_world.question import Question
from tests.prover.closed_world.requests import Answer, answer, reaches_own
from tests.prover.closed_world.tally import Contradiction, Tally, faults, table


class _TooSlow(BaseException):
    """Not an Exception, so that nothing on the way takes it for a crash of a rule."""


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raises _TooSlow after so many seconds of processor time."""

    def stop(number: int, frame: object) -> None:
        raise _TooSlow

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def judge(made: Question, rng: random.Random, folder: Path, tally: Tally) -> tuple[Said, Answer] | None:
    tally.questions += 1
    start = time.perf_counter()
    try:
        with _limited(tally.limit):
            said = ask(made, folder)
    except _TooSlow:
        tally.slow.append(made)
        return None
    except Exception:  # noqa: BLE001  # a crash is counted as one and the rest is still asked
        tally.crashes.append(traceback.format_exc())
        return None
    middle = time.perf_counter()
    found = answer(made, rng)
    tally.seconds_prover += middle - start
    tally.seconds_trying += time.perf_counter() - middle
    tally.verdicts[made.group, said.verdict] += 1
    assert made.form is not None
    tally.services[made.form.namespace, said.verdict] += 1
    leak = found.leak
    # A try with a name that the service lets nobody have, such as a secret's with a colon, contradicts nothing.
    can_be = leak is not None and why_not(leak.action.name, leak.resource, leak.context) is None
    if leak is not None and can_be and said.verdict in ("ISOLATED", "SILENT"):
        tally.unsound.append(Contradiction(made, said, leak))
    shown_request = said.proof.counterexample if said.proof is not None else None
    if said.verdict == "LEAK" and shown_request is not None:
        refusal = why_not(shown_request.action, shown_request.resource, shown_request.context)
        if refusal is not None:
            tally.impossible.append((made, said, refusal))
    if said.verdict == "REACHES_NOTHING" and reaches_own(made, rng):
        tally.reaching.append((made, said))
    clean = found.leak is None and found.open is None and not found.undecided
    if found.leak is not None or clean:
        tally.decided[made.group] += 1
        if said.verdict == "NOT_PROVEN":
            tally.not_proven[made.group] += 1
            unknown = said.proof.unknown if said.proof else None
            tally.causes[
                "leak" if found.leak else "none", f"{unknown.cause}: {unknown.detail}"[:110] if unknown else ""
            ] += 1
    if clean and said.verdict == "LEAK":
        tally.beyond.append((made, said))
    return said, found


def run(number: int, seed: int, kind: str | None = None, service: str | None = None, limit: float = 3.0) -> Tally:
    tally = Tally(limit=limit)
    theorems()  # the rules are loaded once, which is no question's time
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for index in range(number):
            rng = random.Random(f"{seed}-{index}")
            judge(question(rng, kind, service), rng, folder, tally)
    return tally


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("number", type=int, nargs="?", default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind")
    parser.add_argument("--service")
    parser.add_argument("--show", type=int, default=1, help="examples of each kind")
    options = parser.parse_args()
    tally = run(options.number, options.seed, options.kind, options.service)
    print("\n".join(table(tally, options.seed)))
    print("\n".join(faults(tally, options.show)))
    return 1 if tally.unsound or tally.impossible or tally.crashes else 0


if __name__ == "__main__":
    sys.exit(main())
