from django.urls import path

from cursitor.spine.quality import views

app_name = "quality"
urlpatterns = [
    path("", views.lots, name="lots"),
    path("lots.<str:form>", views.export_lots, name="export_lots"),
    path("sign-off/", views.sign_offs, name="sign_offs"),
    path("sign-off/<str:ref>/<int:version>/", views.sign_off, name="sign_off"),
    path("sign-off/<str:ref>/<int:version>/state", views.sign_off_state, name="sign_off_state"),
    path("findings/<int:pk>/set-aside", views.set_aside, name="set_aside"),
    path("orders/<str:ref>/", views.order, name="order"),
    path("orders/<str:ref>/lots.<str:form>", views.export_order_lots, name="export_order_lots"),
    path("orders/<str:ref>/commit", views.commit, name="commit"),
    path("orders/<str:ref>/release", views.release, name="release"),
    path("orders/<str:ref>/lots/<int:number>/", views.lot, name="lot"),
    path("orders/<str:ref>/lots/<int:number>/sample.<str:form>", views.export_sample, name="export_sample"),
    path("orders/<str:ref>/lots/<int:number>/draw", views.draw, name="draw"),
    path("orders/<str:ref>/lots/<int:number>/decide", views.decide, name="decide"),
    path("orders/<str:ref>/lots/<int:number>/inspect", views.inspect, name="inspect"),
]
