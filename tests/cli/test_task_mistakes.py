"""Mistakes in a team's task, one at a time: each is told with its place, and what was meant."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Cli

TASK = """\
id: desk
title: Desk mail
description: Tell whom a note to the caretaker is for.
keywords: [desk mail, caretaker]
kind: classification
scorer: accuracy
labels:
  repair: something is broken
  garden: plants and grounds
prompt: Name whom the note is for.
models:
  - {alias: bayes-1, runtime: bayes}
  - {alias: linear-1, runtime: linear}
frontier: []
"""
FIELDS = (
    TASK.replace("classification", "extraction")
    .replace("accuracy", "field-f1")
    .replace(
        """labels:
  repair: something is broken
  garden: plants and grounds
""",
        """fields:
  room: {type: text, description: Where it is.}
  days: {type: number, description: For how long.}
  things: {type: list, description: What is meant., fields: {name: {type: text, description: A}}}
""",
    )
    .replace("runtime: bayes", "runtime: smollm")
    .replace("runtime: linear", "runtime: smollm")
)
DOCUMENTS = FIELDS.replace("prompt:", "blob_field: scan\nprompt:")
TEXTS = (
    "The heating in room twelve is broken", "Please water the plants in the hall",
    "A window on the second floor jams", "The hedge at the gate is too high",
    "No light in the corridor", "Leaves lie all over the yard",
    "My door lock is stuck", "Roses by the entrance look dry",
    "The tap in the kitchen drips", "The lawn behind the house is long",
    "The lift does not move", "Weeds grow between the stones",
    "Radiators make a loud noise", "Could someone trim the apple tree",
    "The bell at the door is dead", "Please plant new flowers",
    "Water comes through the ceiling", "Somebody should rake the gravel",
    "One lamp flickers", "Branches hang over the path",
)  # fmt: skip
DEV, HELD = "dev.jsonl", "heldout.jsonl"
Rows = dict[str, list[dict[str, Any]]]


def rows() -> Rows:
    every = [
        {"id": f"r-{n}", "input": text, "expected": ("repair", "garden")[n % 2]}
        for n, text in enumerate(TEXTS)
    ]
    return {DEV: every[:10], HELD: every[10:]}


def fields() -> Rows:
    made = rows()
    for row in (row for split in made.values() for row in split):
        row["expected"] = {"room": "hall", "days": 2, "things": [{"name": "tap"}]}
    return made


def documents() -> Rows:
    made = fields()
    for n, row in enumerate(row for split in made.values() for row in split):
        row["input"] = {"scan": "scans/a.pdf"}
        row["expected"] = {"room": f"{TEXTS[n]}", "days": n, "things": [{"name": "tap"}]}
    return made


def write(cli: Cli, task: str, made: Rows) -> None:
    texts = {name: "".join(json.dumps(row) + "\n" for row in split) for name, split in made.items()}
    cli.write(
        {
            "pareta-project.yaml": "version: 1\ncatalog: [catalog]\n",
            "catalog/desk/task.yaml": task,
            "catalog/desk/scans/a.pdf": b"%PDF-1.4",
            **{f"catalog/desk/{name}": text for name, text in texts.items()},
        }
    )


@pytest.mark.parametrize(
    ("task", "made"), [(TASK, rows()), (FIELDS, fields()), (DOCUMENTS, documents())]
)
def test_good_tasks_are_good(cli: Cli, task: str, made: Rows) -> None:
    write(cli, task, made)
    ended = cli("catalog", "check", "catalog")
    assert ended.code == 0, ended.err
    assert "desk (catalog/desk): good" in ended.out
    assert "10 development and 10 held-out rows" in ended.out


OF_THE_FILE = [
    ("keywords:", "keyword:", "4:1: unknown key 'keyword'; did you mean 'keywords'?"),
    ("title: Desk mail\n", "", "1:1: 'title' is missing"),
    ("title: Desk mail", "title: 12", "2:8: title: expected text, got 12; put quotes around it"),
    ("title: Desk mail", "title: ''", "2:8: title: expected words, got nothing"),
    ("id: desk", "id: mail", "1:5: the task 'mail' is in a folder called 'desk'"),
    ("id: desk", "id: Desk", "1:5: id: expected lower-case letters, digits and inner dashes"),
    ("[desk mail, caretaker]", "desk mail", "4:11: keywords: expected a list, got 'desk mail'"),
    ("[desk mail, caretaker]", "[]", "4:11: keywords: expected words of intents, got none"),
    ("classification", "classify", "5:7: there is no kind 'classify', only classification, "),
    ("scorer: accuracy", "scorer: acuracy", "6:9: the scorer acuracy doesn't fit the kind"),
    ("scorer: accuracy", "scorer: field-f1", "only accuracy, macro-f1"),
    ("labels:\n", "fields: {}\nlabels:\n", "7:9: the kind classification can't have fields"),
    ("  garden: plants", "  Repair: plants", "9:11: the labels 'repair' and 'Repair' differ in"),
    ("  garden: plants and grounds\n", "", "8:3: labels: expected two or more, got one"),
    ("  garden: plants", "  repair: plants", "9:3: key 'repair' stands twice; first on line 8"),
    ("prompt: Name", "prompt: {}\nx: Name", "10:9: prompt: expected text, got a mapping"),
    ("alias: bayes-1", "alias: bayes", "12:13: the alias 'bayes' isn't of the form family-rank"),
    ("alias: bayes-1", "alias: linear-1", "13:13: the model 'linear-1' is named twice"),
    ("runtime: bayes", "runtime: bays", "there is no runtime 'bays', only "),
    ("runtime: bayes", "runtime: bays", "; did you mean 'bayes'?"),
    ("runtime: bayes", "runtime: rules", "12:31: the runtime rules does extraction, not class"),
    ("runtime: bayes}", "runtime: documents}", "12:31: the runtime documents reads documents, and"),
    ("alias: bayes-1,", "aliass: bayes-1,", "12:6: unknown key 'aliass'; did you mean 'alias'?"),
    ("frontier: []", "frontier: [acme-larg]", "there is no baseline 'acme-larg'; did you mean"),
    (
        "frontier: []",
        "frontier: []\nrecommended: bayes-2",
        "15:14: the recommended model",
    ),
    ("prompt: Name", "\tprompt: Name", "10:1: a tab stands where YAML wants spaces"),
    ("labels:\n", "labels: [\n", ": not YAML while parsing"),
    ("  garden:", "  yard: the yard\n  garden:", "9:3: the label 'yard' is in 0 of the 10 rows of"),
]


@pytest.mark.parametrize(("old", "new", "said"), OF_THE_FILE)
def test_mistakes_in_the_file(cli: Cli, old: str, new: str, said: str) -> None:
    assert old in TASK
    write(cli, TASK.replace(old, new, 1), rows())
    refused(cli, said if said.startswith((";", ":", "there", "only")) else f"task.yaml:{said}")


def refused(cli: Cli, said: str) -> None:
    ended = cli("catalog", "check")
    assert ended.code == 1
    assert ended.out == ""
    assert "error: catalog/desk" in ended.err
    assert said in ended.err, ended.err


def other(n: int, split: str = DEV, **values: Any) -> Rows:
    made = rows()
    row = made[split][n]
    row.update({key: value for key, value in values.items() if value is not ...})
    for key in [key for key, value in values.items() if value is ...]:
        del row[key]
    return made


OF_ROWS = [
    (other(2, expected="repairs"), "dev.jsonl:3:73: expected: there is no label 'repairs', only"),
    (other(2, expected="repairs"), "repair, garden; did you mean 'repair'?"),
    (other(2, expected="Repair"), "expected: there is no label 'Repair'"),
    (other(2, expected=["repair"]), "expected: expected one of the labels, got a list"),
    (other(1, HELD, input=...), "heldout.jsonl:2: the row has no `input`"),
    (other(1, HELD, input="  "), "heldout.jsonl:2:25: input: expected a text, got '  '"),
    (other(1, HELD, input={"a": 1}), "heldout.jsonl:2:25: input: expected a text, got a mapping"),
    (other(1, expected=...), "dev.jsonl:2: the row has no `expected`"),
    (other(1, id=...), "dev.jsonl:2: the row has no `id`"),
    (other(1, id=7), "dev.jsonl:2:8: id: expected a text, got 7"),
    (other(1, exepcted="a"), "unknown key 'exepcted'; did you mean 'expected'?"),
    (other(1, id="r-0"), "dev.jsonl:2:8: the id 'r-0' stands twice; the first is at catalog/desk/"),
    (other(4, HELD, id="r-0"), "heldout.jsonl:5:8: the id 'r-0' stands twice; the first is at"),
    (
        other(0, HELD, input=TEXTS[0]),
        "heldout.jsonl:1:25: the held-out row 'r-10' is the same as the development row at cat",
    ),
    (
        other(0, HELD, input="the heating in room  twelve is broken!"),
        "the held-out row 'r-10' is the same as the development row",
    ),
    (
        other(0, HELD, input="The heating in room twelve is broke, Ann"),
        "the held-out row 'r-10' is nearly the same (",
    ),
    (other(1, input=TEXTS[0]), "dev.jsonl:2:76: expected: another answer than that of the same "),
    ({**rows(), HELD: rows()[HELD][:9]}, "heldout.jsonl:1: 9 held-out rows; fewer than 10 tell"),
    ({**rows(), DEV: rows()[DEV][:3]}, "task.yaml:9:3: the label 'garden' is in 1 of the 3 rows"),
    ({**rows(), DEV: []}, "task.yaml:8:3: the label 'repair' is in 0 of the 0 rows of dev.jsonl"),
    ({DEV: rows()[DEV]}, "error: catalog/desk: there is no heldout.jsonl"),
    (
        {DEV: rows()[DEV], "held-out.jsonl": []},
        "there is no heldout.jsonl; is it what 'held-out.jsonl' was meant to be?",
    ),
]


@pytest.mark.parametrize(("made", "said"), OF_ROWS)
def test_mistakes_in_rows(cli: Cli, made: Rows, said: str) -> None:
    write(cli, TASK, made)
    refused(cli, said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"r-1",', '"r-1"', "dev.jsonl:2:14: not JSON: Expecting ',' delimiter"),
        (
            '{"id": "r-1"',
            '["id", "r-1"]\n{"id": "r-1"',
            "dev.jsonl:2: expected an object with",
        ),
        ('{"id": "r-1"', '{"id": "a", "id": "r-1"', "dev.jsonl:2: key 'id' stands twice"),
        ("Please", "Pl\udce4se", "dev.jsonl:2:27: byte 0xe4 is not UTF-8"),
    ],
)
def test_mistakes_in_lines(cli: Cli, old: str, new: str, said: str) -> None:
    write(cli, TASK, rows())
    text = cli.read(f"catalog/desk/{DEV}").replace(old, new, 1)
    cli.write({f"catalog/desk/{DEV}": text.encode(errors="surrogateescape")})
    refused(cli, said)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("hall", "expected: expected an object of the fields, got 'hall'"),
        ({"rooms": "hall"}, "expected.rooms: there is no field 'rooms'; did you mean 'room'?"),
        ({"room": 4}, "expected.room: expected a text, got 4"),
        ({"days": [2]}, "expected.days: expected a number or a text, got a list"),
        ({"things": "tap"}, "expected.things: expected a list, got 'tap'"),
        ({"things": [{"nam": "tap"}]}, "expected.things.0.nam: there is no field 'nam'; did you"),
    ],
)
def test_mistakes_in_objects(cli: Cli, expected: object, said: str) -> None:
    made = fields()
    made[DEV][3]["expected"] = expected
    write(cli, FIELDS, made)
    refused(cli, f"dev.jsonl:4:73: {said}")


def test_a_field_that_no_row_shows(cli: Cli) -> None:
    made = fields()
    for row in made[HELD]:
        row["expected"]["days"] = None
    write(cli, FIELDS, made)
    refused(cli, "task.yaml:9:3: the field 'days' is in 0 of the 10 rows of heldout.jsonl")


@pytest.mark.parametrize(
    ("task", "document", "said"),
    [
        (
            DOCUMENTS,
            "scans/b.pdf",
            "dev.jsonl:1:24: the document 'scans/b.pdf' isn't in the task's",
        ),
        (DOCUMENTS, "scans/b.pdf", "did you mean 'scans/a.pdf'?"),
        (DOCUMENTS, "../../../a.pdf", "the document '../../../a.pdf' isn't in the task's folder"),
        (
            DOCUMENTS.replace("smollm", "rules", 1),
            "scans/a.pdf",
            "the runtime rules reads text, and",
        ),
    ],
)
def test_mistakes_in_documents(cli: Cli, task: str, document: str, said: str) -> None:
    made = documents()
    made[DEV][0]["input"]["scan"] = document
    write(cli, task, made)
    refused(cli, said)


def test_every_mistake_is_told_at_once_and_by_whatever_would_use_the_task(cli: Cli) -> None:
    made = other(2, expected="repairs")
    made[HELD][3]["input"] = None
    write(cli, TASK.replace("alias: bayes-1", "alias: bayes"), made)
    cli.write({"pareta.yaml": "version: 1\nname: a\ntask: desk\nmodel: x-1\nfrontier: none\n"})
    told = cli("catalog", "check").err
    assert [line.split(": ")[1] for line in told.splitlines()] == [
        "catalog/desk/task.yaml:12:13",
        "catalog/desk/dev.jsonl:3:73",
        "catalog/desk/heldout.jsonl:4:25",
    ]
    for command in (["plan"], ["catalog", "bench", "desk"], ["serve"], ["validate"]):
        ended = cli(*command)
        assert (ended.code, ended.err) == (1, told), command


def test_a_shipped_task_has_its_name_to_itself(cli: Cli) -> None:
    write(cli, TASK, rows())
    (cli.root / "catalog/desk").rename(cli.root / "catalog/sentiment")
    task = cli.root / "catalog/sentiment/task.yaml"
    task.write_text(TASK.replace("id: desk", "id: sentiment"))
    said = (
        "error: catalog/sentiment/task.yaml:1: the task 'sentiment' is shipped with pareta-plan too"
    )
    assert said in cli("catalog", "check").err


def test_words_that_yaml_takes_for_booleans_are_labels(cli: Cli) -> None:
    made = rows()
    for row in (row for split in made.values() for row in split):
        row["expected"] = {"repair": "yes", "garden": "no"}[row["expected"]]
    write(cli, TASK.replace("  repair:", "  yes:").replace("  garden:", "  no:"), made)
    assert cli("catalog", "check").code == 0
    assert '"yes"' in cli("catalog", "show", "desk").out


def test_a_board_of_other_rows_is_said_and_recommends_nothing(cli: Cli) -> None:
    made = rows()
    write(cli, TASK, made)
    assert cli("catalog", "bench", "desk").code == 0
    made[HELD][0]["input"] += " this morning"
    write(cli, TASK, made)
    ended = cli("catalog", "check")
    assert ended.code == 0
    assert "measured on other rows than today's" in ended.out
    assert "outdated" in cli("catalog", "leaderboard", "desk").out
    (cli.root / "pareta.yaml").write_text(
        "version: 1\nname: desk\ntask: desk\nmodel: recommended\nfrontier: none\n"
    )
    said = cli("plan").err
    assert "nothing is recommended for desk: linear-1" in said
    assert "`pareta-plan catalog bench desk` measures" in said
