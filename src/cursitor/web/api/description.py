"""The description of the API (OpenAPI 3.1), for people who are signed in and for programs with a token."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from ninja.errors import AuthenticationError

from cursitor.web.api import api
from cursitor.web.api.auth import Token


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Answer with the description; the API's own problem when nobody has signed in and no token is sent."""
    if not request.user.is_authenticated and Token()(request) is None:
        return api.on_exception(request, AuthenticationError())
    return JsonResponse(api.get_openapi_schema(path_prefix="/api/v1/"))
