"""The words of a drafted task: keywords of intents, the prompt, what labels mean."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

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


def description(column: str, answers: Answers) -> str:
    """What comes in and what is to come out, as far as the rows tell."""
    return _DESCRIBED[answers.kind].format(_spaced(column))


_DESCRIBED = {
    "classification": "Classify a text by its {}.",
    "labelling": "Give a text all labels of its {} that fit, maybe none.",
    "extraction": "Read a text and give its {}.",
    "structure": "Turn a text into JSON: its {}.",
    "ranking": "Put candidates in order for a query, by {}.",
    "prose": "Read a text and write its {}.",
}


def prompt(column: str, answers: Answers) -> str:
    """What a language model is told to do with a row."""
    return _ASKED[answers.kind](_spaced(column), answers)


def _one_label(column: str, answers: Answers) -> str:
    *most, last = answers.labels or [""]
    asked = f"Read the text and answer with its {column}: {', '.join(most)} or {last}."
    return f"{asked}\nAnswer with that alone."


def _labels(column: str, answers: Answers) -> str:
    named = ", ".join(answers.labels or ())
    return (
        f"Read the text and answer with a JSON list of all labels that fit its {column}.\n"
        f"The labels are {named}. Where none fits, answer []."
    )


def _fields(_column: str, answers: Answers) -> str:
    told = [f"{name}: {field.description}" for name, field in (answers.fields or {}).items()]
    return "\n".join(
        ["Read the text and answer with one JSON object.", *told, "Use null for what isn't there."]
    )


_ASKED: dict[str, Callable[[str, Answers], str]] = {
    "classification": _one_label,
    "labelling": _labels,
    "extraction": _fields,
    "structure": lambda column, _: f"Read the text and answer with its {column} as JSON.",
    "ranking": lambda _column, _answers: (
        "Read the query and the candidates, and answer with a JSON list of the candidates' ids, "
        "the one that fits best first."
    ),
    "prose": lambda column, _: f"Read the text and write its {column}.\nAnswer with that alone.",
}


def meaning(label: str, dev: Sequence[Example]) -> str:
    """What a label means, as far as an example tells: the shortest of its rows."""
    inputs = (" ".join(one.input.split()) for one in dev if label in one.labels)
    shortest = min(inputs, key=lambda text: (len(text), text))
    return f"such as: {shortest if len(shortest) <= 70 else shortest[:67] + '...'}"
