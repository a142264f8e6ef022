"""Every Python snippet of the product's own documents, run as it stands against a live platform.

A snippet is a file of `snippets/`: the text below its marker, with the package's name in the
import. It runs in the namespace that the snippets before it in its document have made. Two
things differ from the document, and nothing else: the placeholder `es_…` becomes the id of an
eval set, and the snippet that runs evals is also run on a task whose baseline needs no weights.
"""

from __future__ import annotations

import ast
import asyncio
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pareta_plan import AsyncPareta, EvalRun, Pareta
from pareta_plan.platform.server import LocalServer
from tests.client.driving import KEY
from tests.conftest import WEIGHTS

SNIPPETS = sorted((Path(__file__).parent / "snippets").glob("*.py"))
MARKER = "# The snippet:\n"
PLACEHOLDER = "es_…"
QUICK_TASK = "parcel-status"
OWN_TASK = "support-ticket-urgency"
ROWS = {
    QUICK_TASK: [
        {"input": "Delivered to the neighbour this morning", "expected": "delivered"},
        {"input": "It comes a day later than promised", "expected": "delayed"},
    ],
    OWN_TASK: [
        {"input": "All our shops are down, nobody can pay!", "expected": "critical"},
        {"input": "A small idea for the next release", "expected": "low"},
    ],
}
(RUNS,) = (path for path in SNIPPETS if path.stem.endswith("_run"))
CATALOG_SNIPPETS = [path for path in SNIPPETS if path != RUNS]
NEEDS_WEIGHTS = pytest.mark.skipif(not WEIGHTS, reason="its baseline needs weights")


def document_of(snippet: Path) -> str:
    return snippet.stem.rstrip("abcdefghijklmnopqrstuvwxyz_").rstrip("0123456789")


class Reader:
    """Runs a document's snippets in their order, each once, as someone who reads along would."""

    def __init__(self, document: str) -> None:
        self._left = [path for path in SNIPPETS if path.stem.startswith(document)]
        self._clients: list[Pareta] = []
        self.names: dict[str, Any] = {}

    def upto(self, snippet: Path) -> None:
        """Run what precedes the snippet and has not been run."""
        while snippet in self._left[1:]:
            self.run(self._left[0], QUICK_TASK if self._left[0] == RUNS else None)

    def run(self, snippet: Path, task: str | None = None) -> None:
        """Run a snippet, on another task than the one it has come to where one is given."""
        if snippet in self._left:
            self._left.remove(snippet)
        own = dict(self.names)
        self.names |= {"task_id": task} if task else {}
        source = snippet.read_text("utf-8").partition(MARKER)[2]
        if PLACEHOLDER in source:
            source = source.replace(PLACEHOLDER, self._eval_set())
        self.execute(source)
        if self.names.get("pa") is not own.get("pa"):
            self._clients.append(self.names["pa"])
        self.names |= {"task_id": own["task_id"]} if task else {}

    def execute(self, source: str) -> None:
        """Run a snippet's source in the names there are."""
        exec(source, self.names)  # the document's own text: that is what is tested

    def close(self) -> None:
        """Close every client that a snippet has opened."""
        for client in self._clients:
            client.close()

    def _eval_set(self) -> str:
        task = self.names["task_id"]
        with Pareta.from_env() as pa:
            return pa.evals.sets.create(task=task, items=ROWS[task]).id


class AsyncReader(Reader):
    """The same document on `AsyncPareta`: every call of a method is awaited."""

    def __init__(self, document: str) -> None:
        super().__init__(document)
        self._runner = asyncio.Runner()

    def execute(self, source: str) -> None:
        if "asyncio.run" in source:
            return super().execute(source)
        awaited = ast.fix_missing_locations(Awaited().visit(ast.parse(source)))
        code = compile(awaited, "snippet", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        self._runner.run(_whole(eval(code, self.names)))
        return None

    def close(self) -> None:
        for client in self._clients:
            self._runner.run(client.aclose())  # type: ignore[attr-defined]
        self._runner.close()


class Awaited(ast.NodeTransformer):
    """Puts `await` before each call of a resource's method, and names the other client."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        called = ast.unparse(node.func)
        return ast.Await(node) if called.startswith(("pa.tasks.", "pa.ev", "pa.end")) else node

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name("AsyncPareta", node.ctx) if node.id == "Pareta" else node

    def visit_alias(self, node: ast.alias) -> ast.alias:
        return ast.alias("AsyncPareta") if node.name == "Pareta" else node


async def _whole(code: Any) -> None:
    if code is not None:
        await code


@pytest.fixture(scope="module", params=[Reader, AsyncReader])
def readers(request: pytest.FixtureRequest) -> Iterator[dict[str, Reader]]:
    made = {document: request.param(document) for document in map(document_of, SNIPPETS)}
    yield made
    for reader in made.values():
        reader.close()


@pytest.fixture(autouse=True)
def _environment(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the documents tell to set; and waiting for a run looks more often than every 3 s."""
    sleep, asleep = time.sleep, asyncio.sleep
    monkeypatch.setenv("PARETA_API_KEY", KEY)
    monkeypatch.setenv("PARETA_BASE_URL", server.url)
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.02)))
    monkeypatch.setattr(asyncio, "sleep", lambda seconds: asleep(min(seconds, 0.02)))


SAYS = {
    "_02_match": "matched invoice-extraction via keyword (confidence=high)\n",
    "_04_retrieve": "support-ticket-urgency accuracy blob_input= False\n",
    "_05_list": "  invoice-extraction           document   scorer=",
    "_05_leaderboard": "metric=accuracy cost_unit=per_request\nrecommended: linear-1\n  linear-1 ",
    "_06_leaderboard": "frontier baseline: smollm2-135m-instruct quality=0.",
    "_06_recommended": "live\n",
    "_07_recommended": "live\n",
    "_07_roster": "smollm2-135m-instruct        HuggingFaceTB benchmarked\n",
    "discovery_guide_10_full_pass": "task=contract-key-fields recommend=",
    "tasks_reference_08_full_pass": "task=contract-key-fields scorer=",
    "_09_async": "tasks in the catalog\n",
}


@pytest.mark.parametrize("snippet", CATALOG_SNIPPETS, ids=lambda path: path.stem)
def test_a_snippet_runs_as_it_stands(
    readers: dict[str, Reader], snippet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reader = readers[document_of(snippet)]
    reader.upto(snippet)
    capsys.readouterr()
    reader.run(snippet)
    said = capsys.readouterr().out
    for name, expected in SAYS.items():
        if snippet.stem.endswith(name):
            assert expected in said


@pytest.mark.parametrize(
    ("task", "baseline"),
    [
        (QUICK_TASK, "acme-large"),
        pytest.param(OWN_TASK, "smollm2-135m-instruct", marks=NEEDS_WEIGHTS),
    ],
)
def test_the_guides_runs(readers: dict[str, Reader], task: str, baseline: str) -> None:
    reader = readers["discovery_guide_"]
    reader.upto(RUNS)
    reader.run(RUNS, task)
    run: EvalRun = reader.names["run"]
    assert run.status == "completed"
    assert [result.model_id for result in run.results] == ["linear-1", baseline]
    assert [result.n_succeeded for result in run.results] == [2, 2]


def test_the_guides_scoped_roster_leaves_out_what_cannot_read_documents(
    server: LocalServer,
) -> None:
    with closing(Pareta.from_env()) as pa:
        everything = pa.evals.frontier_models()
        for_task = pa.evals.frontier_models(task="invoice-extraction")
    assert not any(model.benchmarked for model in everything)
    assert all(model.vision for model in for_task)
    assert len(for_task) < len(everything)


def test_the_asynchronous_client_is_what_ran(readers: dict[str, Reader]) -> None:
    reader = readers["tasks_reference_"]
    reader.upto(SNIPPETS[-1])
    expected = AsyncPareta if isinstance(reader, AsyncReader) else Pareta
    assert isinstance(reader.names["pa"], expected)
