"""The HTML page in a browser; without Chromium only `test_page` looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pareta_plan.reports.html import page
from tests.reports.browser import CHROMIUM, Browser
from tests.reports.pages import hostile, labelled, shown

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium isn't installed")

STATUS = "document.querySelector('.status').textContent"
ROWS = "[...document.querySelectorAll('.rows tbody tr')].map(row => row.cells[0].innerText)"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser")) as started:
        yield started


def opened(browser: Browser, path: Path, text: str) -> None:
    browser.requests.clear()
    browser.complaints.clear()
    path.write_text(text, "utf-8")
    browser.open(path)


def test_a_hostile_page_asks_for_nothing_and_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    opened(browser, file, hostile())
    for scheme in ("light", "dark"):
        for width in (390, 1280):
            browser.look(width, 800, scheme)
            assert browser.run("document.documentElement.scrollWidth") == width
    assert "owned" not in browser.run("document.title").replace("'owned'", "")
    assert browser.run("document.querySelectorAll('img, svg svg, a[href^=http]').length") == 0
    assert browser.run("document.querySelectorAll('.rows tbody tr').length") == 31
    assert browser.requests == [file.as_uri()]
    assert browser.complaints == []


def test_rows_are_found_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path / "a.html", page("embedded", [labelled(300)]))
    browser.look(1280, 800)
    assert browser.run(STATUS) == "300 of 300 rows"
    assert len(browser.run(ROWS)) == 50
    focus = "document.activeElement.type || document.activeElement.className"
    while browser.run(focus) != "search":
        browser.press("Tab")
    for letter in "tickets-7":
        browser.press(letter)
    settled = f"new Promise(done => setTimeout(() => done({STATUS}), 300))"
    assert browser.run(settled) == "11 of 300 rows"
    browser.press("Tab")
    assert browser.run(focus) == "checkbox"
    browser.press(" ")
    assert browser.run(STATUS) == "2 of 300 rows"
    while browser.run(focus) != "reset":
        browser.press("Tab")
    browser.press("Enter")
    assert browser.run(settled) == "300 of 300 rows"
    assert browser.complaints == []


def test_a_cell_of_the_matrix_shows_its_rows(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path / "a.html", page("embedded", [labelled(300)]))
    cell = "document.querySelector('[data-pair=\"0,2\"]')"
    browser.run(f"{cell}.click()")
    assert browser.run(STATUS).endswith("of 300 rows, expected low and answered urgent")
    assert len(browser.run(ROWS)) == int(browser.run(f"{cell}.textContent"))


def test_many_models_scroll_inside_the_page(browser: Browser, tmp_path: Path) -> None:
    told = {f"model-{i}": [("yes", 1.0)] * 60 for i in range(9)}
    opened(browser, tmp_path / "a.html", page("embedded", [shown("a", ["yes"] * 60, told)]))
    for width in (390, 1280):
        browser.look(width, 800)
        assert browser.run("document.documentElement.scrollWidth") == width


def test_many_rows_come_a_page_at_a_time(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path / "a.html", page("embedded", [labelled(2_000)]))
    assert browser.run(STATUS) == "2,000 of 2,000 rows"
    browser.run("document.querySelector('.next').click()")
    assert browser.run("document.querySelector('.where').textContent") == "Page 2 of 40"
    assert len(browser.run(ROWS)) == 50
