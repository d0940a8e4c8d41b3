from django.urls import include, path

from cursitor.web import health

urlpatterns = [
    path("health", health.health, name="health"),
    path("accounts/", include("allauth.urls")),
]
