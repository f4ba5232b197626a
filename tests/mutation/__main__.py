"""`python -m tests.mutation`: breaks the judging code and reports what nobody noticed."""

import argparse
import queue
import random
import signal
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tests.mutation.hunt import Hunt, UnfitError
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.outcomes import Outcome, Results, equivalents, report
from tests.mutation.targets import ROOT, Target, targets
from tests.mutation.trees import Tree

Work = list[tuple[Target, Mutant]]


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; gives 0 if no mutant survived, 1 if one did, 2 if the unbroken tree is red, 130 if interrupted."""
    options = _parser().parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    known = {target.name: target for target in targets()}
    work = [(known[name], mutant) for name in options.modules or known for mutant in _of(known[name])]
    if options.sample is not None:
        chosen = set(random.Random(options.seed).sample(range(len(work)), min(options.sample, len(work))))
        work = [one for number, one in enumerate(work) if number in chosen]
    work = work[: options.limit]
    results = Results(options.results)
    found: dict[str, Outcome] = {}
    status = 0
    try:
        _hunt(work, Hunt(not options.tests_only), options.jobs, results, found)
    except UnfitError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; --results FILE lets a later run go on from there", file=sys.stderr)
        status = 130
    for line in report(_rows(work, found)):
        print(line)
    return status or int(any(outcome.fate == "survived" for outcome in found.values()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    add = parser.add_argument
    add("--modules", nargs="+", choices=sorted(target.name for target in targets()), metavar="NAME", help="only these")
    add("--jobs", type=int, default=2, metavar="N", help="mutants at once, each in a copy of the tree (default 2)")
    add("--limit", type=int, metavar="N", help="only the first N mutants")
    add("--sample", type=int, metavar="N", help="only N mutants, drawn")
    add("--seed", type=int, default=0, help="of the draw")
    add("--tests-only", action="store_true", help="do not judge the shipped servers when the tests have seen nothing")
    add("--results", type=Path, metavar="FILE", help="keep the outcomes there, and go on from those that are there")
    return parser


def _of(target: Target) -> list[Mutant]:
    return mutants(target.source, target.path, target.wanted)


def _rows(work: Work, found: dict[str, Outcome]) -> list[tuple[str, list[tuple[Mutant, Outcome | None]]]]:
    rows: dict[str, list[tuple[Mutant, Outcome | None]]] = {}
    for target, mutant in work:
        rows.setdefault(target.name, []).append((mutant, found.get(mutant.key)))
    return list(rows.items())


def _hunt(work: Work, hunt: Hunt, jobs: int, results: Results, found: dict[str, Outcome]) -> None:
    """Finds out what becomes of each mutant, so many at once; an interruption leaves what was found."""
    reasons = equivalents()
    waiting: Work = []
    for target, mutant in work:
        before = results.known(mutant)
        if mutant.place in reasons:
            found[mutant.key] = Outcome(mutant.key, str(mutant), "equivalent", reasons[mutant.place])
        elif before is not None and before.fate != "survived":
            found[mutant.key] = before
        else:
            waiting.append((target, mutant))
    if not waiting:
        return
    with tempfile.TemporaryDirectory(prefix="chatproto-mutation-") as place:
        trees = [Tree(ROOT, Path(place) / "0")]
        try:
            for target in dict.fromkeys(target for target, _ in waiting):
                hunt.baseline(trees[0], target)
            trees += [Tree(trees[0].place, Path(place) / str(number)) for number in range(1, jobs)]
            _share(
                waiting, trees, lambda tree, at, one: hunt.outcome(tree, at, one, results.known(one)), results, found
            )
        finally:
            for tree in trees:
                tree.close()


def _share(
    waiting: Work,
    trees: list[Tree],
    judge: Callable[[Tree, Target, Mutant], Outcome],
    results: Results,
    found: dict[str, Outcome],
) -> None:
    """Judges mutants in all trees at once, and keeps each outcome as it comes."""
    free: queue.SimpleQueue[Tree] = queue.SimpleQueue()
    for tree in trees:
        free.put(tree)

    def judge_somewhere(target: Target, mutant: Mutant) -> Outcome:
        tree = free.get()
        try:
            return judge(tree, target, mutant)
        finally:
            free.put(tree)

    with ThreadPoolExecutor(len(trees)) as pool:
        futures = [pool.submit(judge_somewhere, target, mutant) for target, mutant in waiting]
        try:
            for number, future in enumerate(as_completed(futures), 1):
                outcome = future.result()
                results.add(outcome)
                found[outcome.key] = outcome
                shown = f"{number}/{len(futures)} {outcome.fate} ({outcome.by}): {outcome.place}"
                print(shown, file=sys.stderr, flush=True)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for tree in trees:
                tree.end()  # what comes of that is nobody's outcome
            raise


if __name__ == "__main__":
    sys.exit(main())
