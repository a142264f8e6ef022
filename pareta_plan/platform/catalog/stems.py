"""What is left of a word without its ending."""

from __future__ import annotations

from functools import lru_cache

SUFFIXES = (  # of verbs and what is made of them: suffix, what takes its place, least length left
    ("ification", "ify", 4),
    *((f"{verb}ation", "", 4) for verb in ("is", "iz", "")),
    *((f"{verb}{form}", "", 4) for form in ("ing", "ed", "e") for verb in ("is", "iz", "at")),
    ("ied", "y", 3),
    ("ing", "", 3),
    ("ion", "", 4),
    ("ly", "", 4),
    ("ed", "", 3),
)
_BY_LETTER = {
    letter: [rule for rule in SUFFIXES if rule[0].endswith(letter)]
    for letter in {suffix[-1] for suffix, *_ in SUFFIXES}
}


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """What is left of a casefolded word without its ending: plural, then verb form, then e or y."""
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        word = word[:-1]
    word = _verb_stem(word)
    return word[:-1] if word.endswith(("e", "y")) and len(word) > 3 else word


def _verb_stem(word: str) -> str:
    for suffix, ending, least in _BY_LETTER.get(word[-1:], ()):
        if word.endswith(suffix) and len(word) - len(suffix) + len(ending) >= least:
            rest = word.removesuffix(suffix) + ending
            doubled = rest[-1] == rest[-2] and rest[-1] not in "lsz"
            return rest[:-1] if doubled else rest
    return word


def words_of(text: str) -> frozenset[str]:
    """The stems of words that stand between spaces."""
    return frozenset(map(stem, text.split()))
