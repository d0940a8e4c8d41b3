"""What happens in a review. One module per concern; callers use the names below."""

from cursitor.lines.review.operations.coding import save_family, undo
from cursitor.lines.review.operations.collecting import (
    collect_folder,
    collect_load_file,
    collect_upload,
    gather,
)
from cursitor.lines.review.operations.delivering import deliver, reopen
from cursitor.lines.review.operations.eluding import draw_elusion
from cursitor.lines.review.operations.excepting import list_unreadable, publish_as_is, read_again, retry
from cursitor.lines.review.operations.indexing import build_index
from cursitor.lines.review.operations.leasing import lease_ahead, next_family, release_family, renew_family
from cursitor.lines.review.operations.processing import process
from cursitor.lines.review.operations.protocol import make_layout, remove_search, save_search
from cursitor.lines.review.operations.publishing import publish
from cursitor.lines.review.operations.ranking import rank
from cursitor.lines.review.operations.reading import download_native
from cursitor.lines.review.operations.viewing import record_fetched_ahead, record_viewed

__all__ = [
    "build_index",
    "collect_folder",
    "collect_load_file",
    "collect_upload",
    "deliver",
    "download_native",
    "draw_elusion",
    "gather",
    "lease_ahead",
    "list_unreadable",
    "make_layout",
    "next_family",
    "process",
    "publish",
    "publish_as_is",
    "rank",
    "read_again",
    "record_fetched_ahead",
    "record_viewed",
    "release_family",
    "remove_search",
    "renew_family",
    "reopen",
    "retry",
    "save_family",
    "save_search",
    "undo",
]
