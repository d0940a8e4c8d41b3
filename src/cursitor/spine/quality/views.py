"""Lots, inspections, releases and signatures: HTTP to operations and back."""

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cursitor.plumbing import answers, exchange
from cursitor.spine.people import operations as people
from cursitor.spine.people import step_up
from cursitor.spine.quality import access, forms, operations, queries, statements
from cursitor.spine.quality.choices import LotState
from cursitor.spine.quality.models import Lot
from cursitor.spine.quality.queries import pages
from cursitor.spine.work import registry
from cursitor.spine.work.models import WorkOrder
from cursitor.spine.work.queries import pages as work_pages

PER_PAGE = 50
LOT_COLUMNS = (
    *("Order", "Lot", "Title", "Matter", "Scheme", "Limit %", "Size", "Letter", "n", "Ac", "Read", "Defective units"),
    *("Rate", "Low 95 %", "High 95 %", "Result", "Seed committed", "Committed", "Drawn", "Decided"),
)
SAMPLE_COLUMNS = ("Position", "Unit", "Inspector", "Inspected", "Seconds", "Defect", "Severity", "Note", "Set aside")


@require_safe
def lots(request: HttpRequest) -> HttpResponse:
    asked = _asked(request)
    page = Paginator(pages.lot_list(request.user, **asked), PER_PAGE).get_page(request.GET.get("page"))
    rows = pages.lot_rows(page.object_list)
    values = {
        "page": page,
        "rows": rows,
        "scale": pages.scale_of(rows),
        "asked": asked,
        "states": LotState.choices,
        "n_open": pages.n_open(request.user),
        "waiting": pages.waiting_for_inspection(request.user),
    }
    return render(request, "quality/lots.html", values)


@require_safe
def export_lots(request: HttpRequest, form: str) -> HttpResponse:
    rows = pages.lot_rows(pages.lot_list(request.user, **_asked(request)))
    return answers.table(exchange.Table("Lots", LOT_COLUMNS, map(_lot_cells, rows)), form, name="lots")


@require_safe
def order(request: HttpRequest, ref: str) -> HttpResponse:
    shown = access.order_for(request.user, ref)
    rows = pages.lot_rows(_lots_of(request, shown))
    values = {
        "rows": rows,
        "scale": pages.scale_of(rows),
        "kinds": pages.kinds_found(shown),
        "rate": queries.order_rates([shown]).get(shown.pk),
        "releases": shown.deliverables.order_by("-version"),
        "defects_version": registry.line_of(shown).defects.version,
    }
    return _page(request, shown, "order", values)


@require_safe
def export_order_lots(request: HttpRequest, ref: str, form: str) -> HttpResponse:
    shown = access.order_for(request.user, ref)
    rows = pages.lot_rows(_lots_of(request, shown))
    return answers.table(exchange.Table(f"Lots of {ref}", LOT_COLUMNS, map(_lot_cells, rows)), form, name=f"{ref}-lots")


def commit(request: HttpRequest, ref: str) -> HttpResponse:
    shown = access.order_for(request.user, ref, to="commit")
    form = forms.CommitForm(request.POST or (request.GET if "scheme" in request.GET else forms.CommitForm.DEFAULTS))
    act = {"order": shown, "seed": secrets.token_bytes(32), **_by(request)}
    if request.method == "POST" and answers.does(form, lambda: operations.commit_lot(**act, **form.cleaned_data)):
        return redirect("quality:order", ref=ref)
    is_usable = form.is_bound and form.is_valid()
    preview = pages.plan_shown(shown, form.cleaned_data) if is_usable else None
    values = {"form": form, "preview": preview, "is_usable": is_usable}
    if request.htmx:
        return render(request, "quality/commit.html#plan", {"order": shown, **values})
    return _page(request, shown, "commit", values)


@require_safe
def lot(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    shown = access.lot_for(request.user, ref, number)
    rows = pages.sample_rows(shown)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    row = pages.lot_rows([shown])[0]
    values = {
        "lot": shown,
        "row": row,
        "row_list": [row],
        "scale": pages.scale_of([row]),
        "page": page,
        "is_verified": queries.verify_draw(shown),
        "may_inspect": access.samples_to_inspect(request.user).filter(lot=shown).exists(),
        "may_change": access.may(request.user, order=shown.order, to="commit"),
        "may_see_doers": access.may(request.user, order=shown.order, to="release"),
    }
    return _page(request, shown.order, "lot", values)


@require_safe
def export_sample(request: HttpRequest, ref: str, number: int, form: str) -> HttpResponse:
    shown = access.lot_for(request.user, ref, number)
    table = exchange.Table(f"Lot {shown.number}", SAMPLE_COLUMNS, _sample_cells(pages.sample_rows(shown)))
    return answers.table(table, form, name=f"{ref}-lot-{number}")


@require_POST
def draw(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    operations.draw_lot(lot=access.lot_for(request.user, ref, number, to="change"), **_by(request))
    return redirect("quality:lot", ref=ref, number=number)


@require_POST
def decide(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    decided = operations.decide_lot(lot=access.lot_for(request.user, ref, number, to="change"), **_by(request))
    messages.info(request, f"Lot {decided.number} is {decided.get_state_display().lower()}.")
    return redirect("quality:lot", ref=ref, number=number)


def inspect(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    shown = access.lot_to_inspect(request.user, ref, number)
    now = timezone.now()
    form = forms.ReadingForm(request.POST or None)

    def act() -> object:
        sample = access.sample_for(request.user, form.cleaned_data["sample"])
        seconds = forms.seconds_since(form.cleaned_data["clock"], now)
        return operations.record_inspection(
            sample=sample, reading=_reading(request.POST), seconds=seconds, **_by(request)
        )

    if answers.does(form, act):
        return redirect("quality:inspect", ref=ref, number=number)
    sample = queries.next_sample(person=request.user, lot=shown)
    values = {"lot": shown, "sample": sample, "form": form, "opened_at": now, "clock": forms.clock(now)}
    if form.is_bound and not form.errors.get("clock") and form.cleaned_data.get("clock"):
        values |= {"opened_at": form.cleaned_data["clock"], "clock": request.POST["clock"]}
    values["n_read"] = shown.sample_size - shown.samples.filter(inspection=None).count()
    if sample is not None:
        values["unit"] = registry.line_of(shown.order).inspection_page(request, shown.order, sample.unit)
    return render(request, "quality/inspect.html", values, status=422 if form.errors else 200)


def set_aside(request: HttpRequest, pk: int) -> HttpResponse:
    defect = access.defect_for(request.user, pk)
    shown = defect.inspection.sample.lot
    form = forms.SetAsideForm(request.POST or None)
    if answers.does(form, lambda: operations.set_aside_defect(defect=defect, **form.cleaned_data, **_by(request))):
        return redirect("quality:lot", ref=shown.order.ref, number=shown.number)
    return _page(request, shown.order, "set_aside", {"form": form, "defect": defect, "lot": shown})


def release(request: HttpRequest, ref: str) -> HttpResponse:
    shown = access.order_for(request.user, ref, to="release")
    if request.method == "POST":
        made = operations.release(order=shown, **_by(request))
        attorney = shown.matter.supervising_attorney.name
        messages.info(request, f"Release {made.version} waits for the signature of {attorney}.")
        return redirect("quality:order", ref=ref)
    return _page(request, shown, "release", {"blockers": queries.release_blockers(shown)})


@require_safe
def sign_offs(request: HttpRequest) -> HttpResponse:
    return render(request, "quality/sign_offs.html", {"waiting": pages.to_sign(request.user, timezone.now())})


def sign_off(request: HttpRequest, ref: str, version: int) -> HttpResponse:
    shown = access.release_for(request.user, ref, version, to="sign" if request.method == "POST" else "view")
    form = forms.SignForm(request.POST or None)
    at, confirmed_at = timezone.now(), step_up.confirmed_at(request)

    def act() -> object:
        digest = form.cleaned_data["statement_sha256"]
        signer = {"by": request.user, "at": at, "confirmed_at": confirmed_at}
        return operations.sign_off(deliverable=shown, statement_sha256=digest, **signer)

    if answers.does(form, act):
        messages.info(request, f"Release {version} of {ref} is signed and delivered.")
        return redirect("quality:sign_off", ref=ref, version=version)
    values = {"release": shown, "form": form, "files": _files(request, shown), **_to_sign(request, shown, at)}
    values["is_confirmed"] = confirmed_at is not None and at - confirmed_at <= people.STEP_UP_HOLDS
    return _page(request, shown.order, "sign_off", values)


@require_safe
def sign_off_state(request: HttpRequest, ref: str, version: int) -> HttpResponse:
    shown = access.release_for(request.user, ref, version)
    values = {"state": queries.sign_off_state(shown), "release": shown, "checked_at": timezone.now()}
    return render(request, "quality/sign_off_state.html", values)


def _page(request: HttpRequest, shown: WorkOrder, template: str, values: dict[str, Any]) -> HttpResponse:
    values |= {"order": shown, "head": work_pages.head(request.user, shown, timezone.now(), "quality")}
    values |= {verb: access.may(request.user, order=shown, to=name) for verb, name in VERBS.items()}
    return render(request, f"quality/{template}.html", values)


VERBS = {"may_commit": "commit", "may_release": "release"}


def _asked(request: HttpRequest) -> dict[str, str]:
    asked = {name: request.GET.get(name, "").strip() for name in ("text", "state", "sort")}
    return asked | {"sort": asked["sort"][:20]}


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.user, "at": timezone.now()}


def _lots_of(request: HttpRequest, shown: WorkOrder) -> list[Lot]:
    return list(access.lots(request.user).filter(order=shown).select_related("order__matter").order_by("-number"))


def _files(request: HttpRequest, release: Any) -> Any:
    return Paginator(release.files.order_by("path"), PER_PAGE).get_page(request.GET.get("page"))


def _to_sign(request: HttpRequest, release: Any, at: datetime) -> dict[str, Any]:
    """Return the statement as it would be signed now, for whom it is to sign; nothing for others and once signed."""
    signed = queries.signature_of(release)
    if signed is not None or not access.may_sign(request.user, release):
        return {"signed": signed}
    licence = operations.require_licence(by=request.user, order=release.order, at=at)
    statement = statements.sign_off_statement(deliverable=release, licence=licence, at=at)
    digest = hashlib.sha256(statement.encode()).hexdigest()
    return {"signed": None, "licence": licence, "statement": statement, "statement_sha256": digest}


def _reading(posted: QueryDict) -> dict[str, Any]:
    """Return the fields named reading-*, several values of one as a list."""
    names = [name for name in posted if name.startswith("reading-")]
    values = {name.removeprefix("reading-"): posted.getlist(name) for name in names}
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def _lot_cells(row: pages.LotRow) -> tuple[exchange.Cell, ...]:
    lot, rate = row.lot, row.rate
    figures = map(_share, (rate.rate, rate.low, rate.high)) if rate else (None, None, None)
    return (
        *(lot.order.ref, lot.number, lot.order.title, lot.order.matter.short_name, str(lot.get_scheme_display())),
        *(lot.limiting_quality or lot.aql, lot.size, row.letter, lot.sample_size, lot.accept),
        *(row.n_read, row.n_defective),
        *figures,
        *(str(lot.get_state_display()), lot.seed_commitment, lot.committed_at, lot.drawn_at, lot.decided_at),
    )


def _share(value: float) -> Decimal:
    return Decimal(f"{value:.6f}")


def _sample_cells(rows: list[pages.SampleRow]) -> Iterator[tuple[exchange.Cell, ...]]:
    for row in rows:
        seen = row.inspection
        read = (seen.inspector.name, seen.at, seen.seconds) if seen else (None, None, None)
        for defect, name in row.defects or [(None, None)]:
            found = (name, defect.severity, defect.note, defect.set_aside_reason) if defect else (None,) * 4
            yield (row.sample.position, row.sample.unit, *read, *found)
