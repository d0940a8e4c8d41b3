from django.urls import path

from cursitor.spine.ledger import views

app_name = "ledger"
urlpatterns = [
    path("invoices/<int:pk>/", views.invoice, name="invoice"),
]
