"""Matters, clients, engagements, teams and walls: HTTP to operations and back."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cursitor.plumbing import answers, exchange
from cursitor.spine.engagements import access, forms, operations, queries
from cursitor.spine.engagements import terms as agreed
from cursitor.spine.engagements.choices import MatterStatus
from cursitor.spine.engagements.models import Engagement, Matter

PER_PAGE = 50
MATTER_COLUMNS = (
    "Number",
    "Caption",
    "Client",
    "Jurisdiction",
    "Forum",
    "Practice area",
    "Status",
    "Attorney",
    "Opened",
)
ENGAGEMENT_COLUMNS = ("Number", "Title", "Client", "Provider", "Status", "Signed", "Matters open")


@require_safe
def matters(request: HttpRequest) -> HttpResponse:
    asked = _asked(request, "text", "status", "sort")
    page = Paginator(queries.matter_list(request.user, **asked), PER_PAGE).get_page(request.GET.get("page"))
    values = {
        "page": page,
        "asked": asked,
        "statuses": MatterStatus.choices,
        "may_open": forms.own_firms(request.user).exists(),
    }
    return render(request, "engagements/matters.html", values)


@require_safe
def export_matters(request: HttpRequest, form: str) -> HttpResponse:
    listed = queries.matter_list(request.user, **_asked(request, "text", "status", "sort"))
    return answers.table(exchange.Table("Matters", MATTER_COLUMNS, map(_matter_cells, listed)), form, name="matters")


@require_safe
def matter(request: HttpRequest, number: str) -> HttpResponse:
    shown = access.matter_for(request.user, number)
    return render(request, "engagements/matter.html", queries.matter_page(request.user, matter=shown))


def open_matter(request: HttpRequest) -> HttpResponse:
    access.require_instructing_somewhere(request.user, act="open a matter")
    form = forms.MatterForm(request.user, request.POST or None)

    def act() -> Matter:
        chosen = {"client": form.cleaned_data["client"], "number": form.cleaned_data["number"]}
        return operations.open_matter(draft=form.draft(), **chosen, **_by(request))

    if made := answers.does(form, act):
        return redirect("engagements:matter", number=made.number)
    return _form(request, form, title="Open a matter", verb="Open", parent="matters")


def correct_matter(request: HttpRequest, number: str) -> HttpResponse:
    shown = access.matter_for(request.user, number, to="instruct")
    form = forms.MatterForm(request.user, request.POST or None, matter=shown)
    if answers.does(form, lambda: operations.correct_matter(matter=shown, draft=form.draft(), **_by(request))):
        return redirect("engagements:matter", number=number)
    lead = "The log keeps what it said before."
    return _form(request, form, title=f"Correct {shown.short_name}", verb="Correct", matter=shown, lead=lead)


@require_POST
def close_matter(request: HttpRequest, number: str) -> HttpResponse:
    operations.close_matter(matter=access.matter_for(request.user, number, to="instruct"), **_by(request))
    return redirect("engagements:matter", number=number)


@require_POST
def reopen_matter(request: HttpRequest, number: str) -> HttpResponse:
    operations.reopen_matter(matter=access.matter_for(request.user, number, to="instruct"), **_by(request))
    return redirect("engagements:matter", number=number)


def add_party(request: HttpRequest, number: str) -> HttpResponse:
    shown = access.matter_for(request.user, number, to="instruct")
    form = forms.PartyForm(request.POST or None)
    if answers.does(form, lambda: operations.add_party(matter=shown, **form.cleaned_data, **_by(request))):
        return redirect("engagements:matter", number=number)
    return _form(request, form, title="Name a party", verb="Name", matter=shown)


@require_POST
def remove_party(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    operations.remove_party(party=access.party_for(request.user, number, pk), **_by(request))
    return redirect("engagements:matter", number=number)


def open_to_provider(request: HttpRequest, number: str) -> HttpResponse:
    shown = access.matter_for(request.user, number, to="instruct")
    form = forms.OpeningForm(request.user, shown, request.POST or None)
    if answers.does(form, lambda: operations.open_to_provider(matter=shown, **form.cleaned_data, **_by(request))):
        return redirect("engagements:matter", number=number)
    lead = "The provider's managers see the matter from then on, its specialists once they are on the team."
    return _form(request, form, title=f"Open {shown.short_name} to a provider", verb="Open", matter=shown, lead=lead)


@require_POST
def close_to_provider(request: HttpRequest, number: str, engagement: str) -> HttpResponse:
    shown = access.matter_for(request.user, number, to="instruct")
    under = access.engagement_for(request.user, engagement)
    operations.close_to_provider(matter=shown, engagement=under, **_by(request))
    messages.info(request, f"{under.provider.name} no longer sees {shown.number} under {under.number}.")
    return redirect("engagements:matter", number=number)


def join_team(request: HttpRequest, number: str) -> HttpResponse:
    shown = access.matter_for(request.user, number, to="staff")
    form = forms.TeamForm(request.user, shown, request.POST or None)
    if answers.does(form, lambda: operations.join_team(matter=shown, **form.cleaned_data, **_by(request))):
        return redirect("engagements:matter", number=number)
    return _form(request, form, title=f"Put somebody on the team of {shown.short_name}", verb="Put", matter=shown)


@require_POST
def leave_team(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    member = access.team_member_for(request.user, number, pk)
    operations.leave_team(matter=member.matter, person=member.person, **_by(request))
    return redirect("engagements:matter", number=number)


@require_safe
def walls(request: HttpRequest) -> HttpResponse:
    return render(request, "engagements/walls.html", queries.walls_page(request.user))


def raise_wall(request: HttpRequest, number: str) -> HttpResponse:
    shown = access.matter_for(request.user, number, to="wall")
    form = forms.WallForm(request.user, shown, request.POST or None)
    if answers.does(form, lambda: operations.raise_wall(matter=shown, **form.cleaned_data, **_by(request))):
        return redirect("engagements:matter", number=number)
    lead = "To the person the matter does not exist from then on: not in lists, search, counts or exports."
    return _form(request, form, title=f"Raise a wall around {shown.short_name}", verb="Raise", matter=shown, lead=lead)


def lift_wall(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    wall = access.wall_for(request.user, number, pk)
    form = forms.ReasonForm(request.POST or None)
    if answers.does(form, lambda: operations.lift_wall(wall=wall, **form.cleaned_data, **_by(request))):
        return redirect("engagements:matter", number=number)
    title = f"Lift the wall around {wall.person.name}"
    return _form(request, form, title=title, verb="Lift", matter=wall.matter)


def make_client(request: HttpRequest) -> HttpResponse:
    access.require_instructing_somewhere(request.user, act="add a client")
    form = forms.ClientForm(request.user, request.POST or None)
    if answers.does(form, lambda: operations.make_client(**form.cleaned_data, **_by(request))):
        messages.info(request, f"{form.cleaned_data['name']} is a client. Matters can be opened for it.")
        return redirect("engagements:matters")
    return _form(request, form, title="Add a client", verb="Add", parent="matters")


@require_safe
def engagements(request: HttpRequest) -> HttpResponse:
    asked = _asked(request, "text", "sort")
    page = Paginator(queries.engagement_list(request.user, **asked), PER_PAGE).get_page(request.GET.get("page"))
    may_make = forms.own_firms(request.user).exists()
    return render(request, "engagements/engagements.html", {"page": page, "asked": asked, "may_make": may_make})


@require_safe
def export_engagements(request: HttpRequest, form: str) -> HttpResponse:
    listed = queries.engagement_list(request.user, **_asked(request, "text", "sort"))
    table = exchange.Table("Engagements", ENGAGEMENT_COLUMNS, map(_engagement_cells, listed))
    return answers.table(table, form, name="engagements")


@require_safe
def engagement(request: HttpRequest, number: str) -> HttpResponse:
    shown = access.engagement_for(request.user, number)
    versions = _asked(request, "earlier", "later")
    values = queries.engagement_page(request.user, engagement=shown, on=timezone.now().date(), **versions)
    return render(request, "engagements/engagement.html", values)


@require_safe
def export_rates(request: HttpRequest, number: str, form: str) -> HttpResponse:
    shown = access.engagement_for(request.user, number)
    table = exchange.Table("Rates", queries.RATE_COLUMNS, queries.rate_rows(shown))
    return answers.table(table, form, name=f"rates-{shown.number}")


def make_engagement(request: HttpRequest) -> HttpResponse:
    access.require_instructing_somewhere(request.user, act="make an engagement")
    parties = forms.EngagementForm(request.user, request.POST or None)
    terms = forms.TermsForm(forms.own_firms(request.user), request.POST or None)

    def act() -> Engagement:
        return operations.make_engagement(draft=terms.draft(), **parties.cleaned_data, **_by(request))

    if (not parties.is_bound or parties.is_valid()) and (made := answers.does(terms, act)):
        return redirect("engagements:engagement", number=made.number)
    return render(request, "engagements/terms_form.html", {"form": parties, "terms": terms})


def amend_terms(request: HttpRequest, number: str) -> HttpResponse:
    shown = access.engagement_for(request.user, number, to="amend")
    given = agreed.draft_of(queries.latest_terms(shown))
    form = forms.AmendmentForm(request.POST or None)
    terms = forms.TermsForm([shown.client], request.POST or None, given=given)

    def act() -> object:
        return operations.amend_terms(engagement=shown, draft=terms.draft(), **form.cleaned_data, **_by(request))

    if (not form.is_bound or form.is_valid()) and answers.does(terms, act):
        return redirect("engagements:engagement", number=number)
    return render(request, "engagements/terms_form.html", {"form": form, "terms": terms, "engagement": shown})


def set_status(request: HttpRequest, number: str) -> HttpResponse:
    shown = access.engagement_for(request.user, number, to="amend")
    form = forms.StatusForm(shown, request.POST or None)
    if answers.does(form, lambda: operations.set_status(engagement=shown, **form.cleaned_data, **_by(request))):
        return redirect("engagements:engagement", number=number)
    lead = (
        "No order is made under an engagement that is not active; what was issued runs on. One that ended stays ended."
    )
    title = f"{shown.number} is {shown.get_status_display().lower()}"
    return _form(request, form, title=title, verb="Set", engagement=shown, lead=lead)


def _by(request: HttpRequest) -> dict[str, object]:
    return {"by": request.user, "at": timezone.now()}


def _asked(request: HttpRequest, *names: str) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip() for name in names}


def _form(request: HttpRequest, form: forms.forms.Form, **values: object) -> HttpResponse:
    return render(request, "engagements/form.html", {"form": form, **values})


def _matter_cells(shown: Matter) -> list[exchange.Cell]:
    named = [shown.number, shown.caption, shown.client.name, shown.jurisdiction, shown.forum, shown.practice_area]
    return [*named, str(shown.get_status_display()), shown.supervising_attorney.name, shown.opened_at]


def _engagement_cells(shown: Engagement) -> list[exchange.Cell]:
    named = [shown.number, shown.title, shown.client.name, shown.provider.name]
    return [*named, str(shown.get_status_display()), shown.signed_date, shown.n_matters]
