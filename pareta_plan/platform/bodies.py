"""What clients send: bodies, forms and queries, checked and typed. Chats are in `chat_body`.

A field's description ends the sentence that a bad value is refused with: `<field> must be
<description>`. Members that are unknown here are ignored, since newer clients send more.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from pareta_plan.wire import MAX_MICRO_USD, PROMPT_CHARACTERS

KIB = 1024
MAX_JSON = 1024 * KIB
MAX_ITEMS = 32 * 1024 * KIB
MAX_ATTACHED = 5 * 1024 * KIB
MAX_UPLOADED = 32 * 1024 * KIB
MAX_TEXT = 100_000
"""Characters that a model is given at once: about forty pages."""
MAX_QUERY = 2000
MAX_TOP_K = 50
MAX_EXAMPLES = 999_999_999
UPLOADED = "pareta-upload://"


class Sent(BaseModel):
    """Values of the types that the fields say, not of similar ones.

    `kind` tells where they are; a body of `bytes` is a file and nothing else. `limit` is in
    bytes, `file_part` the name of a form's file.
    """

    model_config = ConfigDict(
        frozen=True, strict=True, extra="ignore", protected_namespaces=(), defer_build=True
    )

    kind: ClassVar[Literal["nothing", "json", "form", "query", "bytes"]] = "json"
    limit: ClassVar[int] = MAX_JSON
    file_part: ClassVar[str] = ""
    bounds: ClassVar[frozenset[str]] = frozenset()
    """Members that say how far the work may go, not what it is: no key minds if they change."""


class Nothing(Sent):
    """No values: the path says it all."""

    kind = "nothing"


def _whole(value: Any) -> Any:
    """A number that was written as text, as in forms and queries."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        return int(value)
    return value


Whole = Annotated[int, BeforeValidator(_whole)]
TaskId = Annotated[str, Field(min_length=1, description="the id of a benchmark task")]


class Examples(Sent):
    """How much of a task is shown."""

    kind = "query"

    examples_n: Whole = Field(0, ge=0, le=MAX_EXAMPLES, description="a whole number of rows")
    documents: Whole = Field(
        0, ge=0, le=1, description="1 for the rows' documents too, as data: URLs, else 0"
    )


class Roster(Sent):
    """The task whose baselines are wanted."""

    kind = "query"

    task: str | None = Field(None, description="the id of a benchmark task")


class Named(Sent):
    """A project's own model on a task."""

    kind = "query"

    task: str = Field(description="the id of a benchmark task")
    model: str = Field(description="an alias or a baseline's id")


class Match(Sent):
    """The words to find a task for."""

    limit = 32 * KIB

    query: str = Field(
        max_length=MAX_QUERY,
        pattern=r"\S",
        description=f"the job in words, at most {MAX_QUERY} characters",
    )
    top_k: int = Field(5, ge=1, le=MAX_TOP_K, description=f"a whole number from 1 to {MAX_TOP_K}")


class Deploy(Sent):
    """The endpoint to make."""

    task: TaskId
    model: str = Field(
        "recommended", min_length=1, description="an alias of the task, or recommended"
    )
    name: str | None = Field(
        None, pattern="^[a-z0-9-]{1,63}$", description="1 to 63 characters of a-z, 0-9 and -"
    )


class Promote(Sent):
    """The endpoint that a name is to reach."""

    endpoint: str = Field(min_length=1, description="the id of an endpoint")
    scope: str = Field(
        "", max_length=255, description="the project and environment that the name is of"
    )
    replaces: str | None = Field(None, description="the id of an endpoint that it reached before")


class NewSet(Sent):
    """An eval set: its rows are the file, JSON Lines."""

    kind = "form"
    limit = MAX_ITEMS
    file_part = "items"

    task_id: TaskId
    name: str = Field("", description="text")
    prompt: str = Field("", description="a sentence on what to do with each row")


class Proposing(Sent):
    """Rows that a task is wanted for: the file, JSON Lines, and what is to be done with each."""

    kind = "form"
    limit = MAX_ITEMS
    file_part = "items"

    prompt: str = Field(
        "",
        max_length=PROMPT_CHARACTERS,
        description=f"a sentence on what to do with each row, of {PROMPT_CHARACTERS} characters "
        "at most",
    )


class Place(Sent):
    """Where a document belongs: a row of the set, and its field."""

    idx: Whole = Field(description="a whole number: a row of the set")
    field_name: str = Field(description="the field of the rows that holds documents")
    mime: str = Field(
        pattern="^(application/pdf|image/)", description="application/pdf or an image type"
    )


class Attach(Place):
    """A document of a row, sent with it."""

    kind = "form"
    limit = MAX_ATTACHED
    file_part = "file"


class Announce(Place):
    """A document of a row that comes later, at a URL of its own."""

    file_size: Whole = Field(description="a whole number of bytes")


class Complete(Place):
    """The document that came meanwhile."""

    storage_uri: str = Field(
        pattern=f"^{UPLOADED}", description="the one that came with the upload URL"
    )


class Upload(Sent):
    """A document's bytes, of the type that the header tells."""

    kind = "bytes"
    limit = MAX_UPLOADED

    mime: str | None = None


class NewRun(Sent):
    """The eval set to score, and the models to score on it."""

    bounds = frozenset({"max_cost_micro_usd", "resumes"})

    eval_set_id: str = Field(min_length=1, description="the id of an eval set")
    candidate_model_ids: list[str] = Field(
        min_length=1, description="a list of model ids, not empty"
    )
    max_cost_micro_usd: int | None = Field(
        None, ge=0, le=MAX_MICRO_USD, description="a whole number of micro-USD, the run's ceiling"
    )
    resumes: str | None = Field(
        None, min_length=1, description="the id of a run whose scored rows are taken over"
    )
