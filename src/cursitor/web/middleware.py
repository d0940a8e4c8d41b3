"""Small middlewares: headers, sessions seen, sign-in by default, and refusals turned into answers."""

from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from cursitor.plumbing import refusal

GetResponse = Callable[[HttpRequest], HttpResponse]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "frame-src 'self' blob:; object-src 'none'"
)
SEEN_EVERY_SECONDS = 300
OPEN_PREFIXES = ("/accounts/", "/static/", "/health", "/invitation/", "/api/")


def content_security_policy(get_response: GetResponse) -> GetResponse:
    """Let a page load only what this installation serves: no inline script, nothing from outside."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return middleware


def sessions_seen(get_response: GetResponse) -> GetResponse:
    """Note when a session was last seen, every five minutes at most: a write for each request would hold up others."""

    def middleware(request: HttpRequest) -> HttpResponse:
        key = request.session.session_key if request.user.is_authenticated else None
        if key and cache.add(f"session-seen:{key}", 1, SEEN_EVERY_SECONDS):
            UserSession.objects.create_from_request(request)
        return get_response(request)

    return middleware


def signed_in_by_default(get_response: GetResponse) -> GetResponse:
    """Default deny: whoever has not signed in reaches nothing but the sign-in pages, health and the API's own gate."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated or request.path.startswith(OPEN_PREFIXES):
            return get_response(request)
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)

    return middleware


class refusals:  # noqa: N801 - a middleware is named like the function it stands in for
    """Turn a Refusal that a view let pass into the page, fragment or redirect that says so."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, refusal.Refusal):
            return None
        if isinstance(exception, refusal.StepUpNeeded):
            return _confirm(request)
        if request.headers.get("Accept", "").startswith("application/json"):
            return JsonResponse({"code": exception.code, "detail": exception.sentence}, status=exception.status)
        template = "web/refusal.html#message" if request.htmx else "web/refusal.html"
        return render(request, template, {"refusal": exception}, status=exception.status)


def _confirm(request: HttpRequest) -> HttpResponse:
    back = request.headers.get("Referer") if request.method == "POST" else request.get_full_path()
    target = f"{reverse('account_reauthenticate')}?{urlencode({'next': _path(request, back)})}"
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return redirect(target)


def _path(request: HttpRequest, address: str | None) -> str:
    own = request.build_absolute_uri("/")
    if address and address.startswith(own):
        return "/" + address[len(own) :]
    return address if address and address.startswith("/") and not address.startswith("//") else "/"
