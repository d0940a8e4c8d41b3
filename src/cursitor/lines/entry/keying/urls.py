"""Included by the line's urls: the bench of a task under <ref>/bench/<number>/, of a gold set under <ref>/gold/..."""

from django.urls import URLPattern, path

from cursitor.lines.entry.keying import payload, views


def paths(desk: str) -> list[URLPattern]:
    """Return the addresses of a bench. desk: "task" or "gold"; their names begin with "bench" or "gold_bench"."""
    name = "bench" if desk == "task" else f"{desk}_bench"
    acts = [path(act, getattr(views, act), {"desk": desk}, name=f"{name}_{act}") for act in payload.ACTS]
    return [path("", views.bench, {"desk": desk}, name=name), *acts]
