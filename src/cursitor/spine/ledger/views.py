"""Time, expenses and invoices: HTTP to operations and back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cursitor.spine.ledger import access


def invoice(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "ledger/invoice.html", {"invoice": access.invoice_for(request.user, pk)})
