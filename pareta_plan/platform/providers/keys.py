"""A provider's key: where it comes from, and to whom it may go.

A key comes from the environment or from `providers.yaml` in the user's configuration folder,
never from a repository. A vendor's key goes to that vendor's own host; any other server that
isn't on this machine gets one only where the user, not the repository, named its origin.

    trusted_origins: [https://gateway.example.com]    # may get the key of the environment
    keys:
      openai: sk-...                                  # a vendor, or
      https://models.example.com: sk-...              # an origin, which trusts it as well
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, SecretStr, ValidationError

from pareta_plan.errors import ParetaError
from pareta_plan.hosts.addresses import checked, origin
from pareta_plan.hosts.vendors import VENDORS
from pareta_plan.platform.data import Data
from pareta_plan.platform.providers.provider import ProviderSpec
from pareta_plan.user_cache import config_folder

ENV_TRUSTED = "PARETA_PLAN_TRUSTED_ORIGINS"
FILE = "providers.yaml"
_OTHERS_MAY = stat.S_IRWXG | stat.S_IRWXO


class KeyProblem(ParetaError):
    """A provider has no key, or one that mustn't be used; the hint says what to set."""


def _is_origin(text: str) -> str:
    if text in VENDORS:
        return text
    url = checked(text)
    if url != origin(url):
        raise ValueError("an origin has no path")
    return url


Holder = Annotated[str, AfterValidator(_is_origin)]


class _File(Data):
    """The user's own settings for providers."""

    trusted_origins: tuple[Holder, ...] = ()
    keys: dict[Holder, SecretStr] = {}  # noqa: RUF012  (pydantic copies its defaults)


def variable(spec: ProviderSpec) -> str:
    """The environment's variable for a provider's key."""
    if spec.vendor and VENDORS.get(spec.name) is spec.vendor:
        return spec.vendor.key
    return f"PARETA_PLAN_KEY_{spec.name.upper().replace('-', '_')}"


def key_of(spec: ProviderSpec, environment: Mapping[str, str] = os.environ) -> SecretStr | None:
    """The key to call a provider with; None for a server that needs none.

    Raises KeyProblem: a vendor without a key, a key for a server that the user doesn't trust or
    that would go over plain HTTP, a file that others can read.
    """
    mine = _read(config_folder() / FILE)
    found = _in_environment(spec, environment) or _in_file(spec, mine)
    if found is None:
        if spec.vendor:
            raise KeyProblem(f"the provider {spec.name} needs a key", hint=_how(spec))
        return None
    if not spec.is_loopback:
        _check_goes_to(spec, mine, environment)
    return _well_formed(spec, found)


def _in_environment(spec: ProviderSpec, environment: Mapping[str, str]) -> SecretStr | None:
    own = f"PARETA_PLAN_KEY_{spec.name.upper().replace('-', '_')}"
    names = [own, *([spec.vendor.key] if spec.vendor else [])]
    value = next((environment[name] for name in names if environment.get(name, "").strip()), None)
    return None if value is None else SecretStr(value)


def _in_file(spec: ProviderSpec, mine: _File) -> SecretStr | None:
    named = next((name for name, known in VENDORS.items() if known is spec.vendor), None)
    return mine.keys.get(spec.origin) or (mine.keys.get(named) if named else None)


def _check_goes_to(spec: ProviderSpec, mine: _File, environment: Mapping[str, str]) -> None:
    if not spec.url.startswith("https://"):
        raise KeyProblem(
            f"the provider {spec.name} would get its key over plain HTTP at {spec.origin}",
            hint="give it an https:// address, or take its key out of the environment",
        )
    listed = environment.get(ENV_TRUSTED, "").replace(",", " ").split()
    trusted = {*map(_loosely, listed), *mine.trusted_origins, *mine.keys}
    if spec.vendor is None and spec.origin not in trusted:
        raise KeyProblem(
            f"the provider {spec.name} has a key, and {spec.origin} is not trusted with one: the "
            "address comes from the project, not from you",
            hint=f"if that server is yours, set {ENV_TRUSTED}={spec.origin}, or list it under "
            f"trusted_origins in {config_folder() / FILE}",
        )


def _loosely(text: str) -> str:
    """An origin of the environment; what is none trusts nobody."""
    try:
        return origin(checked(text))
    except ValueError:
        return ""


def _well_formed(spec: ProviderSpec, key: SecretStr) -> SecretStr:
    value = key.get_secret_value().strip()
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise KeyProblem(
            f"the key of the provider {spec.name} is no key: it is empty, or has a space, a line "
            "break or a character that a header can't hold",
            hint=_how(spec),
        )
    return SecretStr(value)


def _how(spec: ProviderSpec) -> str:
    holder = spec.name if spec.name in VENDORS else spec.origin
    return f"set {variable(spec)}, or put it under keys, {holder}, in {config_folder() / FILE}"


def _read(path: Path) -> _File:
    """The user's file; an empty one where there is none. No error quotes what it holds."""
    try:
        with path.open("rb") as file:
            _check_private(path, os.fstat(file.fileno()).st_mode)
            text = file.read().decode()
    except FileNotFoundError:
        return _File()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyProblem(f"{path} can't be read: {type(error).__name__}") from None
    return _parsed(path, text)


def _check_private(path: Path, mode: int) -> None:
    if sys.platform != "win32" and mode & _OTHERS_MAY:
        raise KeyProblem(
            f"{path} holds keys and others than you may read or write it",
            hint=f"chmod 600 {path}",
        )


def _parsed(path: Path, text: str) -> _File:
    import yaml

    try:
        found = yaml.safe_load(text)
        return _File.model_validate({} if found is None else found)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        problem = KeyProblem(f"{path}{where} is not YAML")
    except ValidationError as error:
        places = [".".join(map(str, one["loc"][:1])) for one in error.errors(include_input=False)]
        wrong = ", ".join(sorted({place for place in places if place in _File.model_fields}))
        problem = KeyProblem(
            f"{path} is not as it should be" + (f": see {wrong}" if wrong else ""),
            hint="it has keys (a vendor or an origin: its key) and trusted_origins (a list)",
        )
    raise problem
