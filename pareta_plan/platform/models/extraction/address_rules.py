"""The parts of an address of the United States by hand-written rules.

Read from the end: the ZIP code, the state, the city behind the last comma; then the number in
front, the unit, a post box, and the street in between. Abbreviations are those of USPS
Publication 28, "Postal Addressing Standards".
"""

from __future__ import annotations

import re

_ZIP = re.compile(r"\b(\d{5}(?:-\d{4})?)\W*$")
_STATES = (
    "al|ak|az|ar|ca|co|ct|de|dc|fl|ga|hi|id|il|in|ia|ks|ky|la|me|md|ma|mi|mn|ms|mo|mt|ne|nv|nh|nj"
    "|nm|ny|nc|nd|oh|ok|or|pa|ri|sc|sd|tn|tx|ut|vt|va|wa|wv|wi|wy|alabama|alaska|arizona|arkansas"
    "|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois|indiana|iowa"
    "|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi"
    "|missouri|montana|nebraska|nevada|new hampshire|new jersey|new mexico|new york|north carolina"
    "|north dakota|ohio|oklahoma|oregon|pennsylvania|rhode island|south carolina|south dakota"
    "|tennessee|texas|utah|vermont|virginia|washington|west virginia|wisconsin|wyoming"
)
_STATE = re.compile(rf"(?i)(?:^|[\s,])({_STATES})\.?\W*$")
_NUMBER = re.compile(r"(?:^|[,\s])(\d+(?:-\d+)?[A-Za-z]?)\b")
_UNIT = re.compile(
    r"(?i)(?:^|[\s,])((?:apt|apartment|unit|suite|ste|room|rm|floor|fl|flr|lot|bldg|#)\.?\s*"
    r"#?\s*[\w-]+|#\s*[\w-]+|\d+(?:st|nd|rd|th)\s+(?:fl|flr|floor)\b)"
)
_BOX = re.compile(r"(?i)\b((?:p\.?\s*o\.?\s*)?box\s*#?\s*[\w-]+)")
_TYPES = (
    "street|st|avenue|ave|av|road|rd|drive|dr|lane|ln|court|ct|place|pl|boulevard|blvd|way|circle"
    "|cir|terrace|ter|trail|trl|parkway|pkwy|highway|hwy|square|sq|loop|plaza|plz|alley|run|pike"
)
_TO_ITS_TYPE = re.compile(rf"(?i)^(.*\b(?:{_TYPES})\b\.?(?:\s+(?:[nsew]|[ns][ew])\b\.?)?)(.*)$")
_SIGNS = " ,;.()"


def extract(text: str) -> dict[str, str | None]:
    """The fields that the rules find; others are None."""
    found: dict[str, str | None] = dict.fromkeys(
        ("number", "street", "unit", "po_box", "city", "state", "zip", "recipient")
    )
    rest = " ".join(text.split())
    for name, pattern in (("zip", _ZIP), ("state", _STATE), ("po_box", _BOX), ("unit", _UNIT)):
        if match := pattern.search(rest):
            found[name] = match[1].strip(_SIGNS)
            rest = f"{rest[: match.start(1)].rstrip()}, {rest[match.end(1) :]}"
    if number := _NUMBER.search(rest):
        found["number"] = number[1]
        found["recipient"] = rest[: number.start()].strip(_SIGNS) or None
        rest = rest[number.end(1) :]
    pieces = [piece.strip(_SIGNS) for piece in rest.split(",") if piece.strip(_SIGNS)]
    found |= _street_and_city(pieces, has_number=number is not None)
    return found


def _street_and_city(pieces: list[str], *, has_number: bool) -> dict[str, str | None]:
    """By commas where there are some, else the city begins behind the type of the street."""
    if not has_number:
        return {"city": pieces[-1] if pieces else None}
    if len(pieces) > 1:
        return {"street": pieces[0], "city": pieces[-1]}
    if pieces and (split := _TO_ITS_TYPE.match(pieces[0])):
        return {"street": split[1].strip(_SIGNS), "city": split[2].strip(_SIGNS) or None}
    return {"street": pieces[0] if pieces else None}
