"""The API: /api/v1. Every object comes through the same access functions as the pages."""

from ninja import NinjaAPI

from cursitor.web.api import audit, deliverables, files, invoices, orders, problems, questions, tasks

api = NinjaAPI(
    title="Cursitor",
    version="1",
    description="Work orders from instruction to invoice. A token acts as the person who made it, within its scopes.",
    docs_url=None,
    openapi_url=None,
    urls_namespace="api_v1",
)
problems.install(api)
for _room in (orders, tasks, questions, files, deliverables, invoices, audit):
    api.add_router("", _room.router)
