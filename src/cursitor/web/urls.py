from django.urls import include, path

from cursitor.web import health, palette, parts_page


urlpatterns = [
    path("health", health.health, name="health"),
    path("accounts/", include("allauth.urls")),
    path("search", palette.palette, name="palette"),
    path("api/v1/", include("cursitor.web.api.urls")),
    path("parts/", parts_page.parts, name="parts"),
    path("", include("cursitor.spine.people.urls")),
    path("orders/", include("cursitor.spine.work.urls")),
    path("ledger/", include("cursitor.spine.ledger.urls")),
]
