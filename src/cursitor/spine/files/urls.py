from django.urls import path

from cursitor.spine.files import views

app_name = "files"
urlpatterns = [
    path("of/<str:number>/", views.room, name="room"),
    path("of/<str:number>/upload", views.upload, name="upload"),
    path("of/<str:number>/files.<str:form>", views.export, name="export"),
    path("<int:pk>/", views.history, name="history"),
    path("versions/<int:pk>/download", views.download, name="download"),
]
