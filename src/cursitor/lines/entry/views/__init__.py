"""Pages of data entry: HTTP to operations and back. One module per concern; urls and the line use the names below."""

from cursitor.lines.entry.views.accuracy import accuracy
from cursitor.lines.entry.views.batches import batch, batch_list, collect, page_image, replace_file, settle_batch
from cursitor.lines.entry.views.definition import (
    definition,
    definition_export,
    definition_version,
    draft,
    draft_preview,
    draft_start,
)
from cursitor.lines.entry.views.gold import commit_gold, gold, reveal_gold
from cursitor.lines.entry.views.inspection import inspection_page
from cursitor.lines.entry.views.order import open_workbench, order, order_links
from cursitor.lines.entry.views.records import (
    correct,
    exceptions,
    export,
    record,
    records,
    reopen,
    settle_records,
)

__all__ = [
    "accuracy",
    "batch",
    "batch_list",
    "collect",
    "commit_gold",
    "correct",
    "definition",
    "definition_export",
    "definition_version",
    "draft",
    "draft_preview",
    "draft_start",
    "exceptions",
    "export",
    "gold",
    "inspection_page",
    "open_workbench",
    "order",
    "order_links",
    "page_image",
    "record",
    "records",
    "reopen",
    "replace_file",
    "reveal_gold",
    "settle_batch",
    "settle_records",
]
