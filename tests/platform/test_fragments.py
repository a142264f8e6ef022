from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.platform.catalog.fragments import fragments


def test_a_misspelt_word_still_shares_runs_with_the_right_one() -> None:
    right, wrong = fragments("invoices"), fragments("invocies")
    assert "<inv" in right & wrong
    assert not fragments("invoices") & fragments("parcel")


def test_stems_and_ends_of_words_are_fragments() -> None:
    assert fragments("Routing!") == {"rout", "<rou", "outi", "utin", "ting", "ing>"}
    assert fragments("a") == {"a", "<a>"}


@given(st.text())
def test_case_and_order_do_not_matter(text: str) -> None:
    assert fragments(text) == fragments(" ".join(reversed(text.split())))
    assert fragments("") == set()
