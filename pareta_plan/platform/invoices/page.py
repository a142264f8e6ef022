"""A page of marks, drawn as a digital PDF or as a picture that looks scanned.

Positions are points (1/72 inch) from the top left corner of an A4 page; a text's `y` is its
baseline. The same page and seed give the same bytes with the same library versions.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import reportlab
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.lib.colors import HexColor
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = 595.0, 842.0
INK = "#222222"

Align = Literal["left", "right", "center"]
_PDF_FONTS = {
    "sans": ("Helvetica", "Helvetica-Bold"),
    "serif": ("Times-Roman", "Times-Bold"),
    "mono": ("Courier", "Courier-Bold"),
}
_VERA_SCALE = 0.88  # Vera is that much wider than the page's other fonts


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text; `size` in points."""

    x: float
    y: float
    text: str
    size: float = 9.5
    bold: bool = False
    align: Align = "left"
    colour: str = INK


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line."""

    x0: float
    y0: float
    x1: float
    y1: float
    width: float = 0.7
    colour: str = INK


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle; `y` is its upper edge."""

    x: float
    y: float
    width: float
    height: float
    fill: str


@dataclass(slots=True)
class Page:
    """Marks in drawing order, and the family of fonts: sans, serif or mono."""

    font: str = "sans"
    marks: list[Text | Rule | Box] = field(default_factory=list)

    def add(self, *marks: Text | Rule | Box) -> None:
        """Draw marks over what is there."""
        self.marks.extend(marks)


def to_pdf(page: Page) -> bytes:
    """The page as a PDF with a text layer."""
    canvas = _canvas()
    for mark in page.marks:
        _draw_on_canvas(canvas, mark, page.font)
    return bytes(canvas.getpdfdata())


def _canvas() -> Any:
    return Canvas(None, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1)


def _draw_on_canvas(canvas: Any, mark: Text | Rule | Box, font: str) -> None:
    if isinstance(mark, Text):
        canvas.setFillColor(HexColor(mark.colour))
        canvas.setFont(_PDF_FONTS[font][mark.bold], mark.size)
        draw = {"left": "drawString", "right": "drawRightString", "center": "drawCentredString"}
        getattr(canvas, draw[mark.align])(mark.x, HEIGHT - mark.y, mark.text)
    elif isinstance(mark, Rule):
        canvas.setStrokeColor(HexColor(mark.colour))
        canvas.setLineWidth(mark.width)
        canvas.line(mark.x0, HEIGHT - mark.y0, mark.x1, HEIGHT - mark.y1)
    else:
        canvas.setFillColor(HexColor(mark.fill))
        canvas.rect(mark.x, HEIGHT - mark.y - mark.height, mark.width, mark.height, 0, 1)


def to_scan(page: Page, seed: int) -> Image.Image:
    """The page as a grey picture from a scanner: 150 to 200 dpi, a little askew, with noise."""
    rng = random.Random(f"scan {seed}")
    dpi = rng.randrange(150, 201, 10)
    return _scanned(_to_picture(page, dpi / 72), rng)


def to_png(picture: Image.Image) -> bytes:
    """A grey picture as a PNG of 16 levels."""
    buffer = BytesIO()
    picture.point(lambda level: int(level) & 0xF0).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def to_image_pdf(picture: Image.Image) -> bytes:
    """A picture as a PDF of one page without a text layer."""
    jpeg = BytesIO()
    picture.save(jpeg, "JPEG", quality=60)
    canvas = _canvas()
    canvas.drawImage(ImageReader(jpeg), 0, 0, WIDTH, HEIGHT)
    return bytes(canvas.getpdfdata())


def _to_picture(page: Page, scale: float) -> Image.Image:
    picture = Image.new("RGB", (round(WIDTH * scale), round(HEIGHT * scale)), "white")
    draw = ImageDraw.Draw(picture)
    ascii_only = all(m.text.isascii() for m in page.marks if isinstance(m, Text))
    for mark in page.marks:
        _draw_on_picture(draw, mark, scale, plain=ascii_only and page.font == "sans")
    return picture.convert("L")


def _draw_on_picture(
    draw: ImageDraw.ImageDraw, mark: Text | Rule | Box, scale: float, *, plain: bool
) -> None:
    if isinstance(mark, Text):
        anchor = {"left": "ls", "right": "rs", "center": "ms"}[mark.align]
        font = _font(mark.size * scale, mark.bold, plain)
        stroke = 0.25 * scale if plain and mark.bold else 0
        place = (mark.x * scale, mark.y * scale)
        draw.text(place, mark.text, mark.colour, font, anchor, stroke_width=stroke)
    elif isinstance(mark, Rule):
        points = [c * scale for c in (mark.x0, mark.y0, mark.x1, mark.y1)]
        draw.line(points, mark.colour, max(1, round(mark.width * scale)))
    else:
        x, y = mark.x * scale, mark.y * scale
        draw.rectangle((x, y, x + mark.width * scale, y + mark.height * scale), mark.fill)


@cache
def _font(pixels: float, bold: bool, plain: bool) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    if plain:
        return ImageFont.load_default(pixels)
    path = Path(reportlab.__file__).parent / "fonts" / ("VeraBd.ttf" if bold else "Vera.ttf")
    return ImageFont.truetype(str(path), pixels * _VERA_SCALE)


def _scanned(picture: Image.Image, rng: random.Random) -> Image.Image:
    paper = rng.randrange(222, 244)
    angle = rng.uniform(-0.9, 0.9)
    turned = picture.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)
    soft = turned.filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 1.0)))
    ink = rng.randrange(20, 70)
    greyed = soft.point([ink + level * (paper - ink) // 255 for level in range(256)])
    shade = Image.linear_gradient("L").rotate(rng.choice((0, 90, 180, 270))).resize(greyed.size)
    shaded = Image.blend(greyed, shade, rng.uniform(0.02, 0.07))
    noise = Image.frombytes("L", greyed.size, rng.randbytes(greyed.width * greyed.height))
    noisy = Image.blend(shaded, noise, rng.uniform(0.04, 0.12))
    _add_specks(noisy, rng)
    return noisy


def _add_specks(picture: Image.Image, rng: random.Random) -> None:
    draw = ImageDraw.Draw(picture)
    for _ in range(rng.randrange(10, 60)):
        x, y = rng.randrange(picture.width), rng.randrange(picture.height)
        draw.ellipse((x, y, x + rng.randrange(1, 4), y + rng.randrange(1, 4)), rng.randrange(140))
