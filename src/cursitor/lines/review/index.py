"""The search index and the ranker of an order, opened once per process from what the worker has published."""

import io
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from cursitor.engines.ranking import algorithms
from cursitor.lines.review.models import IndexShard
from cursitor.plumbing.shards import opening
from cursitor.plumbing.vault import operations as vault
from cursitor.plumbing.vault.models import Blob


def current(order: int) -> IndexShard | None:
    """Return the published index of an order, or None before its first."""
    found = IndexShard.objects.filter(order=order, replaced_at=None).select_related("blob", "features")
    return found.order_by("-pk").first()


def opened(shard: IndexShard) -> opening.Shard:
    """:raises opening.UnreadableShard: when it was built by another version, so that it must be built again."""
    return opening.open_published(shard.blob.sha256, cache_folder(), fetch=lambda: io.BytesIO(vault.read(shard.blob)))


@lru_cache(maxsize=4)
def ranker(features: int, algorithm: str):
    """Return the ranker whose features lie in a blob. Its documents are those of the shard, in the shard's order."""
    return algorithms.ranker(algorithm).from_bytes(vault.read(Blob.objects.get(pk=features)))


def cache_folder() -> Path:
    """Return the folder of opened shards: it holds the words of documents in the clear, so only the owner may enter."""
    folder = Path(settings.CURSITOR_DATA) / "cache" / "shards"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
