"""A provider as it is declared: where it answers, in which protocol, how fast it may be asked."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from pareta_plan.errors import meant
from pareta_plan.hosts import vendors
from pareta_plan.hosts.addresses import checked, host_of, is_loopback, origin
from pareta_plan.hosts.vendors import VENDORS, Protocol, Vendor
from pareta_plan.platform.data import Data

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
PerMinute = Annotated[int, Field(ge=1, le=10**9)]


class ProviderSpec(Data):
    """A provider. One that bears a vendor's name is that vendor and needs no address.

    `concurrency` is the most requests in flight; `timeout_seconds` is for one try, and for the
    silence between two pieces of a stream. Raises pydantic's ValidationError.
    """

    name: Name
    base_url: Annotated[str, AfterValidator(checked)] | None = None
    protocol: Protocol | None = None
    concurrency: int = Field(16, ge=1, le=1000)
    requests_per_minute: PerMinute | None = None
    tokens_per_minute: PerMinute | None = None
    timeout_seconds: float = Field(120, gt=0, le=3600)

    @model_validator(mode="after")
    def _can_be_reached(self) -> ProviderSpec:
        known = VENDORS.get(self.name)
        if self.base_url is None:
            if known is None:
                near = meant(self.name, VENDORS)
                raise ValueError(f"{self.name} is no known vendor{near}, and has no base_url")
        elif known and origin(self.base_url) != known.origin:
            raise ValueError(
                f"{self.name} is a vendor's name, and {origin(self.base_url)} is not its host; "
                "give a gateway a name of its own"
            )
        return self

    @cached_property
    def url(self) -> str:
        """The base address, without a last slash."""
        return self.base_url or VENDORS[self.name].base_url

    @cached_property
    def origin(self) -> str:
        """Scheme, host and port."""
        return origin(self.url)

    @cached_property
    def vendor(self) -> Vendor | None:
        """The known vendor whose host it is."""
        return vendors.at(self.url)

    @cached_property
    def speaks(self) -> Protocol:
        """The protocol: as declared, else the vendor's, else OpenAI's."""
        return self.protocol or (self.vendor.protocol if self.vendor else "openai")

    @cached_property
    def is_loopback(self) -> bool:
        """Whether it runs on this machine."""
        return is_loopback(host_of(self.url))
