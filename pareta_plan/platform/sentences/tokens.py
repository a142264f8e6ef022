"""BERT's tokens of a text: words, then the longest pieces of them that the vocabulary has.

As in `bert/tokenization.py` of google-research, uncased, and in the `tokenizer.json` that the
vocabulary is read from.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping

UNKNOWN = "[UNK]"
LONGEST_WORD = 100
_INSIDE = "##"
_CJK = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)  # fmt: skip


def vocabulary(tokenizer_json: bytes) -> dict[str, int]:
    """The numbers of the pieces, of a file in the format of Hugging Face's tokenizers."""
    pieces: dict[str, int] = json.loads(tokenizer_json)["model"]["vocab"]
    return pieces


def tokens(text: str, pieces: Mapping[str, int]) -> Iterator[int]:
    """The numbers of a text's pieces, without those that stand at its ends."""
    for word in _words(text):
        yield from _of_word(word, pieces)


def _of_word(word: str, pieces: Mapping[str, int]) -> list[int]:
    unknown = [pieces[UNKNOWN]]
    found: list[int] = []
    at = 0
    while at < len(word) <= LONGEST_WORD:
        before = _INSIDE if at else ""
        for end in range(len(word), at, -1):
            if (piece := pieces.get(before + word[at:end])) is not None:
                break
        else:
            return unknown
        found.append(piece)
        at = end
    return found or unknown


def _words(text: str) -> Iterator[str]:
    """Runs of letters and digits; every punctuation mark and Chinese character is a word."""
    for spaced in _clean(text).split():
        word = ""
        for char in spaced:
            if not _alone(char):
                word += char
                continue
            if word:
                yield word
            yield char
            word = ""
        if word:
            yield word


def _clean(text: str) -> str:
    """Lower case, without accents and control characters."""
    spaced = "".join(" " if char in "\t\n\r" else char for char in text)
    shown = (c for c in spaced if c != "\ufffd" and unicodedata.category(c) not in _HIDDEN)
    bare = unicodedata.normalize("NFD", "".join(shown))
    return "".join(c for c in bare if unicodedata.category(c) != "Mn").lower()


_HIDDEN = ("Cc", "Cf", "Cn", "Co")


def _alone(char: str) -> bool:
    code = ord(char)
    if 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126:
        return True
    return unicodedata.category(char).startswith("P") or any(a <= code <= b for a, b in _CJK)
