from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from cursitor.web import palette, parts_page


def health(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns = [
    path("health", health, name="health"),
    path("accounts/", include("allauth.urls")),
    path("search", palette.palette, name="palette"),
    path("parts/", parts_page.parts, name="parts"),
    path("", include("cursitor.spine.people.urls")),
    path("orders/", include("cursitor.spine.work.urls")),
]
