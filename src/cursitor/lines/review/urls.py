from django.urls import include, path

from cursitor.lines.review import views

app_name = "review"
urlpatterns = [
    path("<str:ref>/", views.order, name="order"),
    path("<str:ref>/sample", views.draw, name="draw"),
    path("<str:ref>/collections/", views.collections, name="collections"),
    path("<str:ref>/collections/<str:source>", views.collect, name="collect"),
    path("<str:ref>/collections/<int:number>/", views.collection, name="collection"),
    path("<str:ref>/exceptions/", views.exceptions, name="exceptions"),
    path("<str:ref>/exceptions/settle", views.settle, name="settle"),
    path("<str:ref>/documents/", views.search, name="search"),
    path("<str:ref>/documents/<str:control_number>/", views.document, name="document"),
    path("<str:ref>/documents/<str:control_number>/native", views.native, name="native"),
    path("<str:ref>/documents/<str:control_number>/text", views.text, name="text"),
    path("<str:ref>/documents/<str:control_number>/reopen", views.reopen, name="reopen"),
    path("<str:ref>/searches/", views.save_search, name="save_search"),
    path("<str:ref>/searches/<int:pk>/remove", views.remove_search, name="remove_search"),
    path("<str:ref>/protocol/", views.layout, name="layout"),
    path("<str:ref>/production/", views.production, name="production"),
    path("<str:ref>/reviewers/", views.statistics, name="statistics"),
    path("<str:ref>/bench/<int:number>/", include("cursitor.lines.review.workbench.urls")),
    path("<str:ref>/export/<str:table>.<str:form>", views.export, name="export"),
]
