"""Does with an official SDK what its release has; runs where that is installed and we are not.

    python drive.py TASK MODEL

Prints the word of each step that worked. Exits 1, naming the step, at the first that doesn't.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable
from typing import Any

import pareta

ROWS = [
    {"input": "Delivered to the neighbour this morning", "expected": "delivered"},
    {"input": "It comes a day later than promised", "expected": "delayed"},
]
SAID = [
    {"role": "system", "content": "Tell the status of a parcel"},
    {"role": "user", "content": "Your parcel was delivered and signed for"},
]
ANSWER = "delivered"


class Driven:
    """A client of the installed release, and the steps to take with it."""

    def __init__(self, task: str, model: str) -> None:
        self.pa: Any = pareta.Pareta.from_env()
        self.task = task
        self.model = model

    def steps(self) -> dict[str, Callable[[], object]]:
        """The steps that the release has, by their words."""
        found: dict[str, Callable[[], object]] = {
            "list": lambda: _same(self.task in [t.id for t in self.pa.tasks.list()], True),
            "match": self.match,
            "retrieve": lambda: _same(self.pa.tasks.retrieve(self.task).id, self.task),
            "models": lambda: _same(self.model in [m.id for m in self.models()], True),
            "chat": lambda: self.chat(self.model),
            "stream": lambda: self.stream(self.model),
            "roster": lambda: _same(len(self.pa.evals.frontier_models(self.task)) > 1, True),
            "eval": self.evaluate,
            "errors": self.errors,
            "async": lambda: asyncio.run(self.asynchronous()),
        }
        if hasattr(self.pa.tasks, "leaderboard"):
            found["leaderboard"] = self.leaderboard
        if hasattr(self.pa, "endpoints"):
            found |= {"deploy": self.deploy, "endpoints": self.endpoints}
        return found

    def match(self) -> None:
        """Intent to task."""
        match = self.pa.tasks.match("tell the status of a parcel", top_k=3)
        _same((match.matched, match.chosen.task_id), (True, self.task))

    def leaderboard(self) -> None:
        """The ranking and its shortcut."""
        board = self.pa.tasks.leaderboard(self.task)
        _same(self.pa.tasks.recommended(self.task), board.recommended)
        _same(board.frontier.kind, "frontier")

    def models(self) -> Any:
        """The list of models, however the release wraps it."""
        listed = self.pa.models.list()
        return getattr(listed, "data", listed)

    def chat(self, model: str) -> None:
        """One answer."""
        answer = self.pa.chat.completions.create(model=model, messages=SAID)
        _same(answer.choices[0].message.content, ANSWER)

    def stream(self, model: str) -> None:
        """One answer in chunks."""
        chunks = self.pa.chat.completions.create(model=model, messages=SAID, stream=True)
        _same("".join(chunk.choices[0].delta.content or "" for chunk in chunks), ANSWER)

    def evaluate(self) -> None:
        """Rows, a run against the baseline, and its results."""
        create = self.pa.evals.sets.create
        asks = "prompt" in inspect.signature(create).parameters
        prompt = {"prompt": "Tell the status of the parcel."} if asks else {}
        made = create(task=self.task, items=ROWS, **prompt)
        run = self.pa.evals.runs.create(
            eval_set=made.id,
            models=["auto" if self.model == "auto" else "linear-1"],
            frontier="benchmarked",
            wait=True,
            poll_interval=0.05,
        )
        _same(run.status, "completed")
        _same([result.kind for result in run.results], ["open", "frontier"])
        _same(run.results[0].n_succeeded, len(ROWS))
        self.pa.evals.sets.delete(made.id)

    def deploy(self) -> None:
        """A deploy by its events, and one that is waited for."""
        name = f"matrix-{pareta.__version__.replace('.', '-')}"
        events = list(self.pa.endpoints.deploy(task=self.task, name=name))
        _same(events[-1]["event"], "complete")
        waited = self.pa.endpoints.deploy(task=self.task, name=f"{name}-waited", wait=True)
        self.chat(waited.id)
        for each in (name, f"{name}-waited"):
            self.pa.endpoints.delete(each)

    def endpoints(self) -> None:
        """Stop, start and look."""
        self.pa.endpoints.stop(self.model)
        self.pa.endpoints.start(self.model)
        _same(self.pa.endpoints.retrieve(self.model).status, "live")
        _same(self.pa.endpoints.metrics(self.model).cost()["endpoint"], self.model)

    def errors(self) -> None:
        """What isn't there is the release's own error."""
        try:
            self.pa.tasks.retrieve("nothing-of-the-kind")
        except pareta.NotFoundError as missing:
            _same(missing.status_code, 404)
        else:
            raise AssertionError("no error for a task that isn't there")

    async def asynchronous(self) -> None:
        """The asynchronous client."""
        async with pareta.AsyncPareta.from_env() as pa:
            catalog: Any = await pa.tasks.list()
            _same(self.task in [task.id for task in catalog], True)


def _same(found: object, expected: object) -> None:
    if found != expected:
        raise AssertionError(f"{found!r} is not {expected!r}")


def main(task: str, model: str) -> int:
    """Take the steps; the exit code."""
    for word, step in Driven(task, model).steps().items():
        try:
            step()
        except Exception as failed:
            print(f"{word}: {type(failed).__name__}: {failed}")
            return 1
        print(word)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
