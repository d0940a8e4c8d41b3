"""What happens in data entry. One module per concern; callers use the names below."""

from cursitor.lines.entry.operations.adjudicating import save_adjudication
from cursitor.lines.entry.operations.collecting import collect_folder, collect_upload, gather, replace_file
from cursitor.lines.entry.operations.correcting import correct
from cursitor.lines.entry.operations.defining import make_schema
from cursitor.lines.entry.operations.delivering import deliver
from cursitor.lines.entry.operations.gold import commit as commit_gold
from cursitor.lines.entry.operations.gold import reveal as reveal_gold
from cursitor.lines.entry.operations.keying import (
    Fault,
    KeyingFaulty,
    NothingToUndo,
    ReasonNeeded,
    TakenFurther,
    save_keying,
    set_aside,
    take_back,
    undo_keying,
)
from cursitor.lines.entry.operations.leasing import lease_ahead, next_record, release_record, renew_record
from cursitor.lines.entry.operations.publishing import publish
from cursitor.lines.entry.operations.reading import key_what_is_there, read_again, read_files, retry
from cursitor.lines.entry.operations.recognising import recognise, recognise_next
from cursitor.lines.entry.operations.settling import confirm_set_aside, dispose_files, reopen, settle, unsettle

__all__ = [
    "Fault",
    "KeyingFaulty",
    "NothingToUndo",
    "ReasonNeeded",
    "TakenFurther",
    "collect_folder",
    "collect_upload",
    "commit_gold",
    "confirm_set_aside",
    "correct",
    "deliver",
    "dispose_files",
    "gather",
    "key_what_is_there",
    "lease_ahead",
    "make_schema",
    "next_record",
    "publish",
    "read_again",
    "read_files",
    "recognise",
    "recognise_next",
    "release_record",
    "renew_record",
    "reopen",
    "replace_file",
    "retry",
    "reveal_gold",
    "save_adjudication",
    "save_keying",
    "set_aside",
    "settle",
    "take_back",
    "undo_keying",
    "unsettle",
]
