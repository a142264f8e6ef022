"""The kinds of values that manifests and project files hold; `explain` says what is wrong."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

NAME, TEXT, ID = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", r"\S", r"^\S+$"
ALIAS = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*-[1-9][0-9]*$"
Name = Annotated[str, StringConstraints(pattern=NAME, max_length=50)]
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # but for tabs and line feeds


def _printable(text: str) -> str:
    if found := _CONTROL.search(text):
        raise ValueError(f"the text holds a control character, {found[0]!r}; take it out")
    return text


_Printable = AfterValidator(_printable)
Text = Annotated[str, StringConstraints(pattern=TEXT, max_length=2000), _Printable]
Id = Annotated[str, StringConstraints(pattern=ID, max_length=200), _Printable]
Label = Annotated[str, _Printable]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Usd = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class Section(BaseModel):
    """A mapping of a manifest or a project file; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
