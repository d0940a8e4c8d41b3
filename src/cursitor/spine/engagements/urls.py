from django.urls import path

from cursitor.spine.engagements import views

app_name = "engagements"
urlpatterns = [
    path("matters/", views.matters, name="matters"),
    path("matters/matters.<str:form>", views.export_matters, name="export_matters"),
    path("matters/open", views.open_matter, name="open_matter"),
    path("matters/clients/add", views.make_client, name="make_client"),
    path("matters/<str:number>/", views.matter, name="matter"),
    path("matters/<str:number>/correct", views.correct_matter, name="correct_matter"),
    path("matters/<str:number>/close", views.close_matter, name="close_matter"),
    path("matters/<str:number>/reopen", views.reopen_matter, name="reopen_matter"),
    path("matters/<str:number>/parties/add", views.add_party, name="add_party"),
    path("matters/<str:number>/parties/<int:pk>/remove", views.remove_party, name="remove_party"),
    path("matters/<str:number>/providers/open", views.open_to_provider, name="open_to_provider"),
    path("matters/<str:number>/providers/<str:engagement>/close", views.close_to_provider, name="close_to_provider"),
    path("matters/<str:number>/team/join", views.join_team, name="join_team"),
    path("matters/<str:number>/team/<int:pk>/leave", views.leave_team, name="leave_team"),
    path("matters/<str:number>/walls/raise", views.raise_wall, name="raise_wall"),
    path("matters/<str:number>/walls/<int:pk>/lift", views.lift_wall, name="lift_wall"),
    path("walls/", views.walls, name="walls"),
    path("engagements/", views.engagements, name="engagements"),
    path("engagements/engagements.<str:form>", views.export_engagements, name="export_engagements"),
    path("engagements/make", views.make_engagement, name="make_engagement"),
    path("engagements/<str:number>/", views.engagement, name="engagement"),
    path("engagements/<str:number>/rates.<str:form>", views.export_rates, name="export_rates"),
    path("engagements/<str:number>/status", views.set_status, name="set_status"),
    path("engagements/<str:number>/amend", views.amend_terms, name="amend_terms"),
]
