"""What the reading of one document may take; more is the document's fault."""

from __future__ import annotations

from dataclasses import dataclass

from pareta_plan.errors import RowsError


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of one document, and what is said of one that breaks them.

    `page_seconds` is processor time a page, of which a scanned page of dense print takes about
    half. `wall_seconds` is the whole document's by the clock, for where the machine is busy or
    can't count processor time. `memory` is bytes of address space, the libraries included.
    """

    page_seconds: int = 8
    wall_seconds: float = 120.0
    memory: int = 1 << 30

    def over_time(self) -> RowsError:
        """The error of a document that takes too long."""
        return RowsError(
            f"reading the document takes more than {self.page_seconds} seconds of processor time "
            f"a page, or {self.wall_seconds:.0f} seconds in all"
        )

    def over_memory(self) -> RowsError:
        """The error of a document that takes too much memory, or breaks what reads it."""
        return RowsError(
            f"reading the document takes more than {self.memory >> 20} MiB of memory, or breaks "
            "what reads it"
        )
