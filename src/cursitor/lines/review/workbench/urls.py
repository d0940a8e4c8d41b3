"""Included by the line's urls under <ref>/bench/<number>/."""

from django.urls import path

from cursitor.lines.review.workbench import views

urlpatterns = [
    path("", views.bench, name="bench"),
    path("save", views.save, name="bench_save"),
    path("undo", views.undo, name="bench_undo"),
    path("ahead", views.ahead, name="bench_ahead"),
    path("ask", views.ask, name="bench_ask"),
    path("leave", views.leave, name="bench_leave"),
    path("pages/<str:control_number>", views.page, name="bench_page"),
]
