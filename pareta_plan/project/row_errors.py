"""What is wrong with rows, said once for all the rows of a file with which it is wrong."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from pareta_plan.errors import Location, ParetaError, RowsError, refuse

MOST = 100
"""Different errors that are told; of the rest only how many rows have them."""


class BadRow(RowsError):
    """What is wrong with a row; `of_many` says it of several, that are alike in their `kind`."""

    def __init__(
        self,
        message: str,
        *,
        location: Location,
        of_many: str,
        kind: Hashable = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, location=location, hint=hint)
        self.of_many = of_many
        self.kind = kind or message


def refuse_rows(errors: Iterable[ParetaError]) -> None:
    """Raise what is wrong with rows, alike errors as one; nothing where there is none."""
    alike: dict[Hashable, list[ParetaError]] = {}
    for error in errors:
        path = error.location and error.location.path
        kind = error.kind if isinstance(error, BadRow) else error.message
        alike.setdefault((path, kind), []).append(error)
    groups = list(alike.values())
    told = [_together(group) for group in groups[:MOST]]
    if rest := sum(map(len, groups[MOST:])):
        left = f"and {rest:,} more rows"
        told.append(RowsError(left))
    refuse(told)


def _together(alike: list[ParetaError]) -> ParetaError:
    first = alike[0]
    if len(alike) == 1:
        return first
    said = first.of_many if isinstance(first, BadRow) else first.message
    such = "" if all(one.message == first.message for one in alike) else " (the first of them)"
    together = f"{len(alike):,} rows: {said}{such}"
    return RowsError(together, location=first.location, hint=first.hint)
