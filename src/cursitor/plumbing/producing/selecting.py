"""Items of a processed folder joined with what was decided of them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cursitor.engines.processing import charsets
from cursitor.engines.production import decisions
from cursitor.engines.production.decisions import Decision
from cursitor.engines.production.gates import Disposition, GatedDocument
from cursitor.plumbing.refusal import Refusal

Item = dict[str, Any]
_NAMED = 5


class CodingUnusable(Refusal):
    """Raised when a table of codes cannot be used. Names the rows, and what to do."""


@dataclass(frozen=True)
class Selected:
    """One document of the selection. item: as items.jsonl has it, with name and input from metadata.jsonl."""

    item: Item
    decision: Decision

    @property
    def id(self) -> str:
        return str(self.item["id"])

    @property
    def family(self) -> str:
        return str(self.item.get("family") or self.item["id"])

    @property
    def name(self) -> str:
        return str(self.item.get("name") or self.item["path"].rpartition("/")[2])

    @property
    def is_produced(self) -> bool:
        return self.decision.disposition is Disposition.PRODUCE

    @property
    def is_withheld(self) -> bool:
        return self.decision.disposition is Disposition.WITHHOLD

    @property
    def is_logged(self) -> bool:
        """Tell whether it stands in the privilege log: what is held back as privileged, in whole or in part."""
        privileged = bool(self.decision.privilege)
        return (privileged and self.decision.is_redacted) if self.is_produced else (privileged or self.is_withheld)


def select(folder: Path, coding: Path) -> list[Selected]:
    """
    Return the documents that are coded, with the uncoded members of their families, in the order of items.jsonl.

    :raises CodingUnusable: if a row cannot be understood, names a document twice, or one that is not there to be
        produced: naming the first of them.
    """
    coded = _decisions(coding)
    items = {item["id"]: item for item in _items(folder)}
    wrong = [
        f"{name}: {_absent(items.get(name))}" for name in coded if items.get(name, {}).get("status") not in _PRODUCIBLE
    ]
    if wrong:
        raise CodingUnusable(f"{_first(wrong)} of {coding.name} cannot be produced. Take them out of the table.")
    families = {items[name].get("family") or name for name in coded}
    return [
        Selected(item, coded.get(item["id"], Decision(item["id"], None)))
        for item in items.values()
        if (item.get("family") or item["id"]) in families and item["status"] in _PRODUCIBLE
    ]


_PRODUCIBLE = ("published", "exception")


def gated(selected: Iterable[Selected], *, privilege_hits: frozenset[str]) -> list[GatedDocument]:
    """Return the documents as the release gates see them. privilege_hits: ids of those that a privilege term hits."""
    return [
        GatedDocument(
            document=one.id,
            family=one.family,
            duplicates=str(one.item.get("dedupe_hash") or one.id) if one.id == one.family else one.id,
            disposition=one.decision.disposition,
            # What is privileged in part goes out with that part blackened; the log has it all the same.
            is_privileged=bool(one.decision.privilege) and not one.decision.is_redacted,
            is_logged=one.is_logged,
            has_privilege_hit=one.id in privilege_hits,
            had_second_look=one.decision.had_second_look,
            must_agree=(one.decision.confidentiality,),
        )
        for one in selected
    ]


def _items(folder: Path) -> Iterator[Item]:
    try:
        with (folder / "items.jsonl").open(encoding="utf-8") as items:
            listed = [json.loads(line) for line in items if line.strip()]
    except (OSError, ValueError) as failure:
        raise CodingUnusable(f"{folder} holds no items.jsonl that can be read: {failure}") from failure
    details = folder / "metadata.jsonl"
    known: dict[str, Mapping[str, Any]] = {}
    if details.exists():
        with details.open(encoding="utf-8") as lines:
            known = {one["id"]: one for one in map(json.loads, lines)}
    for item in listed:
        told = known.get(item["id"], {})
        yield item | {
            "name": told.get("name", ""),
            "message_id": told.get("message_id", ""),
            "input": told.get("input"),
        }


def _decisions(coding: Path) -> dict[str, Decision]:
    found: dict[str, Decision] = {}
    wrong = []
    for number, row in _rows(coding):
        try:
            decision = decisions.read(row)
        except decisions.DecisionUnclear as problem:
            wrong.append(f"line {number}: {problem}")
            continue
        if decision.document in found:
            wrong.append(f"line {number}: {decision.document} is coded twice")
        found[decision.document] = decision
    if wrong:
        raise CodingUnusable(f"{coding.name} cannot be used. {_first(wrong)}.")
    if not found:
        raise CodingUnusable(f"{coding.name} codes no document.")
    return found


def _rows(coding: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    data = coding.read_bytes()
    text = charsets.decode_prefix(data, len(data) + 1)[0].removeprefix("\ufeff")
    try:
        dialect: Any = csv.Sniffer().sniff(text.split("\n", 1)[0], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=dialect.delimiter)
    try:
        for row in reader:
            if any(row.values()):
                yield reader.line_num, {name: value for name, value in row.items() if name is not None}
    except csv.Error as problem:
        raise CodingUnusable(f"{coding.name} cannot be used. line {reader.line_num}: {problem}.") from problem


def _absent(item: Item | None) -> str:
    if item is None:
        return "there is no such document"
    copy_of = item.get("duplicate_of")
    return f"it is a copy of {copy_of}" if copy_of else f"its status is {item['status']}"


def _first(sentences: list[str]) -> str:
    more = f"; and {len(sentences) - _NAMED:,} more" if len(sentences) > _NAMED else ""
    return "; ".join(sentences[:_NAMED]) + more
