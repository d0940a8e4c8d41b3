"""Rules, their versions, and overrides: HTTP to operations and back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from cursitor.plumbing import answers, exchange
from cursitor.spine.people.models import Organisation
from cursitor.spine.safeguards import access, forms, operations, queries

COLUMNS = (
    "Rule",
    "Version",
    "What must hold",
    "Source",
    "Asked at",
    "If it does not hold",
    "Cure",
    "From",
    "To before",
)


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    return _policy(request, access.firms(request.user).first())


@require_safe
def policy_of(request: HttpRequest, pk: int) -> HttpResponse:
    return _policy(request, access.firm_for(request.user, pk))


@require_safe
def export(request: HttpRequest, form: str) -> HttpResponse:
    return _export(None, form)


@require_safe
def export_of(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    return _export(access.firm_for(request.user, pk), form)


@require_safe
def pack(request: HttpRequest, pk: int) -> HttpResponse:
    shown = access.pack_for(request.user, pk)
    earlier = queries.version_before(shown)
    lines = queries.difference(earlier.text if earlier else "", shown.text) if earlier else ()
    return render(request, "safeguards/pack.html", {"pack": shown, "earlier": earlier, "lines": lines})


def change(request: HttpRequest, pk: int) -> HttpResponse:
    firm, now = access.firm_for(request.user, pk, to="change"), timezone.now()
    due, text = queries.text_to_change(firm, on=now.date())
    form = forms.RulesForm(request.POST or None, initial={"text": text, "effective_from": now.date()})
    is_looking = "look" in request.POST
    if not is_looking:
        changed = answers.does(
            form,
            lambda: operations.change_rules(organisation=firm, by=request.user, at=now, **form.cleaned_data),
        )
        if changed:
            return redirect("safeguards:pack", pk=changed.pk)
    values = {"firm": firm, "form": form, "due": due, "is_looking": is_looking and form.is_valid()}
    if values["is_looking"]:
        values["lines"] = queries.difference(text, form.cleaned_data["text"])
    return render(request, "safeguards/change.html", values)


def override(request: HttpRequest, pk: int) -> HttpResponse:
    decision = access.decision_for(request.user, pk, to="override")
    form = forms.OverrideForm(request.POST or None)
    back = _back(request, reverse("engagements:matter", args=[decision.matter.number]))
    done = answers.does(
        form,
        lambda: operations.override(decision=decision, by=request.user, at=timezone.now(), **form.cleaned_data),
    )
    if done:
        return redirect(back)
    return render(request, "safeguards/override.html", {"decision": decision, "form": form, "back": back})


def _policy(request: HttpRequest, firm: Organisation | None) -> HttpResponse:
    today = timezone.now().date()
    shown = queries.rules_in_force(organisation=firm, on=today)
    values = {
        "firm": firm,
        "firms": access.firms(request.user),
        "may_change": access.may_change(request.user, firm=firm),
        "pack": shown,
        "stored": queries.pack_in_force(organisation=firm, on=today),
        "rules": queries.rule_rows(shown),
        "versions": queries.all_versions(firm),
    }
    return render(request, "safeguards/policy.html", values)


def _back(request: HttpRequest, otherwise: str) -> str:
    wanted = request.GET.get("back", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else otherwise


def _export(firm: Organisation | None, form: str) -> HttpResponse:
    rows = queries.rule_rows(queries.rules_in_force(organisation=firm, on=timezone.now().date()))
    return answers.table(exchange.Table("Rules", COLUMNS, [_cells(row) for row in rows]), form, name="rules")


def _cells(row: queries.RuleRow) -> list[exchange.Cell]:
    rule = row.rule
    said = [rule.id, rule.version, rule.title, rule.citation, row.acts, row.effect, rule.cure]
    return [*said, rule.effective_from, rule.effective_to]
