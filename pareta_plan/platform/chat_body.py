"""A chat request in OpenAI's wire format: a module of its own, loaded with the first chat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, GetJsonSchemaHandler, TypeAdapter

from pareta_plan.platform.bodies import KIB, Sent


class TextPart(Sent):
    """Text."""

    type: Literal["text"]
    text: str


class ImageUrl(Sent):
    """Where an image is: in a data: URL."""

    url: str


class ImagePart(Sent):
    """An image."""

    type: Literal["image_url"]
    image_url: str | ImageUrl


class FileData(Sent):
    """A file as a data: URL."""

    file_data: str


class FilePart(Sent):
    """A document."""

    type: Literal["file"]
    file: FileData


Part = Annotated[TextPart | ImagePart | FilePart, Field(discriminator="type")]
Content = str | Annotated[list[Part], Field(min_length=1)]


class Said(Sent):
    """The message that is answered."""

    content: Content = Field(
        description="text or a list of parts: text, image_url with a data: URL, or file"
    )


class _Unread:
    """Documents anything as content: only that of the message that is answered is checked."""

    def __get_pydantic_json_schema__(
        self, _schema: Any, handler: GetJsonSchemaHandler
    ) -> Mapping[str, Any]:
        """The schema of content."""
        return handler(TypeAdapter(Content | None).core_schema)


class ChatMessage(Sent):
    """One message of a conversation; what else it has is passed on with it."""

    model_config = ConfigDict(extra="allow")

    role: str
    content: Annotated[Any, _Unread()] = None


class StreamOptions(Sent):
    """What a stream tells besides the answer."""

    include_usage: bool | None = None


class Chat(Sent):
    """A conversation to be gone on with; what else is asked for goes to models that take it."""

    model_config = ConfigDict(extra="allow")

    limit = 48 * 1024 * KIB

    model: str = Field(min_length=1, description="the id of an endpoint")
    messages: list[ChatMessage] = Field(
        min_length=1, description="a non-empty list of objects with role and content"
    )
    stream: bool | None = Field(None, description="true or false")
    stream_options: StreamOptions | None = Field(
        None, description="an object whose include_usage is true or false"
    )

    @property
    def usage_wanted(self) -> bool:
        """Whether a stream ends with the tokens counted."""
        return bool(self.stream_options and self.stream_options.include_usage)
