from django.urls import path

from cursitor.spine.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.log, name="log"),
    path("export.<str:form>", views.export, name="export"),
]
