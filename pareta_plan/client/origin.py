"""Where the key may go: what a key and a platform's URL must look like before any request."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from pareta_plan.errors import APIConnectionError, UsageError


def checked_key(key: str | None) -> str:
    """The key. Raises UsageError when there is none, or it can't be one."""
    if not key or not key.strip():
        raise UsageError("there is no API key", hint="Pass api_key=..., or set PARETA_API_KEY.")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise UsageError("the API key has characters that no key has: check PARETA_API_KEY")
    return key


def checked_base_url(url: str) -> str:
    """The URL without slashes at its end. Raises UsageError for one that would expose the key.

    No message shows more of it than its host: the rest may hold a password or a key.
    """
    parts = _split(url)
    if parts is None or parts.query or parts.fragment:
        raise UsageError(
            "PARETA_BASE_URL is not an http(s) URL of a platform",
            hint="Set it to https:// and a host, with no user, query or fragment.",
        )
    if parts.username or parts.password:
        raise UsageError("PARETA_BASE_URL must not carry a user or a password")
    if parts.scheme == "http" and not is_loopback(url):
        raise UsageError(
            f"PARETA_BASE_URL would send the key to {parts.hostname} in the clear",
            hint="Use https://; plain HTTP is for loopback alone.",
        )
    return url.rstrip("/")


def checked_upload_url(url: str) -> str:
    """The URL of a signed upload. Raises APIConnectionError for one no document should go to."""
    parts = _split(url)
    if parts is None or (parts.scheme == "http" and not is_loopback(url)):
        raise APIConnectionError(
            "the platform's upload URL is neither https nor on this machine",
            hint="Is PARETA_BASE_URL a Pareta platform?",
        )
    return url


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _split(url: str) -> SplitResult | None:
    """The parts of an http(s) URL with a host, None for anything else."""
    import httpx

    if not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        valid = parts.scheme in ("http", "https") and host and parts.port != 0
        host.encode("idna")
        _ = httpx.URL(url).host
    except (ValueError, httpx.InvalidURL):  # a port that is no number, a host that can't be one
        return None
    return parts if valid else None
