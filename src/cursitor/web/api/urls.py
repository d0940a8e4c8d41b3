from django.urls import path

from cursitor.web.api import api
from cursitor.web.api.description import openapi

app_name = "api"
urlpatterns = [
    path("openapi.json", openapi, name="openapi"),
    path("", api.urls),
]
