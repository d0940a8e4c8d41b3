from django.urls import path

from cursitor.spine.insight import views

app_name = "insight"
urlpatterns = [path("", views.home, name="home")]
