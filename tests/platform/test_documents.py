"""Invoices are drawn the same every time and read back; what can't be read is refused."""

from __future__ import annotations

import copy
import re
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from PIL import Image

from pareta_plan.errors import RowsError
from pareta_plan.platform.document import Document
from pareta_plan.platform.invoices.invoices import render
from pareta_plan.platform.invoices.layouts import LAYOUTS
from pareta_plan.platform.models.model import Model, Prediction
from pareta_plan.platform.models.pricing import on_cpu
from pareta_plan.platform.models.reading.reading import MAX_PAGES, read_text
from pareta_plan.platform.models.runtimes.documents import DocumentReader

ROW: dict[str, Any] = {
    "id": "one",
    "input": {
        "document": {
            "render": {
                "layout": "classic",
                "seed": 4,
                "format": "pdf",
                "dates": "day-month",
                "numbers": "1,234.50",
                "money": "code",
                "labels": {
                    "title": "INVOICE",
                    "invoice_number": "Invoice No.",
                    "invoice_date": "Invoice date",
                    "due_date": "Due date",
                    "bill_to": "Bill to",
                    "description": "Description",
                    "quantity": "Qty",
                    "unit_price": "Unit price",
                    "amount": "Amount",
                    "subtotal": "Subtotal",
                    "tax": "VAT 20%",
                    "total": "Total due",
                },
                "vendor_lines": ["3 Mill Lane", "Leeds LS1 4AB"],
                "customer_lines": ["Greystone Holdings Ltd", "9 Elm Avenue"],
            }
        }
    },
    "expected": {
        "vendor": "Brightwater Plumbing Ltd",
        "invoice_number": "INV-2024-117",
        "invoice_date": "2024-03-01",
        "due_date": "2024-03-31",
        "currency": "GBP",
        "line_items": [
            {
                "description": "Site survey",
                "quantity": 12,
                "unit_price": "150.00",
                "amount": "1800.00",
            }
        ],
        "subtotal": "1800.00",
        "tax": "360.00",
        "total": "2160.00",
    },
}


def row(**look: Any) -> dict[str, Any]:
    changed = copy.deepcopy(ROW)
    changed["input"]["document"]["render"].update(look)
    return changed


@pytest.mark.parametrize("form", ["pdf", "scan-png", "scan-pdf"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_row_gives_the_same_bytes(layout: str, form: str) -> None:
    first, second = render(row(layout=layout, format=form)), render(row(layout=layout, format=form))
    assert first == second
    assert first.mime == ("image/png" if form == "scan-png" else "application/pdf")


def test_another_seed_gives_another_scan() -> None:
    assert render(row(format="scan-png", seed=1)) != render(row(format="scan-png", seed=2))


def test_reads_a_text_layer_line_by_line() -> None:
    lines = read_text(render(ROW)).splitlines()
    assert "Brightwater Plumbing Ltd   INVOICE" in lines
    assert "Site survey   12   150.00   1,800.00" in lines
    assert "Total due   2,160.00 GBP" in lines


@pytest.mark.parametrize("form", ["scan-png", "scan-pdf"])
def test_recognises_a_scan(form: str) -> None:
    lines = read_text(render(row(format=form))).splitlines()
    assert "Brightwater Plumbing Ltd   INVOICE" in lines
    assert "Total due   2,160.00 GBP" in lines


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_shows_every_value(layout: str) -> None:
    text = read_text(render(row(layout=layout)))
    for value in ("Brightwater Plumbing Ltd", "INV-2024-117", "1 March 2024", "31 March 2024"):
        assert value in text
    for value in ("Greystone Holdings Ltd", "Site survey", "1,800.00", "360.00", "2,160.00 GBP"):
        assert value in text


@pytest.mark.parametrize(
    ("look", "word"),
    [
        ({"layout": "origami"}, "origami"),
        ({"format": "gif"}, "format"),
        ({"dates": "julian"}, "julian"),
        ({"labels": {}}, "labels"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_look_is_named(look: dict[str, Any], word: str) -> None:
    with pytest.raises(RowsError, match=word):
        render(row(**look))


def test_a_row_without_an_invoice_is_refused() -> None:
    with pytest.raises(RowsError, match="describes no invoice"):
        render({"id": "x", "input": "text", "expected": {}})
    with pytest.raises(RowsError, match="describes no invoice"):
        render({**ROW, "expected": {**ROW["expected"], "total": "a lot"}})


def pdf(pages: int, size: tuple[float, float] = (595, 842)) -> bytes:
    document, buffer = pypdfium2.PdfDocument.new(), BytesIO()
    for _ in range(pages):
        document.new_page(*size)
    document.save(buffer)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises more pixels than it has bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


WHOLE_PDF = render(ROW).data
WHOLE_PNG = render(row(format="scan-png")).data


def locked_pdf() -> bytes:
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    buffer = BytesIO()
    canvas = Canvas(buffer, encrypt=StandardEncryption("password", strength=128))
    canvas.drawString(72, 72, "Total due 10.00")
    canvas.save()
    return buffer.getvalue()


LOCKED_PDF = locked_pdf()

REFUSED = {
    "nothing": (b"", "application/pdf", "isn't a PDF"),
    "no image": (b"", "image/png", "can't be read as such"),
    "half a PDF": (WHOLE_PDF[:300], "application/pdf", "can't be read"),
    "a PDF with a password": (LOCKED_PDF, "application/pdf", "protected by a password"),
    "half a PNG": (WHOLE_PNG[:9000], "image/png", "can't be read as such"),
    "no pages": (pdf(0), "application/pdf", "no pages|can't be read"),
    "a huge page": (pdf(1, (90_000, 90_000)), "application/pdf", "points can't be read"),
    "a PNG as PDF": (WHOLE_PNG, "application/pdf", "isn't a PDF"),
    "a PDF as PNG": (WHOLE_PDF, "image/png", "can't be read as such"),
    "a PNG as JPEG": (WHOLE_PNG, "image/jpeg", "can't be read as such"),
    "text": (b"hello", "text/plain", "type text/plain"),
    "no type": (WHOLE_PDF, "", "type \\(none\\)"),
    "a large image": (png_header(7000, 7000), "image/png", "too large"),
    "an image bomb": (png_header(60_000, 60_000), "image/png", "too many pixels"),
    "many bytes": (b"%PDF-" + b"0" * 21 * 2**20, "application/pdf", "larger than 20 MiB"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused(name: str) -> None:
    data, mime, message = REFUSED[name]
    with pytest.raises(RowsError, match=message) as refused:
        read_text(Document(data, mime))
    assert not re.search("pdfium|tesser|pillow|PIL", refused.value.message, re.IGNORECASE)


def test_a_large_image_inside_a_pdf_is_refused() -> None:
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    picture, buffer = BytesIO(), BytesIO()
    Image.new("L", (6000, 6000), 255).save(picture, "JPEG")
    canvas = Canvas(buffer)
    canvas.drawImage(ImageReader(picture), 0, 0, 100, 100)
    canvas.save()
    with pytest.raises(RowsError, match="too large"):
        read_text(Document(buffer.getvalue(), "application/pdf"))


def test_reads_only_the_first_pages() -> None:
    single = pypdfium2.PdfDocument(WHOLE_PDF)
    document, buffer = pypdfium2.PdfDocument.new(), BytesIO()
    for _ in range(MAX_PAGES + 3):
        document.import_pages(single)
    document.save(buffer)
    text = read_text(Document(buffer.getvalue(), "application/pdf"))
    assert text.count("Total due") == MAX_PAGES


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (3, 3), (300, 200)])
def test_an_empty_image_has_no_text(size: tuple[int, int]) -> None:
    buffer = BytesIO()
    Image.new("RGBA", size).save(buffer, "PNG")
    assert read_text(Document(buffer.getvalue(), "image/png")).strip() == ""


class Echo(Model):
    """Answers with the text it was given."""

    name = "echo"
    deterministic = True
    context_k = 1

    def predict(self, value: str | Document) -> Prediction:
        return on_cpu({"text": value}, 1.0)

    def stream(self, value: str | Document) -> Iterator[str | Prediction]:
        yield str(value)
        yield self.predict(value)


def test_a_reader_hands_on_the_text_and_adds_its_time() -> None:
    reader = DocumentReader(Echo())
    prediction = reader.predict(render(ROW))
    assert "INV-2024-117" in prediction.output["text"]
    assert prediction.cpu_seconds > 1.0
    text, last = reader.stream(render(ROW))
    assert isinstance(text, str)
    assert "INV-2024-117" in text
    assert isinstance(last, Prediction)
    assert last.cpu_seconds > 1.0


def test_plain_text_is_handed_on_as_it_is() -> None:
    assert DocumentReader(Echo()).predict("plain") == on_cpu({"text": "plain"}, 1.0)
