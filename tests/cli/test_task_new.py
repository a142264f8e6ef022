"""A task of a team's own from a table of labelled rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.errors import RowsError
from pareta_plan.platform.drafts.answers import Example
from pareta_plan.platform.drafts.draft import draft
from pareta_plan.platform.sources.near import NEAR, near_groups, near_pairs, pieces
from tests.conftest import needs_sentences

if TYPE_CHECKING:
    from tests.conftest import Cli, Outcome

THINGS = ("lamp", "chair", "grinder", "kettle", "jacket", "cooker", "shelf", "carpet", "mirror")
SAID = {
    "billing": ("I was charged twice for the {}", "The invoice of my {} is wrong"),
    "shipping": ("Where is the {} that I ordered", "My {} came to another address"),
    "returns": ("How do I send the {} back", "The {} broke and I want another"),
}


def table(rows: list[dict[str, Any]]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, [*rows[0]])
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def tickets() -> list[dict[str, Any]]:
    return [
        {"message": said.format(thing), "topic": topic, "agent": "x"}
        for thing in THINGS
        for topic, sayings in SAID.items()
        for said in sayings
    ]


def new(cli: Cli, *more: str, name: str = "ticket-topics") -> Outcome:
    return cli("catalog", "new", name, *(more or from_file("rows.csv")))


WORDS = (
    *THINGS,
    *[
        "morning",
        "evening",
        "please",
        "when",
        "never",
        "three",
        "office",
        "garden",
        "number",
        "urgent",
    ],
)


def words(n: int) -> list[str]:
    """Words that no other number has so many of in common."""
    return [WORDS[(n * k * k + k) % len(WORDS)] for k in range(1, 12)]


def from_file(file: str) -> tuple[str, ...]:
    return ("--from", file, "--input", "message", "--expected", "topic")


def split(cli: Cli, name: str, which: str) -> list[dict[str, Any]]:
    lines = cli.read(f"catalog/{name}/{which}.jsonl").splitlines()
    return [json.loads(line) for line in lines]


def test_a_csv_becomes_a_gated_deployment(cli: Cli) -> None:
    cli.write({"rows.csv": table([*tickets(), {"message": "", "topic": "billing", "agent": ""}])})
    made = new(cli)
    assert made.code == 0, made.err
    said = " ".join(made.out.split())
    assert "catalog/ticket-topics: classification labels: billing, returns, shipping" in said
    assert "models that can compete: linear-1, bayes-1, embed-1, neighbours-1" in said
    assert "left out: 1 row without an input or an answer, line 56" in said
    assert "held out; none nearly the same on both" in said
    assert "19 of 24 right would be a quality of 0.79, anywhere from 0.60 to 0.91 at 95%" in said
    assert "or more is shown to be better." in said
    assert cli.read("pareta-project.yaml") == "version: 1\ncatalog: [catalog]\n"
    *_, last = made.err.splitlines()
    bench, init = last.removeprefix("next: ").replace("`", "").split(", then ")
    for command in (f"{bench}", init, "pareta-plan apply --auto-approve"):
        ended = cli(*command.split()[1:])
        assert ended.code == 0, ended.err
    assert "PASS min_quality" in ended.out
    assert cli("plan", "--detailed-exitcode").code == 0


def test_the_same_rows_are_split_in_the_same_way(cli: Cli) -> None:
    rows = tickets()
    cli.write({"rows.csv": table(rows), "other.csv": table(rows[::-1])})
    assert new(cli).code == 0
    assert (
        new(
            cli, *["--from", "other.csv", "--input", "message", "--expected", "topic"], name="b"
        ).code
        == 0
    )
    inputs = [
        {row["input"] for row in split(cli, name, "heldout")} for name in ("ticket-topics", "b")
    ]
    assert inputs[0] == inputs[1]


def test_fields_and_their_types_are_found_out(cli: Cli) -> None:
    lines = [
        {
            "mail": " ".join(
                [
                    *words(n),
                    f"A {thing} of 2026-0{n % 9 + 1}-{n % 19 + 10}, {n}5.50 EUR, {n} parts.",
                ]
            ),
            "what": {
                "item": thing,
                "day": f"2026-0{n % 9 + 1}-{n % 19 + 10}",
                "paid": f"{n}5.50 EUR",
                "how_many": n,
                "parts": [{"code": thing}],
            },
        }
        for n, thing in enumerate(THINGS * 4, start=1)
        for _ in range(2)
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    cli.write({"orders.jsonl": text, "pareta-project.yaml": "# ours\nversion: 1\n"})
    told = "--from orders.jsonl --input mail --expected what"
    made = new(cli, *told.split(), name="orders")
    assert made.code == 0, made.err
    shown = json.loads(cli("catalog", "show", "orders", "--json").out)
    properties = shown["output_schema"]["properties"]
    assert [*properties] == ["item", "day", "paid", "how_many", "parts"]
    task = cli.read("catalog/orders/task.yaml")
    types = [line.split()[1] for line in task.splitlines() if line.strip().startswith("type:")]
    assert types == ["text", "date", "money", "number", "list", "text"]
    assert cli.read("pareta-project.yaml") == "# ours\nversion: 1\ncatalog: [catalog]\n"
    assert "smollm-1" in made.out  # a ranker would have nothing to choose from
    assert cli("catalog", "check").code == 0


def jsonl(rows: list[dict[str, Any]]) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


TAGS: tuple[list[str], ...] = (
    ["leak", "urgent"],
    ["leak"],
    ["noise"],
    [],
    ["noise", "urgent"],
    ["urgent"],
)
ANSWERS: dict[str, tuple[str, Any]] = {
    "lists of labels": ("labelling", lambda n: TAGS[n % 6]),
    "labels between signs": ("labelling", lambda n: "; ".join(TAGS[n % 6] or ["other"])),
    "objects within objects": (
        "extraction",
        lambda n: {"to": {"name": THINGS[n % 9], "room": n}, "lines": [{"what": THINGS[n % 9]}]},
    ),
    "JSON in a cell": ("extraction", lambda n: json.dumps({"room": n, "who": THINGS[n % 9]})),
    "yes and no": ("structure", lambda n: {"call": THINGS[n % 9], "with": {"now": n % 2 == 0}}),
    "sentences": ("prose", lambda n: f"The {THINGS[n % 9]} in room {n} is to be looked after."),
}


@pytest.mark.parametrize("sort", ANSWERS)
def test_the_kind_follows_from_the_answers(cli: Cli, sort: str) -> None:
    kind, answer = ANSWERS[sort]
    texts = ["".join(Random(n).choices("abcdefgh ", k=60)) for n in range(60)]
    rows = [{"message": text, "topic": answer(n)} for n, text in enumerate(texts)]
    cli.write({"rows.jsonl": jsonl(rows)})
    made = new(cli, *from_file("rows.jsonl"), name="desk")
    assert made.code == 0, made.err
    assert made.out.startswith(f"catalog/desk: {kind}\n")
    assert cli("catalog", "check").code == 0
    expected = [
        row["expected"] for row in split(cli, "desk", "dev") + split(cli, "desk", "heldout")
    ]
    if kind == "labelling":
        assert sorted({label for row in expected for label in row}) == [
            "leak", "noise", *(["other"] if "signs" in sort else []), "urgent",
        ]  # fmt: skip
        assert "models that can compete: embed-1, neighbours-1" in made.out
    shown = json.loads(cli("catalog", "show", "desk", "--json").out)["output_schema"]
    if sort == "yes and no":
        assert shown["properties"]["with"]["properties"] == {"now": {"type": "boolean"}}
        assert shown["required"] == ["call", "with"]
    if sort == "objects within objects":
        assert shown["properties"]["to"]["properties"]["room"]["type"][1] == "number"


def test_commas_within_a_label_part_no_labels(cli: Cli) -> None:
    rows = [{**row, "topic": f"{row['topic']}, home"} for row in tickets()]
    cli.write({"rows.csv": table(rows)})
    assert new(cli).out.startswith("catalog/ticket-topics: classification\n")


def test_the_kind_can_be_named(cli: Cli) -> None:
    cli.write({"rows.csv": table(tickets())})
    made = new(cli, *from_file("rows.csv"), "--kind", "labelling")
    assert made.code == 0, made.err
    assert split(cli, "ticket-topics", "dev")[0]["expected"] == ["billing"]
    ended = new(cli, *from_file("rows.csv"), "--kind", "ranking", name="other")
    assert ended.code == 1
    assert "line 2 has no candidates" in ended.err
    assert "--candidates names the column" in ended.err


SHELVES: dict[str, Callable[[], Any]] = {
    "texts": lambda: [f"All about a {thing}" for thing in THINGS],
    "objects": lambda: [{"id": thing, "text": f"All about a {thing}"} for thing in THINGS],
    "by ids": lambda: {thing: f"All about a {thing}" for thing in THINGS},
    "in a cell": lambda: "|".join(f"All about a {thing}" for thing in THINGS),
}


@needs_sentences
@pytest.mark.parametrize("shelf", SHELVES)
def test_candidates_are_a_ranking_that_models_can_do(cli: Cli, shelf: str) -> None:
    rows = [
        {"message": said.format(thing), "topic": f"All about a {thing}", "shelf": SHELVES[shelf]()}
        for thing in THINGS
        for sayings in SAID.values()
        for said in sayings
    ]
    cli.write({"rows.jsonl": jsonl(rows)})
    made = new(cli, *from_file("rows.jsonl"), "--candidates", "shelf", name="shelves")
    assert made.code == 0, made.err
    assert made.out.startswith("catalog/shelves: ranking\n")
    [row, *_] = [row for row in split(cli, "shelves", "dev") if "lamp" in row["input"][:60]]
    assert row["input"].startswith("query: ")
    assert row["expected"] == ["c1" if shelf in ("texts", "in a cell") else "lamp"]
    if shelf == "texts":
        ended = cli("catalog", "bench", "shelves")
        assert ended.code == 0, ended.err
        board = json.loads(cli("catalog", "leaderboard", "shelves", "--json").out)["models"]
        assert {model["name"] for model in board} == {"lexical-1", "retriever-1"}
        assert all(model["quality"] > 0.9 for model in board)
    bad = [{**row, "topic": "nothing"} for row in rows]
    cli.write({"rows.jsonl": jsonl(bad)})
    ended = new(cli, *from_file("rows.jsonl"), "--candidates", "shelf", name="bad")
    assert ended.code == 1
    assert "line 1: 'nothing' is none of its candidates" in ended.err


def test_several_columns_are_fields(cli: Cli) -> None:
    rows = [
        {"text": " ".join([*words(n), f"Dear {t}, room {n}"]), "who": t, "room": n}
        for n, t in enumerate(THINGS * 3)
    ]
    cli.write({"rows.csv": table(rows)})
    told = "--from rows.csv --input text --expected who --expected room"
    assert new(cli, *told.split(), name="letters").code == 0
    assert split(cli, "letters", "dev")[0]["expected"].keys() == {"who", "room"}
    assert cli("catalog", "bench", "letters").code == 0
    assert "smollm-1" in cli("catalog", "leaderboard", "letters").out


@pytest.mark.parametrize(
    ("rows", "arguments", "said"),
    [
        (tickets(), ("--input", "mesage"), "no column 'mesage'; did you mean 'message'?"),
        (tickets(), ("--expected", "topics"), "no column 'topics'; did you mean 'topic'?"),
        (tickets(), ("--from", "row.csv"), "did you mean 'rows.csv'?"),
        (tickets(), ("--from", "rows.txt"), "rows are read from .csv, .jsonl, .parquet"),
        (tickets()[:9], (), "labels that fewer than 3 rows have"),
        (tickets()[::6], (), "all 9 values of 'topic' are 'billing': there is no choice"),
        ([{**row, "topic": ""} for row in tickets()], (), "no row has both 'message' and 'topic'"),
        ([{**row, "topic": f"{n}"} for n, row in enumerate(tickets())], (), "are no labels, and"),
        (
            [
                {**row, "message": f"A thing of {row['topic']} {n}"}
                for n, row in enumerate(tickets())
            ],
            (),
            "the rows of the label 'billing' are all nearly the same",
        ),
    ],
)
def test_rows_that_make_no_task(
    cli: Cli, rows: list[dict[str, Any]], arguments: tuple[str, ...], said: str
) -> None:
    cli.write({"rows.csv": table(rows), "rows.txt": ""})
    told = {"--from": "rows.csv", "--input": "message", "--expected": "topic"}
    if arguments:
        told[arguments[0]] = arguments[1]
    ended = new(cli, *(word for pair in told.items() for word in pair))
    assert ended.code == 1
    assert said in ended.err, ended.err
    assert not (cli.root / "catalog").exists()
    assert not (cli.root / "pareta-project.yaml").exists()


@pytest.mark.parametrize("name", ["sentiment", "parcel-status", "Topics", "-a"])
def test_names_that_are_none_or_taken(cli: Cli, name: str) -> None:
    cli.write({"rows.csv": table(tickets())})
    told = ("--from", "rows.csv", "--input", "message", "--expected", "topic", "--", name)
    ended = cli("catalog", "new", *told)
    assert ended.code == 1
    assert "there is a task" in ended.err or "is no name of a task" in ended.err
    assert not (cli.root / "catalog").exists()


def test_a_folder_that_is_there_stays(cli: Cli) -> None:
    cli.write({"rows.csv": table(tickets()), "catalog/ticket-topics/notes.txt": "mine"})
    ended = new(cli)
    assert ended.code == 1
    assert "catalog/ticket-topics is there already" in ended.err
    left = (cli.root / "catalog" / "ticket-topics").iterdir()
    assert [path.name for path in left] == ["notes.txt"]


def test_nothing_is_half_written(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    cli.write({"rows.csv": table(tickets())})
    monkeypatch.setattr(Path, "rename", full)
    ended = new(cli)
    assert ended.code == 1
    assert "No space left on device" in ended.err
    assert not (cli.root / "catalog" / "ticket-topics").exists()
    assert [path.name for path in (cli.root / ".pareta").iterdir()] == [".gitignore"]


def test_a_project_file_that_names_others_is_left_alone(cli: Cli) -> None:
    text = "version: 1\nenvironments: {prod: {catalog: []}}\ncatalog: []\n"
    cli.write({"rows.csv": table(tickets()), "pareta-project.yaml": text})
    ended = new(cli)
    assert ended.code == 0, ended.err
    assert cli.read("pareta-project.yaml") == text
    assert "add `catalog: [catalog]` to pareta-project.yaml" in ended.err


def test_parquet_wants_pyarrow(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    cli.write({"rows.parquet": b"PAR1"})
    ended = new(cli, *from_file("rows.parquet"))
    assert "Parquet is read where pyarrow is installed" in ended.err


def test_parquet_is_read_where_pyarrow_is(cli: Cli) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    pyarrow = pytest.importorskip("pyarrow")
    parquet.write_table(pyarrow.Table.from_pylist(tickets()), cli.root / "rows.parquet")
    assert new(cli, *from_file("rows.parquet")).code == 0


TEXTS = st.lists(st.text("abc 1", min_size=1, max_size=30), min_size=1, max_size=25)


@given(TEXTS)
def test_groups_are_what_comparing_every_pair_gives(texts: list[str]) -> None:
    sets = [pieces(text) for text in texts]
    groups = near_groups(texts)
    assert sorted(n for group in groups for n in group) == [*range(len(texts))]
    of = {n: i for i, group in enumerate(groups) for n in group}
    for n, one in enumerate(sets):
        for m, other in enumerate(sets):
            if len(one & other) >= NEAR * len(one | other):
                assert of[n] == of[m]


@given(TEXTS, TEXTS)
def test_pairs_are_what_comparing_every_pair_gives(ones: list[str], others: list[str]) -> None:
    found = {pair.one for pair in near_pairs(ones, others)}
    for n, text in enumerate(ones):
        sets = [(pieces(text), pieces(other)) for other in others]
        assert (n in found) == any(len(a & b) >= NEAR * len(a | b) for a, b in sets)


ROWS = st.lists(
    st.tuples(st.text("abcdef ", min_size=1, max_size=40), st.sampled_from(["yes", "no"])),
    min_size=6,
    max_size=40,
)


@given(ROWS)
def test_no_row_is_nearly_the_same_on_both_sides(rows: list[tuple[str, str]]) -> None:
    examples = [Example(n, text, label) for n, (text, label) in enumerate(rows)]
    try:
        parts = draft("a", "b", examples).split
    except RowsError:
        return
    assert not [*near_pairs([r.input for r in parts.held_out], [r.input for r in parts.dev])]
    assert len({row.line for row in (*parts.dev, *parts.held_out)}) == len(
        [*parts.dev, *parts.held_out]
    )
    assert {row.expected for row in parts.dev} == {row.expected for row in parts.held_out}
