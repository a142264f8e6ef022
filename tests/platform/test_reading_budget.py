"""Documents that spin, swell or crash what reads them are the fault of their row, and soon over."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import Thread

import pytest
from reportlab.pdfgen.canvas import Canvas

from pareta_plan.errors import RowsError
from pareta_plan.platform.document import Document
from pareta_plan.platform.models.model import Interrupted
from pareta_plan.platform.models.reading.budget import Budget
from pareta_plan.platform.models.reading.readers import Readers
from pareta_plan.platform.models.reading.reading import MAX_CHARACTERS, read_text
from tests.platform.hostile_documents import bomb, many_lines, many_words


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    readers = Readers(most=2, budget=Budget(page_seconds=1, memory=512 << 20))
    yield readers
    readers.stop()


def page(text: str, lines: int = 1) -> Document:
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=(9000, 3000))
    for line in range(lines):
        canvas.drawString(72, 2900 - 20 * line, text)
    canvas.save()
    return Document(buffer.getvalue(), "application/pdf")


ORDINARY = page("An ordinary page with letters enough")

HOSTILE = {
    "a hundred thousand lines": (many_lines(100_000), "more than 1 seconds of processor time"),
    "nineteen thousand words": (many_words(19_000), "more than 1 seconds of processor time"),
    "doubly deflated": (bomb(3_000), "more than 512 MiB of memory"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_over_its_budget_a_document_is_at_fault(readers: Readers, name: str) -> None:
    data, why = HOSTILE[name]
    assert len(data) < 10_000
    started = time.monotonic()
    with pytest.raises(RowsError, match=why):
        readers.read(Document(data, "application/pdf"))
    assert time.monotonic() - started < 20  # even where others want the processor
    assert "ordinary" in readers.read(ORDINARY).text


def test_the_clock_ends_a_document_too() -> None:
    readers = Readers(most=1, budget=Budget(page_seconds=1000, wall_seconds=0.5))
    with pytest.raises(RowsError, match="or 0 seconds in all"):
        readers.read(Document(many_lines(100_000), "application/pdf"))
    readers.stop()


def test_characters_have_a_limit() -> None:
    line = "x" * 1000  # at twelve points it fits on the page
    with pytest.raises(RowsError, match="more than 100,000 characters"):
        read_text(page(line, lines=MAX_CHARACTERS // 1000 + 1))


def test_reading_is_ended_from_outside_and_begins_anew(readers: Readers) -> None:
    slow = Readers(most=1, budget=Budget(page_seconds=60))
    ended: list[Exception] = []

    def read() -> None:
        try:
            slow.read(Document(many_lines(100_000), "application/pdf"))
        except Interrupted as interrupted:
            ended.append(interrupted)

    threads = [Thread(target=read) for _ in range(2)]  # one reads, one waits for its turn
    for thread in threads:
        thread.start()
    time.sleep(1.0)
    started = time.monotonic()
    slow.stop()
    for thread in threads:
        thread.join(5)
    assert len(ended) == 2
    assert time.monotonic() - started < 2
    assert "ordinary" in slow.read(ORDINARY).text
    slow.stop()


def test_threads_read_the_same(readers: Readers) -> None:
    documents = [page(f"This is the page of number {n}, and of no other") for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        texts = [reading.text for reading in pool.map(readers.read, documents * 3)]
    assert texts == [f"This is the page of number {n}, and of no other" for n in range(4)] * 3


def test_a_process_that_died_meanwhile_is_replaced() -> None:
    readers = Readers(most=1)
    for _ in range(2):
        assert "ordinary" in readers.read(ORDINARY).text
        (child,) = readers._idle
        child._process.kill()
        child._process.wait()
    readers.stop()
