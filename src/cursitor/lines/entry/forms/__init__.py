"""Forms of data entry: what the brief asks, what is collected, how a field is defined. Rules live in operations."""

from cursitor.lines.entry.forms.batches import FolderForm, ReplaceForm, SettleBatchForm, UploadForm
from cursitor.lines.entry.forms.brief import BriefForm
from cursitor.lines.entry.forms.definition import FieldForm, ImportForm, MakeForm, rule_form
from cursitor.lines.entry.forms.records import (
    CorrectForm,
    GoldForm,
    RecordsFilterForm,
    ReopenForm,
    SettleRecordsForm,
)

__all__ = [
    "BriefForm",
    "CorrectForm",
    "FieldForm",
    "FolderForm",
    "GoldForm",
    "ImportForm",
    "MakeForm",
    "RecordsFilterForm",
    "ReopenForm",
    "ReplaceForm",
    "SettleBatchForm",
    "SettleRecordsForm",
    "UploadForm",
    "rule_form",
]
