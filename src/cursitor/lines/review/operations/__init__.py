"""What happens in a review. One module per concern; callers use the names below."""

from cursitor.lines.review.operations.coding import save_family, undo
from cursitor.lines.review.operations.leasing import next_family, release_family, renew_family

__all__ = [
    "next_family",
    "release_family",
    "renew_family",
    "save_family",
    "undo",
]
