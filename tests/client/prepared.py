"""Names that snippets take from the ones before them in their document, for the type checker."""

from __future__ import annotations

from pareta_plan import Pareta

pa: Pareta
task_id: str
