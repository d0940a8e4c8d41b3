"""Every address of the installation, and for each parameter an object of the demo that exists."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from cursitor.lines.entry.models import Page, Record, SourceFile
from cursitor.lines.review.models import Collection, Document, SavedSearch
from cursitor.spine.engagements.models import Party, TeamMember, Wall
from cursitor.spine.files.models import File, FileVersion
from cursitor.spine.ledger.models import Expense, Invoice, InvoiceLine, TimeEntry
from cursitor.spine.people.models import Invitation, Licence, Membership, Notice
from cursitor.spine.quality.models import Defect, Lot
from cursitor.spine.safeguards.models import Decision, PolicyPack
from cursitor.spine.work.models import DeliverableFile, HandOff, Question, Task, WorkOrder

FOREIGN = ("account_", "mfa_", "usersessions", "reauthenticate", "socialaccount")
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Address:
    name: str
    route: str

    @property
    def parameters(self) -> list[str]:
        return PARAMETER.findall(self.route)

    @property
    def is_of_an_object(self) -> bool:
        return bool(set(self.parameters) - {"form", "source", "table", "paper"})

    def path(self, values: dict[str, Any]) -> str:
        return reverse(self.name, kwargs={name: values[name] for name in self.parameters})


def every_address() -> list[Address]:
    """Return the named addresses of our own, in the order of the url configuration; each route once."""
    seen: dict[str, Address] = {}
    for address in _walk(get_resolver().url_patterns):
        own = not address.name.rpartition(":")[2].startswith(FOREIGN) and not address.route.startswith("accounts/")
        if own:
            seen.setdefault(address.route, address)
    return list(seen.values())


def _walk(patterns, prefix: str = "", namespace: str = "") -> Iterator[Address]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, route, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield Address(f"{namespace}{pattern.name}", route)


class Values:
    """
    Finds for an address the parameters that name objects of one order of the demo, and what hangs on it.

    A parameter that nothing here answers for is an error: a new address says what its objects are before it is merged.
    """

    def __init__(self, order: WorkOrder) -> None:
        self.order, self.matter, self.engagement = order, order.matter, order.engagement
        self.entry = WorkOrder.objects.filter(line="entry", matter=order.matter, records__isnull=False).first()
        document = Document.objects.filter(order=order).exclude(control_number="").order_by("pk").first()
        version = FileVersion.objects.filter(file__matter=order.matter).first() or FileVersion.objects.first()
        self.common = {
            "ref": order.ref,
            "form": "csv",
            "table": "exceptions",
            "paper": "pdf",
            "source": "upload",
            "token": "not-a-token",
            "act": "release",
            "name": "accept",
            "version": 1,
            "engagement": order.engagement.number,
            "matter": order.matter.number,
            "control_number": document.control_number,
        }
        self.pks = {
            "people:person": order.holder_id,
            "people:add_licence": order.holder_id,
            "people:add_skill": order.holder_id,
            "people:organisation": order.provider_id,
            "people:add_site": order.provider_id,
            "people:invite": order.provider_id,
            "people:check_licence": _key(Licence),
            "people:end_membership": _key(Membership),
            "people:open_notice": _key(Notice),
            "people:withdraw_invitation": _key(Invitation),
            "people:revoke_token": 1,
            "engagements:remove_party": _key(Party, matter=order.matter),
            "engagements:leave_team": _key(TeamMember, matter=order.matter),
            "engagements:lift_wall": _key(Wall, matter=order.matter),
            "files:history": _key(File, matter=order.matter),
            "files:download": version.pk if version else 0,
            "safeguards:policy_of": order.matter.organisation_id,
            "safeguards:change": order.matter.organisation_id,
            "safeguards:export_of": order.matter.organisation_id,
            "safeguards:pack": _key(PolicyPack),
            "safeguards:override": _key(Decision, matter=order.matter),
            "work:hand_off": _key(HandOff, order__matter=order.matter),
            "work:decline_hand_off": _key(HandOff, order__matter=order.matter),
            "work:withdraw_hand_off": _key(HandOff, order__matter=order.matter),
            "work:download_file": _key(DeliverableFile, deliverable__order=order),
            "quality:set_aside": _key(Defect, inspection__sample__lot__order__matter=order.matter),
            "review:remove_search": _key(SavedSearch, order=order),
            "entry:page_image": _key(Page, file__batch__order=self.entry),
            "entry:replace_file": _key(SourceFile, batch__order=self.entry),
        }
        self.models = {
            "invoice": Invoice,
            "line": InvoiceLine,
            "entry": TimeEntry,
            "time": TimeEntry,
            "expense": Expense,
        }

    def of(self, address: Address) -> dict[str, Any]:
        return {name: self._value(address, name) for name in address.parameters}

    def _value(self, address: Address, parameter: str) -> Any:
        if parameter == "number":
            return self._number(address)
        if parameter == "ref" and address.name.startswith("entry:"):
            return self.entry.ref
        if parameter in {"pk", "id"}:
            return self._key(address)
        return self.common[parameter]

    def _number(self, address: Address) -> Any:
        if address.route.startswith("entry/"):
            return self._number_of_entry(address)
        if address.route.startswith("engagements/"):
            return self.engagement.number
        if address.route.startswith(("matters/", "files/")):
            return self.matter.number
        if "question" in address.route:
            return Question.objects.filter(order=self.order).values_list("number", flat=True).first() or 1
        if "lots" in address.route:
            return Lot.objects.filter(order=self.order).values_list("number", flat=True).first() or 1
        if "collections" in address.route:
            return Collection.objects.filter(order=self.order).values_list("number", flat=True).first() or 1
        return Task.objects.filter(order=self.order).values_list("number", flat=True).first()

    def _number_of_entry(self, address: Address) -> Any:
        if "/bench/" in address.route and "/gold/" not in address.route:
            return Task.objects.filter(order=self.entry, kind="FIRST").values_list("number", flat=True).first()
        return Record.objects.filter(order=self.entry).order_by("number").values_list("number", flat=True).first()

    def _key(self, address: Address) -> int:
        if address.name in self.pks:
            return self.pks[address.name] or 0
        if address.name.startswith("ledger:") or "invoice" in address.route:
            kind = next((model for word, model in self.models.items() if word in address.route), Invoice)
            return _key(kind, **self._of_matter(kind)) or 0
        if "deliverable-files" in address.route:
            return self.pks["work:download_file"]
        if "files/" in address.route:
            return self.pks["files:download"]
        raise LookupError(f"{address.name}: say in tests/architecture/addresses.py which object its key names")

    def _of_matter(self, model) -> dict[str, Any]:
        if model is Invoice:
            return {"matter": self.matter}
        return {"invoice__matter" if model is InvoiceLine else "order__matter": self.matter}


def _key(model, **conditions: Any) -> int | None:
    return model.objects.filter(**conditions).order_by("pk").values_list("pk", flat=True).first()
