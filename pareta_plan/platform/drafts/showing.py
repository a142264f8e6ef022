"""What so many held-out rows can show of a model, and can't."""

from __future__ import annotations

from collections.abc import Iterator

from pareta_plan.platform.kinds.intervals import wilson


def precision(rows: int) -> str:
    """How far from a quality the truth may be, said of a model that is right on four in five."""
    right = round(0.8 * rows)
    low, high = wilson(right, rows)
    return (
        f"{right:,} of {rows:,} right would be a quality of {right / rows:.2f}, anywhere from "
        f"{low:.2f} to {high:.2f} at 95%"
    )


def can_show(rows: int, usual: float | None) -> Iterator[str]:
    """What so many held-out rows can show, and can't: sentences with computed figures.

    `usual` is the share of the most frequent label. Intervals are Wilson's, at 95%.
    """
    yield f"{precision(rows)}: models that are closer can't be told apart."
    if usual is not None:
        enough = [n for n in range(rows + 1) if wilson(n, rows)[0] > usual]
        if enough:
            yield (
                f"The usual answer alone is right on {usual:.0%}; a model that is right on "
                f"{enough[0]:,} or more is shown to be better."
            )
        else:
            yield f"The usual answer alone is right on {usual:.0%}: no model could be shown better."
    ten = 10 * rows
    low, high = wilson(round(0.8 * ten), ten)
    yield f"{ten:,} held-out rows would leave {low:.2f} to {high:.2f}."
