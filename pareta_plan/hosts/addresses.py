"""Which addresses a provider may have: none of the machine's own neighbourhood.

Link-local addresses and those of the clouds' metadata services answer with credentials to whoever
asks. They are refused where an address is declared, and again when a name was looked up.
"""

from __future__ import annotations

import socket
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address

_REFUSED = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "169.254.0.0/16",  # link-local: metadata of AWS, Azure, Google and most others
            "100.100.100.200/32",  # metadata of Alibaba
            "168.63.129.16/32",  # Azure's host
            "192.0.0.192/32",  # metadata of Oracle
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/128",
            "fe80::/10",  # link-local
            "fd00:ec2::254/128",  # metadata of AWS
            "fd20:ce::254/128",  # metadata of Google
            "ff00::/8",
        ),
    )
)
_REFUSED_NAMES = {"metadata", "instance-data", "metadata.goog", "metadata.google.internal"}
_REFUSED_DOMAINS = (".metadata.google.internal", ".metadata.goog", ".ec2.internal")
_CARRIES_IPV4 = (ip_network("64:ff9b::/96"), ip_network("::/96"))
"""Networks whose last 32 bits are an IPv4 address: NAT64 (RFC 6052), and the compatible ones."""
DEFAULT_PORTS = {"http": 80, "https": 443}


class AddressRefused(OSError):
    """A host that no provider may have."""


def checked(url: str) -> str:
    """A base URL without its last slash. Raises ValueError that says what is wrong with it."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise ValueError(f"{_bare(url)!r} is no address") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise ValueError("an address begins with http:// or https://")
    if "@" in parts.netloc:
        raise ValueError("an address holds no user and no password; keys are kept elsewhere")
    if not (parts.hostname or "a").isascii():
        raise ValueError("a host is written in ASCII, as xn-- where it has other letters")
    if not parts.hostname or port == 0 or "%" in parts.netloc or "\\" in url:
        raise ValueError(f"{_bare(url)!r} names no host")
    if parts.query or parts.fragment:
        raise ValueError("an address ends with its path, without ? and #")
    if reason := refusal(parts.hostname):
        raise ValueError(reason)
    return origin(url) + parts.path.rstrip("/")


def origin(url: str) -> str:
    """Scheme, host and port of an address, the port only where it isn't the scheme's own."""
    parts = urlsplit(url.strip())
    port = "" if parts.port in (None, DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{_host(parts)}{port}"


def host_of(url: str) -> str:
    """The host of an address."""
    return urlsplit(url).hostname or ""


def is_loopback(host: str) -> bool:
    """Whether a host, by its name or its number, is this machine."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = numeric(name)
    return address is not None and address.is_loopback


@lru_cache(maxsize=256)
def refusal(host: str) -> str | None:
    """Why a host is refused, or None when it isn't."""
    name = host.lower().rstrip(".")
    if name in _REFUSED_NAMES or name.endswith(_REFUSED_DOMAINS):
        return f"{name} is a cloud's metadata service, which is no provider"
    address = numeric(name)
    if address and any(address in network for network in _REFUSED if _same(address, network)):
        return f"{name} is a link-local, metadata or reserved address, which is no provider"
    return None


def numeric(host: str) -> Address | None:
    """The address that a host is, in any notation that the system takes; None for a name."""
    try:
        return _inner(ip_address(host.partition("%")[0].strip("[]")))
    except ValueError:
        pass
    try:  # 2852039166, 0xa9fea9fe and 169.254.43518 are addresses too
        return IPv4Address(socket.inet_aton(host)) if host.isascii() else None
    except OSError:
        return None


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, else itself."""
    if isinstance(address, IPv4Address):
        return address
    if inner := address.ipv4_mapped or address.sixtofour:
        return inner
    last = IPv4Address(int(address) & 0xFFFFFFFF)
    if int(last) > 1 and any(address in network for network in _CARRIES_IPV4):
        return last
    return address


def _same(address: Address, network: object) -> bool:
    return getattr(network, "version", 0) == address.version


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    return f"[{host}]" if ":" in host else host


def _bare(url: str) -> str:
    """An address without what may be a password in it."""
    return url.rpartition("@")[2][:200]
