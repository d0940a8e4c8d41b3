"""What data entry sends back: settled records as tables and JSON, where each value comes from, and what is missing."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cursitor.engines import merkle
from cursitor.engines.entry.definition import FormDefinition
from cursitor.engines.production import manifest
from cursitor.lines.entry import documents, queries
from cursitor.lines.entry.choices import How, Stage
from cursitor.lines.entry.models import Keying, Record, Schema, Value
from cursitor.plumbing import exchange
from cursitor.spine.work.models import WorkOrder

File = tuple[str, bytes, str]
"""(path, bytes, MIME type)."""

FORMAT = "entry-2026.1"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEAD = ("Record", "Source file", "Pages")
UNREADABLE = "Fields flagged unreadable"
LINEAGE = (
    *("Record", "Field", "Value", "As keyed", "Unreadable", "How", "First keyer", "Second keyer", "Settled by"),
    *("First differs", "Second differs", "Prefilled", "Prefill kept", "OCR confidence", "Page"),
    *("Left", "Top", "Width", "Height", "First keyed at", "Settled at"),
)
VALIDATION = ("Record", "Field", "Severity", "Code", "What")
EXCEPTIONS = ("Kind", "Name", "Batch", "Class", "What", "Settled by", "Settled at", "Note")


@dataclass(frozen=True)
class Settled:
    """A settled record with its values in the order of its form."""

    record: Record
    values: tuple[Value, ...]


class Package:
    """
    Everything that goes back of one order, from how its records stand now.

    People stand in it as "Keyer 1" and so on, numbered by their first keying of this order: the numbers stay the same
    from version to version, and who they are is known to the provider alone.
    """

    def __init__(self, order: WorkOrder) -> None:
        self.order = order

    @cached_property
    def settled(self) -> tuple[Settled, ...]:
        """Return the settled records, gold ones among them, in the order of numbers."""
        found = self.order.records.filter(stage=Stage.DONE).select_related("schema", "file", "batch")
        values: dict[int, dict[str, Value]] = defaultdict(dict)
        of_order = Value.objects.filter(record__order=self.order, record__stage=Stage.DONE)
        for value in of_order.select_related("first", "second", "settled").defer(*_UNUSED):
            values[value.record_id][value.field] = value
        return tuple(
            Settled(
                record,
                tuple(
                    values[record.pk][field.key]
                    for field in queries.definition(record.schema).fields
                    if field.key in values[record.pk]
                ),
            )
            for record in found.order_by("number")
        )

    @cached_property
    def schemas(self) -> tuple[Schema, ...]:
        """Return the versions of the form definition that settled records were keyed by."""
        used = {one.record.schema_id for one in self.settled}
        return tuple(schema for schema in self.order.schemas.order_by("version") if schema.pk in used)

    @cached_property
    def pseudonyms(self) -> dict[int, str]:
        keyed = Keying.objects.filter(record__order=self.order).order_by("pk").values_list("by", flat=True)
        return {person: f"Keyer {place}" for place, person in enumerate(dict.fromkeys(keyed), 1)}

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of all that the package is made from: the same state gives the same digest."""
        found = hashlib.sha256()
        for row in self._state():
            found.update(hashlib.sha256(merkle.canonical_json(row)).digest())
        return found.hexdigest()

    def files(self, papers: Sequence[File]) -> Iterator[File]:
        """Yield every file: records, forms, lineage, findings, exceptions, the papers, and at last the manifest."""
        listed = []
        for path, data, mime in self._contents(papers):
            listed.append(manifest.File(path, len(data), hashlib.sha256(data).hexdigest()))
            yield path, data, mime
        yield "manifest.sha256", manifest.write(listed).encode(), "text/plain"

    def _contents(self, papers: Sequence[File]) -> Iterator[File]:
        for schema in self.schemas:
            name = "" if len(self.schemas) == 1 else f"-v{schema.version}"
            settled = [one for one in self.settled if one.record.schema_id == schema.pk]
            form, title = queries.definition(schema), f"Records {self.order.ref}"
            yield f"records{name}.csv", exchange.to_csv(_records(title, form, settled, "canonical")), "text/csv"
            yield f"records{name}.xlsx", exchange.to_xlsx(_records(title, form, settled, "canonical")), XLSX
            yield f"records{name}-as-keyed.csv", exchange.to_csv(_records(title, form, settled, "raw")), "text/csv"
            yield f"form{name}.json", _json(documents.handed_out(schema.definition)), "application/json"
        yield "records.json", self._records_json(), "application/json"
        yield "lineage.csv", exchange.to_csv(exchange.Table("Lineage", LINEAGE, self._lineage())), "text/csv"
        found = exchange.Table("Validation", VALIDATION, self._findings())
        yield "validation.csv", exchange.to_csv(found), "text/csv"
        left = exchange.Table("Exceptions", EXCEPTIONS, self._exceptions())
        yield "exceptions.csv", exchange.to_csv(left), "text/csv"
        yield from papers

    def _records_json(self) -> bytes:
        forms = {str(schema.version): documents.handed_out(schema.definition) for schema in self.schemas}
        records = [
            {
                "record": one.record.name,
                "file": one.record.file.path,
                "pages": [one.record.first_page, one.record.last_page],
                "form": one.record.schema.version,
                "values": {
                    value.field: {"value": value.canonical, "raw": value.raw, "unreadable": value.is_unreadable}
                    for value in one.values
                },
            }
            for one in self.settled
        ]
        return _json({"order": self.order.ref, "format": FORMAT, "forms": forms, "records": records})

    def _lineage(self) -> Iterator[tuple[exchange.Cell, ...]]:
        for one in self.settled:
            for value in one.values:
                guess = one.record.prefill.get(value.field) or {}
                yield (
                    *(
                        one.record.name,
                        value.field,
                        value.canonical,
                        value.raw,
                        value.is_unreadable,
                        str(How(value.how)),
                    ),
                    *(self._keyer(keying) for keying in (value.first, value.second, value.settled)),
                    *(value.first_wrong, value.second_wrong, value.was_prefilled, value.prefill_kept),
                    _share(guess.get("confidence")) if value.was_prefilled else None,
                    value.page,
                    *(map(_share, value.region) if value.region else (None,) * 4),
                    *(value.first.at, value.settled.at if value.settled else one.record.done_at),
                )

    def _keyer(self, keying: Keying | None) -> str | None:
        return self.pseudonyms[keying.by_id] if keying else None

    def _findings(self) -> Iterator[tuple[exchange.Cell, ...]]:
        for one in self.settled:
            for found in queries.findings(one.record.schema, one.values):
                yield one.record.name, found.field, str(found.severity), str(found.code), found.sentence

    def _exceptions(self) -> Iterator[tuple[exchange.Cell, ...]]:
        for file in queries.file_exceptions(order=self.order):
            told = (file.exception_class, file.exception_message)
            settled = (self._person(file.disposed_by_id), file.disposed_at, file.disposition_note)
            yield "File", file.path, file.batch.label, *told, *settled
        left = self.order.records.filter(stage=Stage.SET_ASIDE).select_related("file", "batch")
        for record in left.order_by("number"):
            name = f"{record.name}: {record.file.path}, page {_pages(record)}"
            settled = (self._person(record.confirmed_by_id), record.done_at, "")
            yield "Record", name, record.batch.label, "SET_ASIDE", record.set_aside_reason, *settled

    def _person(self, key: int | None) -> str | None:
        return None if key is None else self.pseudonyms.get(key, "Not a keyer")

    def _state(self) -> Iterator[list[Any]]:
        yield [FORMAT, self.order.ref, [schema.definition for schema in self.order.schemas.order_by("version")]]
        for row in (*self._exceptions(), *self._lineage()):
            yield [str(cell) if cell is not None else None for cell in row]
        for source in queries.overall(order=self.order).sources:
            yield [source.key, source.total.n, source.total.errors, source.total.n_flagged]


_UNUSED = tuple(f"{role}__{name}" for role in ("first", "second", "settled") for name in ("values", "effort"))


def _records(title: str, form: FormDefinition, settled: Iterable[Settled], which: str) -> exchange.Table:
    """Return records as a table with a column for each field, named by its key."""
    keys = [field.key for field in form.fields]
    own = {*HEAD, UNREADABLE}
    columns = (*HEAD, *(f"{key} (field)" if key in own else key for key in keys), UNREADABLE)
    return exchange.Table(title, columns, [_row(one, keys, which) for one in settled])


def _row(one: Settled, keys: list[str], which: str) -> tuple[exchange.Cell, ...]:
    record, values = one.record, {value.field: value for value in one.values}
    cells = (getattr(values[key], which) if key in values else "" for key in keys)
    flagged = ", ".join(value.field for value in one.values if value.is_unreadable)
    return (record.name, record.file.path, _pages(record), *cells, flagged)


def _pages(record: Record) -> str:
    first, latest = record.first_page, record.last_page
    return str(first) if first == latest else f"{first} to {latest}"


def _share(value: float | None) -> str | None:
    return None if value is None else f"{value:.4f}"


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")
