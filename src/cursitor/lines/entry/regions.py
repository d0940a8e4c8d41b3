"""
Where on the pages of a record a field stands. A place is no value: both keyers may see it.

In a form definition it is written beside the field, under `x-region`: {"page": 1, "x": 0.1, "y": 0.2, "w": 0.3,
"h": 0.05} with page counted from 1 within the record and the rest as shares of the page, from its upper left corner.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cursitor.plumbing.refusal import Invalid

KEYWORD = "x-region"
MOST_PAGES = 1000
SLACK = 1e-9  # shares that were percentages


class RegionOff(Invalid):
    """Raised when a place does not lie on a page, naming the field."""


@dataclass(frozen=True)
class Region:
    """A box on a page of a record. page: from 1. x, y, w, h: shares of the page, 0 to 1, from its upper left corner."""

    page: int
    x: float
    y: float
    w: float
    h: float

    @property
    def box(self) -> list[float]:
        """Return [x, y, w, h], as records and values keep it."""
        return [self.x, self.y, self.w, self.h]

    @property
    def per_cent(self) -> dict[str, float]:
        return {name: round(value * 100, 2) for name, value in zip("xywh", self.box, strict=True)}


def of_document(document: Mapping[str, Any]) -> dict[str, Region]:
    """Return the places a definition as JSON Schema gives, by key. :raises RegionOff: naming the field."""
    properties = document.get("properties")
    listed = properties.items() if isinstance(properties, Mapping) else ()
    return {key: read(key, about[KEYWORD]) for key, about in listed if isinstance(about, Mapping) and KEYWORD in about}


def into_document(document: Mapping[str, Any], regions: Mapping[str, Region]) -> dict[str, Any]:
    """Return the definition with these places and no others. A key that it has no field for is passed over."""
    properties = {key: _without(about) for key, about in document["properties"].items()}
    for key, region in regions.items():
        if key in properties:
            properties[key] = {**properties[key], KEYWORD: asdict(region)}
    return {**document, "properties": properties}


def read(key: str, given: object) -> Region:
    """Return a place from its JSON. :raises RegionOff: naming the field."""
    try:
        if not isinstance(given, Mapping) or isinstance(given["page"], bool) or int(given["page"]) != given["page"]:
            raise TypeError
        region = Region(int(given["page"]), *(float(given[name]) for name in "xywh"))
    except (KeyError, TypeError, ValueError, OverflowError):
        raise RegionOff(f'{key}: a place is {{"page", "x", "y", "w", "h"}} in numbers.', field=key) from None
    lies_on_page = (
        0 <= region.x < 1
        and 0 <= region.y < 1
        and 0 < region.w <= 1 - region.x + SLACK
        and 0 < region.h <= 1 - region.y + SLACK
    )
    if not 1 <= region.page <= MOST_PAGES or not lies_on_page:
        raise RegionOff(f"{key}: the place lies off the page.", field=key)
    return region


def _without(about: Any) -> Any:
    return {name: value for name, value in about.items() if name != KEYWORD} if isinstance(about, Mapping) else about
