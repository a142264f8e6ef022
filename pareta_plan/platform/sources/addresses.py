"""Addresses of the United States whose words people labelled, from usaddress."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

from pareta_plan.platform.sources.found import Found

_STREET = (
    *("StreetNamePreDirectional", "StreetNamePreModifier", "StreetNamePreType", "StreetName"),
    *("StreetNamePostType", "StreetNamePostDirectional", "StreetNamePostModifier"),
)
_FIELDS = {
    **dict.fromkeys(("AddressNumberPrefix", "AddressNumber", "AddressNumberSuffix"), "number"),
    **dict.fromkeys(_STREET, "street"),
    **dict.fromkeys(("OccupancyType", "OccupancyIdentifier"), "unit"),
    **dict.fromkeys(("USPSBoxType", "USPSBoxID"), "po_box"),
    "PlaceName": "city",
    "StateName": "state",
    "ZipCode": "zip",
    "ZipPlus4": "zip",
    "Recipient": "recipient",
}
_IGNORED = {"NotAddress", "CountryName", "BuildingName", "LandmarkName"}
_FIELD_NAMES = (*dict.fromkeys(_FIELDS.values()),)
_LEAST_FIELDS = 3


def wants(name: str) -> bool:
    """The file that people labelled."""
    return name.endswith("/training/labeled.xml")


def read(files: Iterable[tuple[str, bytes]]) -> Iterator[Found]:
    """Each address whose labels this task has, and whose fields stand in one piece."""
    for _, data in files:
        for address in ElementTree.fromstring(data):  # noqa: S314
            text = " ".join("".join(address.itertext()).split())
            expected = _expected(address, text)
            if expected is not None:
                yield Found(re.sub(r"\W+", " ", text).casefold(), text, expected)


def _expected(address: ElementTree.Element, text: str) -> dict[str, str | None] | None:
    words: dict[str, list[str]] = defaultdict(list)
    for part in address:
        if part.tag in _FIELDS:
            words[_FIELDS[part.tag]] += (part.text or "").split()
        elif part.tag not in _IGNORED:
            return None
    values = {name: " ".join(said).strip(" ,;.()") for name, said in words.items()}
    if len(values) < _LEAST_FIELDS or not all(value in text for value in values.values()):
        return None
    return {name: values.get(name) or None for name in _FIELD_NAMES}
