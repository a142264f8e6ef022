"""PDFs of a few kilobytes that take minutes or gigabytes to read."""

from __future__ import annotations

import zlib

_FONT = b"<< /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
_PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
    b"/Resources << /Font " + _FONT + b" >> >>"
)


def many_lines(count: int) -> bytes:
    """A page without text, so that it is drawn: one line after the other across all of it."""
    return _pdf(zlib.compress(b"0 0 m 500 700 l S\n" * count, 9))


def many_words(count: int) -> bytes:
    """A page of so many pieces of text."""
    return _pdf(zlib.compress(b"BT /F1 1 Tf\n" + b"(a) Tj 0 2 Td\n" * count + b"ET", 9))


def bomb(mebibytes: int) -> bytes:
    """A page whose content is so many blanks, compressed twice."""
    once = zlib.compressobj(9)
    parts = [once.compress(b"\n" * (1 << 20)) for _ in range(mebibytes)]
    twice = zlib.compress(b"".join([*parts, once.flush()]), 9)
    return _pdf(twice, b"[/FlateDecode /FlateDecode]")


def _pdf(content: bytes, filters: bytes = b"/FlateDecode") -> bytes:
    stream = b"<< /Length %d /Filter %s >>\nstream\n%s\nendstream"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        _PAGE,
        stream % (len(content), filters, content),
    )
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return out + head + table + trailer % (len(objects) + 1, len(out))
