from django.urls import path

from cursitor.spine.safeguards import views

app_name = "safeguards"
urlpatterns = [
    path("", views.policy, name="policy"),
    path("of/<int:pk>/", views.policy_of, name="policy_of"),
    path("of/<int:pk>/change", views.change, name="change"),
    path("rules.<str:form>", views.export, name="export"),
    path("of/<int:pk>/rules.<str:form>", views.export_of, name="export_of"),
    path("versions/<int:pk>/", views.pack, name="pack"),
    path("decisions/<int:pk>/override", views.override, name="override"),
]
