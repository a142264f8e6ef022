"""The order in which rows are bought: of their content, and those that came later after it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.canonical import digest_json
from pareta_plan.errors import Location
from pareta_plan.project.rows import EvalData, Row


def data(texts: list[str]) -> EvalData:
    """Rows of these inputs."""
    rows = tuple(Row({"input": text, "expected": ""}, Location("rows.jsonl")) for text in texts)
    return EvalData(rows, None, digest_json([row.content for row in rows]))


texts = st.lists(st.text("abc", max_size=2), min_size=1, max_size=12)


@given(texts, texts)
def test_rows_that_are_added_leave_the_order_of_those_before(
    old: list[str], new: list[str]
) -> None:
    before, now = data(old), data(old + new)
    drawn = now.drawn([len(old)])
    assert drawn[: len(old)] == before.drawn()
    assert sorted(drawn) == [*range(len(old + new))]


@given(texts, st.randoms(use_true_random=False))
def test_the_order_is_of_content_alone(old: list[str], rng: object) -> None:
    shuffled = sorted(old, key=lambda _: rng.random())  # type: ignore[attr-defined]
    one, other = data(old), data(shuffled)
    assert [old[i] for i in one.drawn()] == [shuffled[i] for i in other.drawn()]


@given(texts, texts)
def test_only_rows_after_those_of_a_digest_are_added(old: list[str], new: list[str]) -> None:
    before, now = data(old), data(old + new)
    assert now.added_to(before.digest, len(old)) == len(new)
    assert before.added_to(before.digest, len(old)) is None
    changed = data([*old[:-1], old[-1] + "d", *new])
    assert changed.added_to(before.digest, len(old)) is None
    taken_out = data([*old[1:], *new])
    if taken_out.rows[: len(old)] != now.rows[: len(old)]:
        assert taken_out.added_to(before.digest, len(old)) is None
