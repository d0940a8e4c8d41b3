from django.urls import include, path
from django.views.generic import RedirectView

from cursitor.web import health, palette, parts_page

urlpatterns = [
    path("health", health.health, name="health"),
    # Whoever could change the address could accept what was sent to another; an invitation to the new one does it.
    path("accounts/email/", RedirectView.as_view(pattern_name="people:account")),
    path("accounts/", include("allauth.urls")),
    path("search", palette.palette, name="palette"),
    path("api/v1/", include("cursitor.web.api.urls")),
    path("parts/", parts_page.parts, name="parts"),
    path("", include("cursitor.spine.insight.urls")),
    path("", include("cursitor.spine.people.urls")),
    path("", include("cursitor.spine.engagements.urls")),
    path("files/", include("cursitor.spine.files.urls")),
    path("policy/", include("cursitor.spine.safeguards.urls")),
    path("log/", include("cursitor.spine.audit.urls")),
    path("orders/", include("cursitor.spine.work.urls")),
    path("review/", include("cursitor.lines.review.urls")),
    path("entry/", include("cursitor.lines.entry.urls")),
    path("quality/", include("cursitor.spine.quality.urls")),
    path("ledger/", include("cursitor.spine.ledger.urls")),
]
