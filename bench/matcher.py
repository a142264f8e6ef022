"""How well and how fast intents are matched: `python -m bench.matcher --intents FILE`.

Each intent of a file, as those of `bench/intents` are, is matched in the built-in catalog, and in
one of a hundred tasks, most of them made up here. Without a file it reads the intents that
the matcher was learned from, which says little of others; what `python -m scripts.matcher` prints
of manners that it left out says more.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from time import process_time

from bench.intents.intents import AMBIGUOUS, Intent, intents, learned_from
from bench.made_up_tasks import made_up
from pareta_plan.platform.catalog.catalog import Catalog
from pareta_plan.platform.catalog.matching import Matching
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.wire import TaskMatch

TASKS = 100
TOP = 5
BINS = 10
ROW = "{:24}{:>8}{:>9}{:>8}{:>8}{:>8}{:>9}"


@dataclass(frozen=True)
class Answer:
    """What was made of an intent."""

    intent: Intent
    match: TaskMatch

    @property
    def best(self) -> str | None:
        """The first candidate."""
        return self.match.candidates[0].task_id if self.match.candidates else None

    @property
    def found(self) -> bool:
        """Whether it was matched, and rightly."""
        return self.match.matched and self.best == self.intent.right

    @property
    def wrong(self) -> bool:
        """Whether it was matched, and not rightly."""
        return self.match.matched and self.best != self.intent.right

    @property
    def listed(self) -> bool:
        """Whether the right task is among the candidates."""
        return self.intent.right in [candidate.task_id for candidate in self.match.candidates]


def main() -> None:
    """Match, and print shares by manner, every mistake, the calibration, and rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--intents", type=Path, metavar="FILE")
    path = parser.parse_args().intents
    specs = [task.spec for task in Catalog().tasks()]
    ids = [spec.id for spec in specs]
    said = intents(path, ids) if path else learned_from(ids)
    for catalog in (specs, [*specs, *made_up(TASKS - len(specs))]):
        answers = _answers(catalog, said)
        print(f"\n{len(catalog)} tasks, {len(said)} intents")
        _report(answers)
        if len(catalog) == len(specs):
            _mistakes(answers)
    _rates(specs, said)


def _answers(specs: list[TaskSpec], said: Iterable[Intent]) -> list[Answer]:
    matching = Matching(specs)
    answers = [Answer(intent, matching.match(intent.text, TOP)) for intent in said]
    if why := next((a.match.reasoning for a in answers if a.match.reasoning), None):
        raise SystemExit(f"the semantic matcher wasn't there: {why}")
    return answers


def _report(answers: list[Answer]) -> None:
    print(ROW.format("manner", "of ours", "matched", "first", "in 5", "others", "false"))
    for manner in dict.fromkeys(answer.intent.manner for answer in answers):
        _line(manner, [answer for answer in answers if answer.intent.manner == manner])
    _line("all", answers)
    right = sum(answer.found for answer in answers)
    matched = sum(answer.match.matched for answer in answers)
    print(f"of {matched} matched, {right} are right: {right / max(matched, 1):.1%}")
    by_meaning = [a for a in answers if a.match.matcher == "semantic" and a.match.candidates]
    print(f"calibration error of probabilities: {_calibration_error(by_meaning):.3f}")


def _line(name: str, answers: list[Answer]) -> None:
    ours = [a for a in answers if not a.intent.none and a.intent.right != AMBIGUOUS]
    others = [a for a in answers if a.intent.none or a.intent.right == AMBIGUOUS]
    shares = [
        _share(ours, lambda a: a.found),
        _share(ours, lambda a: a.best == a.intent.right),
        _share(ours, lambda a: a.listed),
    ]
    print(ROW.format(name, len(ours), *shares, len(others), _share(others, lambda a: a.wrong)))


def _share(answers: list[Answer], counted: Callable[[Answer], bool]) -> str:
    return f"{sum(map(counted, answers)) / len(answers):.1%}" if answers else "-"


def _mistakes(answers: list[Answer]) -> None:
    for answer in answers:
        if answer.wrong:
            print(f"  false: {answer.intent.text!r} is {answer.intent.right}, not {answer.best}")
    for answer in answers:
        if not answer.intent.none and answer.intent.right != AMBIGUOUS and not answer.found:
            first = answer.match.candidates[:1]
            told = f"{first[0].task_id} {first[0].score:.2f}" if first else "nothing"
            print(f"  missed: {answer.intent.text!r} is {answer.intent.right}; best: {told}")


def _calibration_error(answers: list[Answer]) -> float:
    """The expected error of the first candidate's probability, in ten bins (Naeini et al. 2015)."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for answer in answers:
        first = answer.match.candidates[0]
        place = min(int(first.score * BINS), BINS - 1)
        bins.setdefault(place, []).append((first.score, first.task_id == answer.intent.right))
    gaps = [
        abs(sum(p for p, _ in held) - sum(right for _, right in held)) for held in bins.values()
    ]
    return sum(gaps) / max(len(answers), 1)


def _rates(specs: list[TaskSpec], said: list[Intent]) -> None:
    matching = Matching(specs)
    matching.match("get it ready")  # loads the model
    texts = [intent.text for intent in said]
    print()
    for name, work in {
        "by keywords": matching.keywords.match,
        "by keywords, then by meaning": matching.match,
    }.items():
        started = process_time()
        for text in texts:
            work(text)
        print(f"{name:30}{len(texts) / (process_time() - started):10,.0f} a second of CPU")


if __name__ == "__main__":
    main()
