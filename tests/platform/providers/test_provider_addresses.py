"""No provider has an address of the machine's own neighbourhood, however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pareta_plan.hosts import vendors
from pareta_plan.hosts.addresses import checked, is_loopback, numeric, origin, refusal
from pareta_plan.platform.providers.provider import ProviderSpec

REFUSED = [
    r"http://169.254.169.254/v1",
    r"http://169.254.170.2/",
    r"http://2852039166/v1",
    r"http://0xa9fea9fe/v1",
    r"http://0251.0376.0251.0376/",
    r"http://169.254.43518/",
    r"http://[::ffff:169.254.169.254]/",
    r"http://[::ffff:a9fe:a9fe]/v1",
    r"http://[64:ff9b::a9fe:a9fe]/",
    r"http://[2002:a9fe:a9fe::1]/",
    r"http://[fe80::1]/v1",
    r"http://[fd00:ec2::254]/",
    r"http://[fd20:ce::254]/",
    r"http://100.100.100.200/",
    r"http://168.63.129.16/",
    r"http://192.0.0.192/",
    r"http://0.0.0.0:8000/v1",
    r"http://0:8000/",
    r"http://[::]:8000/v1",
    r"http://224.0.0.1/",
    r"http://255.255.255.255/",
    r"http://metadata.google.internal/",
    r"http://METADATA.google.internal./computeMetadata",
    r"http://metadata/",
    "http://\uff11\uff16\uff19.254.169.254/",
    "http://169\u3002254\u3002169\u3002254/",
    r"http://metadata.goog/",
    r"http://x.metadata.goog/",
    r"http://instance-data.ec2.internal/",
    r"http://user:word@127.0.0.1/v1",
    r"http://x@api.openai.com/",
    r"ftp://127.0.0.1/v1",
    r"file:///etc/passwd",
    r"127.0.0.1:8000/v1",
    r"http://",
    r"http:///v1",
    r"http://127.0.0.1:0/v1",
    r"http://127.0.0.1:99999/v1",
    r"http://127.0.0.1/v1?key=x",
    r"http://127.0.0.1/v1#x",
    r"http://127.0.0.1%2f@evil/",
    r"http://127.0.0.1\@evil/v1",
    r"http://[fe80::1%25eth0]/v1",
    r"http://[::1/v1",
    r"javascript:alert(1)",
]
TAKEN = {
    "http://127.0.0.1:8000/v1/": "http://127.0.0.1:8000/v1",
    "http://localhost:11434/v1": "http://localhost:11434/v1",
    "https://GATEWAY.example.com:443/a/": "https://gateway.example.com/a",
    "http://[::1]:8080/v1": "http://[::1]:8080/v1",
    "http://10.0.0.7:8000": "http://10.0.0.7:8000",
}


@pytest.mark.parametrize("url", REFUSED)
def test_refused(url: str) -> None:
    with pytest.raises(ValidationError) as failed:
        ProviderSpec(name="box", base_url=url)
    said = failed.value.errors()[0]["msg"]
    assert said.startswith("Value error, ")
    assert "word" not in said.replace("password", "")


@pytest.mark.parametrize(("url", "base"), TAKEN.items())
def test_taken(url: str, base: str) -> None:
    assert ProviderSpec(name="box", base_url=url).url == base


@given(st.integers(0, 2**32 - 1))
def test_an_address_is_the_same_in_any_notation(number: int) -> None:
    octets = number.to_bytes(4)
    dotted = ".".join(map(str, octets))
    mapped = f"::ffff:{octets[0]:x}{octets[1]:02x}:{octets[2]:x}{octets[3]:02x}"
    for other in (str(number), hex(number), mapped):
        assert numeric(other) == numeric(dotted)
        assert (refusal(other) is None) == (refusal(dotted) is None)
        assert is_loopback(other) == is_loopback(dotted)


@given(st.text(max_size=40))
def test_whatever_is_written_is_taken_or_refused(text: str) -> None:
    try:
        found = checked(f"http://{text}")
    except ValueError:
        return
    assert checked(found) == found
    assert origin(found) == origin(f"http://{text}")


def test_vendors_need_no_address_and_have_no_other() -> None:
    for name, vendor in vendors.VENDORS.items():
        spec = ProviderSpec(name=name)
        assert (spec.url, spec.vendor) == (checked(vendor.base_url), vendor)
        assert ProviderSpec(name="mine", base_url=vendor.base_url).vendor == vendor
        with pytest.raises(ValidationError, match="is not its host"):
            ProviderSpec(name=name, base_url="http://127.0.0.1:1/v1")
    assert ProviderSpec(name="anthropic").speaks == "anthropic"


def test_an_unknown_vendor_is_told() -> None:
    with pytest.raises(ValidationError, match="did you mean 'openai'"):
        ProviderSpec(name="open-ai")


@pytest.mark.parametrize(
    "more", [{"concurrency": 0}, {"requests_per_minute": 0}, {"timeout_seconds": 0}, {"speed": 1}]
)
def test_limits_are_numbers_that_can_be(more: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        ProviderSpec.model_validate({"name": "openai", **more})
