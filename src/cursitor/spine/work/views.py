"""Orders, tasks, questions, hand-offs and deliverables: HTTP to operations and back."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from urllib.parse import quote

from django import forms as django_forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cursitor.engines import money
from cursitor.plumbing import answers, exchange
from cursitor.spine.engagements import queries as engagements
from cursitor.spine.people.models import Person
from cursitor.spine.safeguards import operations as safeguards
from cursitor.spine.work import access, forms, operations, queries, registry, transitions
from cursitor.spine.work.choices import HandOffState, OrderState
from cursitor.spine.work.models import HandOff, WorkOrder
from cursitor.spine.work.queries import pages

PER_PAGE = 50
COLUMNS = (
    "Order",
    "Title",
    "Matter",
    "Provider",
    "Line",
    "State",
    "Carried by",
    "Issued",
    "Due",
    "Budget",
    "Currency",
)


@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    asked = _asked(request)
    now = timezone.now()
    page = Paginator(pages.order_list(request.user, **asked), PER_PAGE).get_page(request.GET.get("page"))
    values = {
        "page": page,
        "rows": queries.rows(page.object_list, now),
        "asked": asked,
        "states": OrderState.choices,
        "lines": [(line.key, line.name) for line in registry.lines().values()],
        "may_order": bool(forms.StartForm(request.user).fields["matter"].queryset.exists()),
    }
    return render(request, "work/orders.html", values)


@require_safe
def export_orders(request: HttpRequest, form: str) -> HttpResponse:
    listed = pages.order_list(request.user, **_asked(request))
    joined = listed.select_related("matter", "provider", "holder", "terms")
    table = exchange.Table(
        "Work orders", COLUMNS, (_cells(request.user, order) for order in joined.iterator(chunk_size=500))
    )
    return answers.table(table, form, name="work-orders")


def new_order(request: HttpRequest) -> HttpResponse:
    start = forms.StartForm(request.user, request.GET if "work_kind" in request.GET else None, initial=request.GET)
    if not (start.is_bound and start.is_valid()):
        return render(request, "work/new_order.html", {"form": start, "step": 1})
    matter, engagement, line, work_kind = start.chosen()
    kind = registry.lines()[line].work_kind(work_kind)
    now = timezone.now()
    terms = engagements.terms_on(engagement=engagement, day=now.date())
    scope = forms.ScopeForm(terms.currency, request.POST or None, initial={"fee_basis": "UNIT"})
    brief = kind.brief_form(request.POST or None, prefix="brief")

    def act() -> object:
        return operations.draft_order(
            matter=matter,
            engagement=engagement,
            line=line,
            work_kind=work_kind,
            brief=forms.brief_values(brief),
            by=request.user,
            at=now,
            **scope.values(),
        )

    if made := _does(scope, act, also=brief):
        operations.ask_policy(order=made, by=request.user, at=now)
        return redirect("work:preflight", ref=made.ref)
    values = {"form": scope, "brief": brief, "step": 2, "matter": matter, "engagement": engagement, "kind": kind}
    return render(request, "work/new_scope.html", values)


def revise_draft(request: HttpRequest, ref: str) -> HttpResponse:
    draft = access.order_for(request.user, ref, to="edit")
    kind = registry.line_of(draft).work_kind(draft.work_kind)
    initial = {name: getattr(draft, name) for name in ("title", "instructions", "fee_basis")}
    initial["budget"] = Decimal(money.decimal_text(draft.budget_amount, draft.terms.currency))
    scope = forms.ScopeForm(draft.terms.currency, request.POST or None, initial=initial)
    brief = kind.brief_form(request.POST or None, prefix="brief", initial=draft.brief)

    def act() -> object:
        written = forms.brief_values(brief)
        return operations.revise_draft(order=draft, brief=written, **scope.values(), **_by(request))

    if revised := _does(scope, act, also=brief):
        operations.ask_policy(order=revised, **_by(request))
        return redirect("work:preflight", ref=ref)
    values = {"form": scope, "brief": brief, "step": 2, "kind": kind, "order": draft}
    values |= {"matter": draft.matter, "engagement": draft.engagement}
    return render(request, "work/new_scope.html", values)


def preflight(request: HttpRequest, ref: str) -> HttpResponse:
    draft = access.order_for(request.user, ref, to="issue")
    if request.method == "POST":
        operations.ask_policy(order=draft, **_by(request))
        return redirect("work:preflight", ref=ref)
    shown = pages.preflight(request.user, draft)
    return render(request, "work/preflight.html", {"order": draft, "preflight": shown, "step": 3})


@require_POST
def issue(request: HttpRequest, ref: str) -> HttpResponse:
    issued = operations.issue(order=access.order_for(request.user, ref, to="issue"), **_by(request))
    messages.info(request, f"{issued.ref} is issued to {issued.provider.name}.")
    return redirect("work:order", ref=ref)


@require_safe
def order(request: HttpRequest, ref: str) -> HttpResponse:
    shown, head = _order(request, ref, "overview")
    overview = pages.overview(request.user, shown, timezone.now())
    return render(request, "work/order.html", {"order": shown, "head": head, "overview": overview})


def step(request: HttpRequest, ref: str, name: str) -> HttpResponse:
    taken = transitions.step(name)
    shown = access.order_for(request.user, ref, to=taken.name)
    if taken.via or taken.name == "issue":
        raise Http404
    form = (
        forms.ReasonForm(taken.asks_reason, request.POST or None)
        if taken.asks_reason
        else django_forms.Form(request.POST)
    )
    act = {"order": shown, "name": name, "by": request.user, "at": timezone.now()}
    is_sent = request.method == "POST"
    if is_sent and _does(form, lambda: operations.move(reason=form.cleaned_data.get("reason", ""), **act)):
        return redirect("work:order", ref=ref)
    head = pages.head(request.user, shown, timezone.now(), "overview")
    return render(request, "work/step.html", {"order": shown, "head": head, "form": form, "taken": taken})


@require_safe
def order_clocks(request: HttpRequest, ref: str) -> HttpResponse:
    shown, head = _order(request, ref, "overview")
    values = {"events": shown.clock_events.order_by("at", "pk"), "clocks": queries.clocks(shown, timezone.now())}
    return render(request, "work/order_clocks.html", {"order": shown, "head": head, **values})


@require_safe
def order_policy(request: HttpRequest, ref: str) -> HttpResponse:
    shown, head = _order(request, ref, "policy", to="see_policy")
    values = {"decisions": pages.decisions(request.user, shown), "head": head}
    return render(request, "work/order_policy.html", {"order": shown, **values})


@require_safe
def order_log(request: HttpRequest, ref: str) -> HttpResponse:
    shown, head = _order(request, ref, "log")
    page = Paginator(pages.log(request.user, shown), PER_PAGE).get_page(request.GET.get("page"))
    rows = pages.in_words(page.object_list)
    return render(request, "work/order_log.html", {"order": shown, "head": head, "page": page, "rows": rows})


@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    held, free = queries.tasks_for(request.user), queries.free_tasks(request.user)
    return render(request, "work/tasks.html", {"held": held, "free": free})


@require_safe
def order_tasks(request: HttpRequest, ref: str) -> HttpResponse:
    shown, head = _order(request, ref, "tasks")
    listed = shown.tasks.select_related("holder").order_by("number")
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    free = access.claimable_orders(request.user).filter(pk=shown.pk).exists()
    return render(request, "work/order_tasks.html", {"order": shown, "head": head, "page": page, "may_claim": free})


@require_POST
def claim_next(request: HttpRequest, ref: str) -> HttpResponse:
    claimed = operations.claim_next(order=access.claimable_order_for(request.user, ref), **_by(request))
    if claimed is None:
        messages.info(request, f"No task of {ref} is free any more.")
        return redirect("work:tasks")
    return redirect("work:task", ref=ref, number=claimed.number)


def task(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    shown = access.task_for(request.user, ref, number)
    return registry.line_of(shown.order).open_workbench(request, shown)


def assign(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    shown = access.task_for(request.user, ref, number, to="assign")
    form = forms.AssignForm(shown.order, request.POST or None)
    if _does(form, lambda: operations.assign(task=shown, to=form.cleaned_data["to"], **_by(request))):
        return redirect("work:order_tasks", ref=ref)
    head = pages.head(request.user, shown.order, timezone.now(), "tasks")
    return render(request, "work/assign.html", {"order": shown.order, "head": head, "task": shown, "form": form})


@require_POST
def act_on_task(request: HttpRequest, ref: str, number: int, act: str) -> HttpResponse:
    acts = {
        "claim": operations.claim,
        "release": operations.release,
        "complete": operations.complete_task,
        "reopen": operations.reopen_task,
    }
    if act not in acts:
        raise Http404
    acts[act](task=access.task_for(request.user, ref, number, to="work"), **_by(request))
    return redirect("work:task" if act == "claim" else "work:order_tasks", ref, *([number] if act == "claim" else []))


@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    text, waiting = request.GET.get("text", "").strip(), request.GET.get("show", "open") == "open"
    listed = pages.question_list(request.user, text=text, only_open=waiting)
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "work/questions.html", {"page": page, "text": text, "only_open": waiting})


@require_safe
def order_questions(request: HttpRequest, ref: str) -> HttpResponse:
    shown, head = _order(request, ref, "questions", to="read")
    seen = access.questions(request.user).filter(order=shown)
    listed = seen.select_related("asked_by", "answered_by", "reuses__order", "task")
    ordered = listed.order_by(F("answered_at").desc(nulls_first=True), "-number")
    return render(request, "work/order_questions.html", {"order": shown, "head": head, "questions": ordered})


def ask(request: HttpRequest, ref: str) -> HttpResponse:
    shown, head = _order(request, ref, "questions", to="ask")
    form = forms.AskForm(shown, request.POST or None, initial=request.GET.dict())
    if _does(form, lambda: operations.ask(order=shown, **form.cleaned_data, **_by(request))):
        return redirect("work:order_questions", ref=ref)
    return render(request, "work/ask.html", {"order": shown, "head": head, "form": form})


def question(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    shown = access.question_for(request.user, ref, number, to="answer" if request.method == "POST" else "view")
    form = forms.AnswerForm(request.user, shown, request.POST or None, initial=_reused(request, shown))
    if _does(form, lambda: operations.answer(question=shown, **form.cleaned_data, **_by(request))):
        return redirect("work:order_questions", ref=ref)
    text = request.GET.get("text", "").strip()
    others = queries.search_questions(request.user, text).exclude(pk=shown.pk)
    same_matter = others.filter(order__matter=shown.order.matter_id)
    head = pages.head(request.user, shown.order, timezone.now(), "questions")
    values = {"question": shown, "form": form, "text": text, "answered": same_matter[:8]}
    return render(request, "work/question.html", {"order": shown.order, "head": head, **values})


@require_safe
def hand_offs(request: HttpRequest) -> HttpResponse:
    listed = pages.hand_off_list(request.user, only_open=request.GET.get("show", "open") == "open")
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "work/hand_offs.html", {"page": page, "only_open": request.GET.get("show", "open") == "open"}
    )


@require_safe
def order_hand_offs(request: HttpRequest, ref: str) -> HttpResponse:
    shown, head = _order(request, ref, "hand_offs", to="read")
    listed = shown.hand_offs.select_related("giver", "receiver", "task").order_by("-offered_at", "-pk")
    return render(request, "work/order_hand_offs.html", {"order": shown, "head": head, "hand_offs": listed})


def offer_hand_off(request: HttpRequest, ref: str) -> HttpResponse:
    shown, head = _order(request, ref, "hand_offs", to="hand_off")
    number = request.GET.get("task", "")
    offered = access.task_for(request.user, ref, int(number), to="hand_off") if number.isdigit() else None
    form = forms.OfferForm(shown, offered, request.user, request.POST or None)
    if _does(form, lambda: operations.offer_hand_off(order=shown, task=offered, **form.elements(), **_by(request))):
        return redirect("work:order_hand_offs", ref=ref)
    return render(request, "work/offer.html", {"order": shown, "head": head, "form": form, "task": offered})


def hand_off(request: HttpRequest, pk: int) -> HttpResponse:
    shown = access.hand_off_for(request.user, pk)
    form = forms.AcceptForm(request.POST or None)
    if _does(form, lambda: operations.accept_hand_off(hand_off=shown, **form.cleaned_data, **_by(request))):
        return redirect("work:hand_offs")
    is_theirs = shown.receiver_id == request.user.pk and shown.state == HandOffState.OFFERED
    values = {"hand_off": shown, "form": form, "is_theirs": is_theirs, "may_withdraw": _may_withdraw(request, shown)}
    return render(request, "work/hand_off.html", values)


def decline_hand_off(request: HttpRequest, pk: int) -> HttpResponse:
    shown = access.hand_off_for(request.user, pk)
    form = forms.ReasonForm("Why the hand-off is declined", request.POST or None)
    if _does(form, lambda: operations.decline_hand_off(hand_off=shown, **form.cleaned_data, **_by(request))):
        return redirect("work:hand_offs")
    return render(request, "work/decline_hand_off.html", {"hand_off": shown, "form": form})


@require_POST
def withdraw_hand_off(request: HttpRequest, pk: int) -> HttpResponse:
    shown = access.hand_off_for(request.user, pk)
    operations.withdraw_hand_off(hand_off=shown, **_by(request))
    return redirect("work:order_hand_offs", ref=shown.order.ref)


@require_safe
def order_files(request: HttpRequest, ref: str) -> HttpResponse:
    shown, head = _order(request, ref, "files", to="read")
    releases = shown.deliverables.select_related("made_by").prefetch_related("files").order_by("-version")
    values = {"releases": releases, "filed": pages.filed(request.user, shown)}
    return render(request, "work/order_files.html", {"order": shown, "head": head, **values})


@require_safe
def download_file(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    file = access.deliverable_file_for(request.user, pk)
    pieces = operations.download_file(file=file, **_by(request))
    return _attachment(pieces, file.path.rsplit("/", 1)[-1], size=file.size)


@require_safe
def download_all(request: HttpRequest, ref: str, version: int) -> StreamingHttpResponse:
    deliverable = access.deliverable_for(request.user, ref, version, to="download")
    pieces = operations.download_all(deliverable=deliverable, **_by(request))
    return _attachment(pieces, f"{ref}-release-{version}.zip")


def _attachment(pieces: Iterator[bytes], name: str, size: int | None = None) -> StreamingHttpResponse:
    """Never inline and never guessed at: a deliverable may hold anything."""
    response = StreamingHttpResponse(pieces, content_type="application/octet-stream")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    if size is not None:
        response["Content-Length"] = str(size)
    return response


def _order(request: HttpRequest, ref: str, tab: str, to: str = "view") -> tuple[WorkOrder, pages.Head]:
    shown = access.order_for(request.user, ref, to=to)
    return shown, pages.head(request.user, shown, timezone.now(), tab)


def _asked(request: HttpRequest) -> dict[str, str]:
    asked = {name: request.GET.get(name, "").strip() for name in ("text", "line", "sort")}
    return {**asked, "state": request.GET.get("state", "OPEN")}


def _by(request: HttpRequest) -> dict[str, object]:
    return {"by": request.user, "at": timezone.now()}


def _does(form: django_forms.Form, act: Callable[[], object], also: django_forms.Form | None = None) -> object:
    """Run the act if the forms can be used; what is Invalid or blocked is told in them. False: show the form."""
    fit = [each.is_bound and each.is_valid() for each in (form, also) if each is not None]
    if not all(fit):
        return False
    try:
        return answers.does(form, act)
    except safeguards.PolicyBlocks as refusal:
        form.add_error(None, refusal.sentence)
        return False


def _reused(request: HttpRequest, shown) -> dict[str, object]:
    number = request.GET.get("reuse", "")
    if not number.isdigit():
        return {}
    earlier = (
        queries.search_questions(request.user, "").filter(pk=int(number), order__matter=shown.order.matter_id).first()
    )
    return {"text": earlier.answer, "reuses": earlier} if earlier else {}


def _may_withdraw(request: HttpRequest, shown: HandOff) -> bool:
    if shown.state != HandOffState.OFFERED:
        return False
    return shown.giver_id == request.user.pk or access.may(request.user, order=shown.order, to="assign")


def _cells(person: Person, order: WorkOrder) -> tuple[exchange.Cell, ...]:
    budget = Decimal(money.decimal_text(order.budget_amount, order.terms.currency))
    return (
        order.ref,
        order.title,
        order.matter.short_name,
        order.provider.name,
        str(registry.line_of(order).name),
        str(order.get_state_display()),
        order.holder.name,
        order.issued_at,
        order.due_at,
        budget if access.may(person, order=order, to="see_money") else None,
        order.terms.currency,
    )
