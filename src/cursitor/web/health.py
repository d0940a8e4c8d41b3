"""What a monitor asks: does the database answer, is its schema ours, and does a worker take what is due."""

from datetime import timedelta

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from cursitor.plumbing.outbox.models import Message

PATIENCE = timedelta(minutes=2)


def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 with status "ok", or 503 and what is wrong. Nothing here needs a sign-in, nothing tells a secret."""
    state = found()
    return JsonResponse(state, status=503 if state["status"] != "ok" else 200)


def found() -> dict[str, str | int]:
    """Return what was found: database, schema, what is due, whether a worker keeps up, what it gave up."""
    executor = MigrationExecutor(connection)
    pending = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    now = timezone.now()
    waiting = Message.objects.filter(done_at=None, dead_at=None, due_at__lt=now)
    at_work = Message.objects.filter(Q(lease_until__gt=now) | Q(done_at__gt=now - PATIENCE))
    late = waiting.filter(due_at__lt=now - PATIENCE).exists() and not at_work.exists()
    return {
        "status": "degraded" if pending or late else "ok",
        "database": connection.vendor,
        "schema": "behind" if pending else "current",
        "due": waiting.count(),
        "worker": "behind" if late else "keeping up",
        "dead": Message.objects.exclude(dead_at=None).count(),
    }
