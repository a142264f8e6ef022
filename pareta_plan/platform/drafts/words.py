"""The words of a drafted task: keywords of intents, the prompt, what labels mean."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from pareta_plan.platform.drafts.answers import Answers, Example

MOST_WORDS = 5
LEAST_SHARE = 0.25
_WORD = re.compile(r"[^\W\d_]{4,}")


def keywords(name: str, column: str, answers: Answers, dev: Sequence[Example]) -> list[str]:
    """What an intent that means the task may say: its name, its answers, and words of its rows."""
    said = [_spaced(name), _spaced(column)]
    said = [one for one in said if one not in _stop_words()]
    said += [_spaced(one).lower() for one in (answers.labels or answers.fields or ())][:12]
    return [*dict.fromkeys([*filter(None, said), *_frequent(dev)])]


def _spaced(name: str) -> str:
    return " ".join(re.split(r"[-_\s]+", name)).strip()


def _frequent(dev: Sequence[Example]) -> list[str]:
    """Words that a quarter of the rows have, but for those that any text has."""
    stop = _stop_words()
    often = Counter(
        word for example in dev for word in {*map(str.lower, _WORD.findall(example.input))}
    )
    known = [(-n, word) for word, n in often.items() if word not in stop]
    return [word for n, word in sorted(known)[:MOST_WORDS] if -n >= LEAST_SHARE * len(dev)]


def _stop_words() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS  # here: it takes a second

    return frozenset(ENGLISH_STOP_WORDS)


def prompt(column: str, answers: Answers) -> str:
    """What a language model is told to do with a row."""
    if answers.labels:
        *most, last = answers.labels
        asked = f"Read the text and answer with its {_spaced(column)}: {', '.join(most)} or {last}."
        return f"{asked}\nAnswer with that alone."
    told = [f"{name}: {field.description}" for name, field in (answers.fields or {}).items()]
    return "\n".join(
        ["Read the text and answer with one JSON object.", *told, "Use null for what isn't there."]
    )


def meaning(label: str, dev: Sequence[Example]) -> str:
    """What a label means, as far as an example tells: the shortest of its rows."""
    inputs = (" ".join(one.input.split()) for one in dev if one.expected == label)
    shortest = min(inputs, key=lambda text: (len(text), text))
    return f"such as: {shortest if len(shortest) <= 70 else shortest[:67] + '...'}"
