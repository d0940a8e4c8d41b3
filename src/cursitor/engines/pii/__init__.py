"""Personal data in a text, found by pattern and proved by checksum where the number has one."""

from cursitor.engines.pii.kinds import KINDS, Kind
from cursitor.engines.pii.screen import Evidence, Hit, masked, screen

__all__ = ["KINDS", "Evidence", "Hit", "Kind", "masked", "screen"]
