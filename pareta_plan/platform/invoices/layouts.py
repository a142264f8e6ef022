"""How invoices are laid out on the page, from plain letters to boxed forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pareta_plan.platform.data import Registry
from pareta_plan.platform.invoices.page import HEIGHT, INK, WIDTH, Align, Box, Page, Rule, Text

_LEFT, _RIGHT = 50.0, WIDTH - 50.0
_GREY = "#6b6b6b"
_PALE = "#eef1f4"
_HAIRLINE = "#b5b5b5"


@dataclass(frozen=True, slots=True)
class Sheet:
    """An invoice's words, ready to print: pairs are label and value."""

    title: str
    vendor: str
    vendor_lines: list[str]
    bill_to: str
    customer_lines: list[str]
    meta: list[tuple[str, str]]
    headers: tuple[str, str, str, str]  # description, quantity, unit price, amount
    items: list[tuple[str, str, str, str]]
    totals: list[tuple[str, str]]
    notes: list[str]
    font: str
    accent: str


@dataclass(frozen=True, slots=True)
class _Column:
    source: int  # index of the item's cell; -1 is the line's number
    x: float
    align: Align = "left"


_Columns = tuple[_Column, ...]


def _right(*places: tuple[int, float]) -> _Columns:
    return tuple(_Column(source, x, "right") for source, x in places)


_USUAL = (_Column(0, 56), *_right((1, 365), (2, 450), (3, 539)))
_QUANTITY_FIRST = (_Column(1, 56), _Column(0, 122), *_right((2, 450), (3, 539)))
_NUMBERED = (_Column(-1, 56), _Column(0, 82), *_right((2, 375), (1, 440), (3, 539)))


def _block(
    page: Page, lines: list[str], x: float, y: float, size: float = 9.5, **look: Any
) -> float:
    for line in lines:
        page.add(Text(x, y, line, size, **look))
        y += size * 1.4
    return y


def _header(page: Page, sheet: Sheet, columns: _Columns, y: float, colour: str = INK) -> None:
    for column in columns:
        words = (*sheet.headers, "#")[column.source]
        page.add(Text(column.x, y, words, 9, bold=True, align=column.align, colour=colour))


def _rows(
    page: Page, sheet: Sheet, columns: _Columns, y: float, gap: float = 19, style: str = "plain"
) -> float:
    for number, item in enumerate(sheet.items, start=1):
        if style == "striped" and number % 2 == 0:
            page.add(Box(_LEFT, y - gap * 0.68, _RIGHT - _LEFT, gap, _PALE))
        cells = (*item, str(number))
        for column in columns:
            page.add(Text(column.x, y, cells[column.source], 9, align=column.align))
        if style == "ruled":
            page.add(Rule(_LEFT, y + 6, _RIGHT, y + 6, 0.4, _HAIRLINE))
        y += gap
    return y


def _totals(page: Page, sheet: Sheet, x: float, right: float, y: float) -> float:
    for label, value in sheet.totals[:-1]:
        page.add(Text(x, y, label), Text(right, y, value, align="right"))
        y += 16
    page.add(Rule(x, y - 8, right, y - 8, 0.9))
    label, value = sheet.totals[-1]
    page.add(Text(x, y + 6, label, 11, bold=True))
    page.add(Text(right, y + 6, value, 11, bold=True, align="right"))
    return y + 30


def _classic(sheet: Sheet) -> Page:
    page = Page(sheet.font)
    page.add(Text(_LEFT, 70, sheet.vendor, 14, bold=True, colour=sheet.accent))
    page.add(Text(_RIGHT, 72, sheet.title, 22, bold=True, align="right", colour=sheet.accent))
    _block(page, sheet.vendor_lines, _LEFT, 88, size=9, colour=_GREY)
    page.add(Text(_LEFT, 165, sheet.bill_to, 9, bold=True, colour=_GREY))
    _block(page, sheet.customer_lines, _LEFT, 180)
    for n, (label, value) in enumerate(sheet.meta):
        y = 165.0 + 15 * n
        page.add(Text(350, y, label, colour=_GREY), Text(_RIGHT, y, value, align="right"))
    page.add(Rule(_LEFT, 272, _RIGHT, 272), Rule(_LEFT, 292, _RIGHT, 292))
    _header(page, sheet, _USUAL, 286)
    y = _rows(page, sheet, _USUAL, 309, style="ruled")
    y = _totals(page, sheet, 355, 539, y + 12)
    _block(page, sheet.notes, _LEFT, y + 30, size=9)
    return page


def _banded(sheet: Sheet) -> Page:
    page = Page(sheet.font)
    page.add(Box(0, 0, WIDTH, 96, sheet.accent))
    page.add(Text(_LEFT, 46, sheet.vendor, 17, bold=True, colour="#ffffff"))
    page.add(Text(_LEFT, 66, "  |  ".join(sheet.vendor_lines[:2]), 8.5, colour="#ffffff"))
    page.add(Text(_RIGHT, 54, sheet.title, 20, bold=True, align="right", colour="#ffffff"))
    step = (_RIGHT - _LEFT) / len(sheet.meta)
    for index, (label, value) in enumerate(sheet.meta):
        x = _LEFT + index * step
        page.add(Text(x, 126, label, 8, colour=_GREY), Text(x, 141, value, 10, bold=True))
    page.add(Rule(_LEFT, 154, _RIGHT, 154, 0.5, _HAIRLINE))
    page.add(Text(_LEFT, 178, sheet.bill_to, 8, colour=_GREY))
    _block(page, sheet.customer_lines, _LEFT, 192)
    page.add(Box(_LEFT, 266, _RIGHT - _LEFT, 20, sheet.accent))
    _header(page, sheet, _USUAL, 280, "#ffffff")
    y = _rows(page, sheet, _USUAL, 303, style="striped")
    y = _totals(page, sheet, 355, 539, y + 14)
    _block(page, sheet.notes, _LEFT, HEIGHT - 70, size=8, colour=_GREY)
    return page


def _compact(sheet: Sheet) -> Page:
    page, middle = Page(sheet.font), WIDTH / 2
    page.add(Text(middle, 62, sheet.vendor, 13, bold=True, align="center"))
    y = _block(page, sheet.vendor_lines, middle, 77, size=8.5, align="center")
    page.add(Rule(_LEFT, y, _RIGHT, y, 1.4))
    page.add(Text(middle, y + 24, sheet.title, 13, bold=True, align="center"))
    y += 50
    left_end = _block(page, [f"{label}: {value}" for label, value in sheet.meta], _LEFT, y)
    page.add(Text(330, y, f"{sheet.bill_to}:", 9.5, bold=True))
    right_end = _block(page, sheet.customer_lines, 330, y + 14)
    y = max(left_end, right_end) + 22
    _header(page, sheet, _QUANTITY_FIRST, y)
    page.add(Rule(_LEFT, y + 6, _RIGHT, y + 6, 0.8))
    y = _rows(page, sheet, _QUANTITY_FIRST, y + 22, gap=16)
    page.add(Rule(_LEFT, y - 4, _RIGHT, y - 4, 0.8))
    y = _totals(page, sheet, 340, 539, y + 14)
    _block(page, sheet.notes, middle, y + 30, size=8.5, align="center")
    return page


def _letter(sheet: Sheet) -> Page:
    page = Page(sheet.font)
    page.add(Text(_RIGHT, 64, sheet.vendor, 12, bold=True, align="right"))
    _block(page, sheet.vendor_lines, _RIGHT, 79, size=8.5, align="right", colour=_GREY)
    page.add(Text(_LEFT, 140, sheet.bill_to, 8, colour=_GREY))
    y = _block(page, sheet.customer_lines, _LEFT, 154)
    y = max(y, 210) + 22
    page.add(Text(_LEFT, y, sheet.title, 15, bold=True))
    for label, value in sheet.meta:
        y += 15
        page.add(Text(_LEFT, y, f"{label}"), Text(175, y, value))
    y += 34
    _header(page, sheet, _USUAL, y)
    y = _rows(page, sheet, _USUAL, y + 20, gap=17)
    y = _totals(page, sheet, 365, 539, y + 8)
    _block(page, sheet.notes, _LEFT, y + 40)
    foot = "  ·  ".join([sheet.vendor, *sheet.vendor_lines[:2]])
    page.add(Rule(_LEFT, HEIGHT - 62, _RIGHT, HEIGHT - 62, 0.4, _HAIRLINE))
    page.add(Text(WIDTH / 2, HEIGHT - 48, foot, 7.5, align="center", colour=_GREY))
    return page


def _frame(page: Page, x0: float, y0: float, x1: float, y1: float) -> None:
    page.add(Rule(x0, y0, x1, y0), Rule(x0, y1, x1, y1))
    page.add(Rule(x0, y0, x0, y1), Rule(x1, y0, x1, y1))


def _boxed(sheet: Sheet) -> Page:
    page = Page(sheet.font)
    page.add(Text(_LEFT, 66, sheet.title, 19, bold=True))
    for index, (label, value) in enumerate(sheet.meta):
        x, y = 320.0 + (index % 2) * 115, 44.0 + (index // 2) * 36
        _frame(page, x, y, x + 110, y + 32)
        page.add(Text(x + 5, y + 11, label, 7, colour=_GREY), Text(x + 5, y + 25, value, 9.5))
    _frame(page, _LEFT, 160, 292, 240)
    _frame(page, 303, 160, _RIGHT, 240)
    page.add(Text(57, 173, "From", 7.5, colour=_GREY), Text(57, 188, sheet.vendor, 10, bold=True))
    _block(page, sheet.vendor_lines, 57, 202, size=9)
    page.add(Text(310, 173, sheet.bill_to, 7.5, colour=_GREY))
    _block(page, sheet.customer_lines, 310, 188, size=9)
    top, bottom = 258.0, 258.0 + 22 * (len(sheet.items) + 1)
    page.add(Box(_LEFT, top, _RIGHT - _LEFT, 22, _PALE))
    _header(page, sheet, _NUMBERED, top + 15)
    _rows(page, sheet, _NUMBERED, top + 37, gap=22)
    for line in range(len(sheet.items) + 2):
        page.add(Rule(_LEFT, top + 22 * line, _RIGHT, top + 22 * line, 0.5))
    for edge in (_LEFT, 76, 318, 385, 450, _RIGHT):
        page.add(Rule(edge, top, edge, bottom, 0.5))
    y = _totals(page, sheet, 391, 539, bottom + 22)
    _block(page, sheet.notes, _LEFT, y + 24, size=8.5)
    return page


def _sidebar(sheet: Sheet) -> Page:
    page, left = Page(sheet.font), 205.0
    page.add(Box(0, 0, 180, HEIGHT, _PALE))
    page.add(Text(24, 72, sheet.title, 13.5, bold=True, colour=sheet.accent))
    y = 112.0
    for label, value in sheet.meta:
        page.add(Text(24, y, label, 8, colour=_GREY), Text(24, y + 14, value, 10))
        y += 38
    page.add(Text(24, y + 10, sheet.bill_to, 8, colour=_GREY))
    _block(page, sheet.customer_lines, 24, y + 25, size=8.5)
    page.add(Text(left, 72, sheet.vendor, 13, bold=True))
    _block(page, sheet.vendor_lines, left, 88, size=8.5, colour=_GREY)
    columns = (_Column(0, left), *_right((1, 405), (2, 470), (3, 550)))
    _header(page, sheet, columns, 170, sheet.accent)
    page.add(Rule(left, 177, 550, 177, 1.2, sheet.accent))
    y = _rows(page, sheet, columns, 196, gap=21)
    y = _totals(page, sheet, 375, 550, y + 14)
    _block(page, sheet.notes, left, y + 36, size=8.5)
    return page


LAYOUTS = Registry[Callable[[Sheet], Page]](
    "layout",
    {
        "classic": _classic,
        "banded": _banded,
        "compact": _compact,
        "letter": _letter,
        "boxed": _boxed,
        "sidebar": _sidebar,
    },
)
