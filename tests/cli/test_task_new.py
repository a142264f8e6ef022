"""A task of a team's own from a table of labelled rows."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.errors import RowsError
from pareta_plan.platform.catalog.near import NEAR, near_groups, near_pairs, pieces
from pareta_plan.platform.drafts.answers import Example
from pareta_plan.platform.drafts.draft import draft

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
