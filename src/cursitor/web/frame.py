"""What every page's frame needs: who looks, their side bar, their zone."""

from typing import Any

from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    return {}
