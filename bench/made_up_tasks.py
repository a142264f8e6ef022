"""Tasks that stand beside the built-in ones to see how a matcher bears a large catalog.

They are made of a job and a matter, and are nobody's: no model, row or figure belongs to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.kinds.fields import FieldSpec

MATTERS = (
    "receipt", "payslip", "bank statement", "passport", "delivery note", "purchase order",
    "insurance claim", "medical report", "lab result", "prescription", "patent", "court ruling",
    "news article", "press release", "job advert", "CV", "research abstract", "recipe",
    "product listing", "property listing", "flight booking", "hotel booking", "tax form",
)  # fmt: skip
JOBS = {
    "extraction": ("{} fields", "Read a {} and give its key facts.", "read {}s", "{} parser"),
    "topic": ("{} topic", "Say which topic a {} is about.", "topic of a {}", "sort {}s by topic"),
    "quality": ("{} completeness", "Say if a {} is complete.", "incomplete {}s", "check {}s"),
    "risk": ("{} risk", "Rate how risky a {} is.", "risk of a {}", "risky {}s"),
}


def made_up(count: int) -> list[TaskSpec]:
    """So many of them, at most one for each job and matter."""
    return list(islice(_tasks(), count))


def _tasks() -> Iterator[TaskSpec]:
    for (job, (title, description, *keywords)), matter in product(JOBS.items(), MATTERS):
        reads = job == "extraction"
        name = title.format(matter)
        yield TaskSpec(
            id=name.lower().replace(" ", "-"),
            title=name[0].upper() + name[1:],
            description=description.format(matter),
            keywords=[matter, *(keyword.format(matter) for keyword in keywords)],
            kind="extraction" if reads else "classification",
            scorer="field-f1" if reads else "accuracy",
            labels=None if reads else {"a": "one", "b": "another"},
            fields={"a": FieldSpec(type="text", description="one")} if reads else None,
            prompt="",
            models=[],
            frontier=[],
        )
