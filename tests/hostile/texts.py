"""Texts that somebody else may have written, and what a text for people must never hold."""

from __future__ import annotations

import json
import re

TEXTS = {
    "escape": "\x1b[2J\x1b]0;owned\x07\x1b[1;31mred",
    "c1": "\x9b31m\x85next",
    "azure": "##vso[task.setvariable variable=PATH]/evil ##[error]no",
    "actions": "x\n::add-mask::a\n::set-output name=a::b\r\n::error::forged",
    "bidi": "abc\u202egpj.exe\u2066\u061c",
    "unseen": "par\u200bcels\ufeff\u2060\u00ad\u200d\U000e0041\u2028x",
    "markup": "<script>alert(1)</script><img src=x onerror=y>`|@all![a](http://x)",
    "formula": '=HYPERLINK("http://x","y")',
    "percent": "%0A::error::x%1b{0}{x.__class__}%s",
    "nul": "a\x00b\x08\x08c\x7f",
    "long": "z" * 5000,
}
"""A kind each."""
SENTINEL = "sentinel-outside-the-project"

RAW = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\U000e0000-\U000e0fff]|(?<![^\x00-\x7f])\u200d"
)
"""What is never printed, whatever the medium; a line's end apart. Written anew, not imported."""
COMMAND = re.compile(r"^\s*::|##\w*\[", re.MULTILINE)
"""What a CI takes for a command."""
OURS = re.compile(r"^::(error|warning|notice) ")
"""What `--format github` is made of."""


def wrong(out: str, err: str, arguments: list[str]) -> str | None:
    """What is wrong with what a command printed; None when nothing is."""
    for stream in (out, err):
        if found := RAW.search(stream):
            return f"raw {found[0]!r} in {stream[max(0, found.start() - 60) : found.end() + 9]!r}"
        if "Traceback (most recent" in stream:
            return stream
        if SENTINEL in stream:
            return "it read outside the project"
        lines = stream.splitlines() if "github" in arguments else [stream]
        for line in lines:
            if not OURS.match(line) and (found := COMMAND.search(line)):
                return (
                    f"a command to a CI in {line[max(0, found.start() - 60) : found.end() + 9]!r}"
                )
    if out and arguments[-1] in ("json", "sarif"):
        json.loads(out)
    return None
