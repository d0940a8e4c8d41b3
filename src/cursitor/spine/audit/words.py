"""
The display registry: what an event type is called.

Each app says it in its choices.py: `EVENTS` maps the type to words that follow the name of whoever did it ("issued
the order"), and `PRIVATE_EVENTS` names the types that the other party to a matter does not read.
"""

import importlib
import importlib.util
from collections.abc import Iterator
from functools import lru_cache
from types import ModuleType

from django.apps import apps


def of(event: str) -> str:
    """Return the words of an event type, to follow a name; the type itself when no app has given it words."""
    said = str(events().get(event, event))
    return said[:1].lower() + said[1:]


@lru_cache(maxsize=1)
def events() -> dict[str, str]:
    """Return the words of every event type, by type."""
    found: dict[str, str] = {}
    for module in _choices():
        given = getattr(module, "EVENTS", {})
        if twice := found.keys() & given.keys():
            raise RuntimeError(f"{module.__name__} gives words to {', '.join(sorted(twice))} a second time")
        found |= given
    return dict(sorted(found.items()))


@lru_cache(maxsize=1)
def private_events() -> frozenset[str]:
    """Return the event types that only the organisation of whoever did it reads."""
    return frozenset().union(*(getattr(module, "PRIVATE_EVENTS", ()) for module in _choices()))


def _choices() -> Iterator[ModuleType]:
    for config in apps.get_app_configs():
        name = f"{config.name}.choices"
        if config.name.startswith("cursitor.") and importlib.util.find_spec(name):
            yield importlib.import_module(name)
