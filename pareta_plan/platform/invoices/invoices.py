"""Invoices drawn from rows: `expected` is what they say, `input.document.render` how they look."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from pareta_plan.errors import RowsError
from pareta_plan.platform.data import Data
from pareta_plan.platform.document import Document
from pareta_plan.platform.invoices.layouts import LAYOUTS, Sheet
from pareta_plan.platform.invoices.page import to_image_pdf, to_pdf, to_png, to_scan
from pareta_plan.platform.invoices.written import (
    DATE_STYLES,
    NUMBER_STYLES,
    format_amount,
    format_date,
)

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "CHF": "CHF ", "AUD": "A$", "CAD": "CA$"}


class Labels(Data):
    """The words printed beside the values."""

    title: str
    invoice_number: str
    invoice_date: str
    due_date: str
    bill_to: str
    description: str
    quantity: str
    unit_price: str
    amount: str
    subtotal: str
    tax: str
    total: str


class RenderSpec(Data):
    """How an invoice looks; `extra` are further label and value pairs beside the number."""

    layout: Annotated[str, AfterValidator(LAYOUTS.known)]
    seed: int
    format: Literal["pdf", "scan-png", "scan-pdf"]
    font: Literal["sans", "serif", "mono"] = "sans"
    accent: str = Field("#2f4b6e", pattern=r"^#[0-9a-f]{6}$")
    dates: Annotated[str, AfterValidator(DATE_STYLES.known)] = "iso"
    numbers: Annotated[str, AfterValidator(NUMBER_STYLES.known)] = "1,234.50"
    money: Literal["symbol", "code", "bare"] = "bare"
    labels: Labels
    vendor_lines: list[str] = Field([], max_length=4)
    customer_lines: list[str] = Field([], max_length=5)
    extra: list[tuple[str, str]] = Field([], max_length=4)
    notes: list[str] = Field([], max_length=4)


class LineItem(Data):
    """One line of an invoice."""

    description: str
    quantity: float
    unit_price: str
    amount: str


class Invoice(Data):
    """What an invoice says; money is a plain decimal string, dates are ISO."""

    vendor: str
    invoice_number: str
    invoice_date: str
    due_date: str | None = None
    currency: str
    line_items: list[LineItem] = Field(max_length=12)
    subtotal: str
    tax: str | None = None
    total: str


def render(row: dict[str, Any]) -> Document:
    """Draw a row's invoice. Raises RowsError for a row that doesn't describe one."""
    try:
        spec = RenderSpec.model_validate(row["input"]["document"]["render"])
        sheet = _sheet(Invoice.model_validate(row["expected"]), spec)
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise RowsError(f"the row describes no invoice: {_reason(error)}") from error
    page = LAYOUTS[spec.layout](sheet)
    if spec.format == "scan-png":
        return Document(to_png(to_scan(page, spec.seed)), "image/png")
    drawn = to_pdf(page) if spec.format == "pdf" else to_image_pdf(to_scan(page, spec.seed))
    return Document(drawn, "application/pdf")


def render_as_text(row: dict[str, Any]) -> Document:
    """Draw a row's invoice with a text layer, even a scan: quick to make and to read.

    Raises RowsError for a row that doesn't describe one.
    """
    try:
        look = {**row["input"]["document"]["render"], "format": "pdf"}
    except (KeyError, TypeError) as error:
        raise RowsError(f"the row describes no invoice: {_reason(error)}") from error
    return render({**row, "input": {"document": {"render": look}}})


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return f"{type(error).__name__}: {error}"


def _sheet(invoice: Invoice, spec: RenderSpec) -> Sheet:
    labels = spec.labels
    meta = [
        (labels.invoice_number, invoice.invoice_number),
        (labels.invoice_date, format_date(invoice.invoice_date, spec.dates)),
    ]
    if invoice.due_date:
        meta.append((labels.due_date, format_date(invoice.due_date, spec.dates)))
    currency = [f"All amounts in {invoice.currency}."] if spec.money == "bare" else []
    return Sheet(
        title=labels.title,
        vendor=invoice.vendor,
        vendor_lines=spec.vendor_lines,
        bill_to=labels.bill_to,
        customer_lines=spec.customer_lines,
        meta=[*meta, *spec.extra],
        headers=(labels.description, labels.quantity, labels.unit_price, labels.amount),
        items=[_item_cells(item, spec) for item in invoice.line_items],
        totals=_totals(invoice, spec),
        notes=[*currency, *spec.notes],
        font=spec.font,
        accent=spec.accent,
    )


def _item_cells(item: LineItem, spec: RenderSpec) -> tuple[str, str, str, str]:
    quantity = f"{Decimal(str(item.quantity)):f}".removesuffix(".0")
    point = NUMBER_STYLES[spec.numbers][1]
    return (
        item.description,
        quantity.replace(".", point),
        format_amount(item.unit_price, spec.numbers),
        format_amount(item.amount, spec.numbers),
    )


def _totals(invoice: Invoice, spec: RenderSpec) -> list[tuple[str, str]]:
    rows = [(spec.labels.subtotal, invoice.subtotal)]
    if invoice.tax is not None:
        rows.append((spec.labels.tax, invoice.tax))
    rows.append((spec.labels.total, invoice.total))
    return [(label, _money(amount, invoice.currency, spec)) for label, amount in rows]


def _money(amount: str, currency: str, spec: RenderSpec) -> str:
    written = format_amount(amount, spec.numbers)
    if spec.money == "symbol":
        return _SYMBOLS.get(currency, currency + " ") + written
    return f"{written} {currency}" if spec.money == "code" else written
