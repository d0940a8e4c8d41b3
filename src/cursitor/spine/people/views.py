"""People, organisations, invitations, notices and one's own account: HTTP to operations and back."""

import secrets
from datetime import timedelta

from django import forms as django_forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cursitor.plumbing import answers, exchange
from cursitor.spine.people import access, forms, operations, queries, step_up
from cursitor.spine.people import tokens as api_tokens
from cursitor.spine.people.choices import OrganisationKind, Role
from cursitor.spine.people.models import Membership, Person

PER_PAGE = 50
COLUMNS = ("Name", "Mail", "Role", "Organisation", "Site", "Country", "Zone", "Since")
SORTS = {
    "name": ("person__name",),
    "role": ("role", "person__name"),
    "organisation": ("organisation__short_name", "person__name"),
    "site": ("site__name", "person__name"),
}


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    asked = _asked(request)
    listed = queries.people_listed(request.user, **asked).order_by(*_order(request.GET.get("sort", "name")), "pk")
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    values = {
        "page": page,
        "asked": asked,
        "roles": Role.choices,
        "organisations": access.organisations(request.user).order_by("short_name", "pk"),
    }
    return render(request, "people/people.html", values)


@require_safe
def export_people(request: HttpRequest, form: str) -> HttpResponse:
    listed = queries.people_listed(request.user, **_asked(request)).order_by("person__name", "pk")
    table = exchange.Table("People", COLUMNS, (_cells(membership) for membership in listed.iterator(chunk_size=500)))
    return answers.table(table, form, name="people")


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    shown = access.person_for(request.user, pk=pk)
    return render(request, "people/person.html", _person(request, shown))


def add_licence(request: HttpRequest, pk: int) -> HttpResponse:
    shown = access.person_for(request.user, pk=pk, to="change")
    form = forms.LicenceForm(request.POST or None)
    if answers.does(form, lambda: operations.add_licence(person=shown, **form.cleaned_data, **_by(request))):
        return redirect("people:person", pk=pk)
    return _form(request, form, title=f"Enter a licence of {shown.name}", verb="Enter", shown=shown)


def check_licence(request: HttpRequest, pk: int) -> HttpResponse:
    licence = access.licence_for(request.user, pk=pk)
    shown = access.person_for(request.user, pk=licence.person_id, to="change")
    initial = {"status": licence.status, "expires_date": licence.expires_date}
    form = forms.LicenceCheckForm(request.POST or None, initial=initial)
    if answers.does(form, lambda: operations.check_licence(licence=licence, **form.cleaned_data, **_by(request))):
        return redirect("people:person", pk=licence.person_id)
    title = f"What was found for {licence.jurisdiction} {licence.number}"
    return _form(request, form, title=title, verb="Write down", shown=shown)


def add_skill(request: HttpRequest, pk: int) -> HttpResponse:
    shown = access.person_for(request.user, pk=pk, to="change")
    form = forms.SkillForm(request.POST or None)
    if answers.does(form, lambda: operations.add_skill(person=shown, **form.cleaned_data, **_by(request))):
        return redirect("people:person", pk=pk)
    return _form(request, form, title=f"Enter a skill of {shown.name}", verb="Enter", shown=shown)


def end_membership(request: HttpRequest, pk: int) -> HttpResponse:
    membership = access.membership_for(request.user, pk=pk)
    access.organisation_for(request.user, pk=membership.organisation_id, to="administer")
    form = forms.EndMembershipForm(request.POST or None)
    confirmed_at = step_up.confirmed_at(request)
    operations.require_step_up(confirmed_at=confirmed_at, at=timezone.now())
    act = {"membership": membership, "confirmed_at": confirmed_at}
    if answers.does(form, lambda: operations.end_membership(**act, **form.cleaned_data, **_by(request))):
        messages.info(request, f"{membership.person.name} is no longer {membership.get_role_display().lower()}.")
        return redirect("people:organisation", pk=membership.organisation_id)
    title = f"End {membership.person.name} as {membership.get_role_display().lower()}"
    lead = "Access ends at once. What they did stays. An administrator can invite them again."
    return _form(request, form, title=title, verb="End membership", organisation=membership.organisation, lead=lead)


@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    seen = access.organisations(request.user).prefetch_related("sites").order_by("name", "pk")
    may_enter = bool(access.organisations_with_role(request.user, {Role.ADMINISTRATOR}))
    return render(request, "people/organisations.html", {"organisations": seen, "may_enter": may_enter})


@require_safe
def organisation(request: HttpRequest, pk: int) -> HttpResponse:
    shown = access.organisation_for(request.user, pk=pk)
    may_administer = access.may_administer(request.user, shown)
    values = {
        "organisation": shown,
        "memberships": queries.memberships(organisation=shown),
        "sites": shown.sites.order_by("name", "pk"),
        "may_administer": may_administer,
        "invitations": queries.open_invitations(organisation=shown) if may_administer else (),
        "party": OrganisationKind(shown.kind).value,
    }
    return render(request, "people/organisation.html", values)


def register_organisation(request: HttpRequest) -> HttpResponse:
    own = queries.main_membership(person=request.user)
    within = own.organisation if own else None
    form = forms.OrganisationForm(request.POST or None)
    made = answers.does(
        form, lambda: operations.register_organisation(within=within, **form.cleaned_data, **_by(request))
    )
    if made:
        return redirect("people:organisation", pk=made.pk)
    return _form(request, form, title="Enter an organisation", verb="Enter")


def add_site(request: HttpRequest, pk: int) -> HttpResponse:
    shown = access.organisation_for(request.user, pk=pk, to="administer")
    form = forms.SiteForm(request.POST or None, initial={"zone": request.user.zone})

    def act() -> object:
        names = ("name", "country", "zone", "holidays")
        given = {name: form.cleaned_data[name] for name in names}
        return operations.add_site(organisation=shown, hours=form.hours(), **given, **_by(request))

    if answers.does(form, act):
        return redirect("people:organisation", pk=pk)
    return _form(request, form, title=f"Add a site of {shown.short_name}", verb="Add", organisation=shown)


def invite(request: HttpRequest, pk: int) -> HttpResponse:
    shown = access.organisation_for(request.user, pk=pk, to="administer")
    form = forms.InviteForm(shown, request.POST or None)
    confirmed_at = step_up.confirmed_at(request)
    if not request.POST:
        operations.require_step_up(confirmed_at=confirmed_at, at=timezone.now())
    if answers.does(form, lambda: operations.invite(confirmed_at=confirmed_at, **form.cleaned_data, **_by(request))):
        messages.info(request, f"A letter goes to {form.cleaned_data['email']}. It holds for 14 days.")
        return redirect("people:organisation", pk=pk)
    lead = "They choose their own password. They see only what their role shows them."
    return _form(request, form, title=f"Invite to {shown.short_name}", verb="Invite", organisation=shown, lead=lead)


@require_POST
def withdraw_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    invitation = access.invitation_for(request.user, pk=pk)
    operations.withdraw_invitation(invitation=invitation, **_by(request))
    return redirect("people:organisation", pk=invitation.organisation_id)


def invitation(request: HttpRequest, token: str) -> HttpResponse:
    shown = operations.invitation_of(token=token)
    is_known = queries.is_known(email=shown.email)
    form = (django_forms.Form if is_known else forms.AcceptForm)(request.POST or None)
    by = request.user if request.user.is_authenticated else None
    if request.method == "POST" and answers.does(
        form, lambda: operations.accept_invitation(token=token, by=by, at=timezone.now(), **form.cleaned_data)
    ):
        messages.info(request, f"You have joined {shown.organisation.name}.")
        return redirect("/" if by else "account_login")
    values = {"invitation": shown, "form": form, "is_known": is_known, "is_theirs": by and by.email == shown.email}
    return render(request, "people/invitation.html", values)


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    page = Paginator(access.notices(request.user).order_by("-at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    unread = queries.unread_notices(person=request.user)
    return render(request, "people/notices.html", {"page": page, "n_unread": unread})


@require_POST
def read_notices(request: HttpRequest) -> HttpResponse:
    operations.mark_read(person=request.user, at=timezone.now())
    return redirect("people:notices")


@require_POST
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    notice = access.notice_for(request.user, pk=pk)
    operations.mark_read(person=request.user, notice=notice, at=timezone.now())
    return redirect(notice.link or "people:notices")


def account(request: HttpRequest) -> HttpResponse:
    names = ("name", "zone", "theme", "has_single_keys", "wants_digest")
    form = forms.PreferencesForm(request.POST or None, initial={name: getattr(request.user, name) for name in names})
    if answers.does(form, lambda: operations.set_preferences(person=request.user, **form.cleaned_data)):
        messages.info(request, "Saved.")
        return redirect("people:account")
    values = {
        "form": form,
        "memberships": request.user.memberships.filter(ended_at=None).select_related("organisation", "site"),
        "has_second_factor": step_up.has_second_factor(request.user),
    }
    return render(request, "people/account.html", values)


@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    return render(request, "people/tokens.html", {"tokens": access.tokens(request.user).order_by("-made_at", "-pk")})


def make_token(request: HttpRequest) -> HttpResponse:
    now, form = timezone.now(), forms.TokenForm(request.POST or None)
    confirmed_at = step_up.confirmed_at(request)
    if not request.POST:
        operations.require_step_up(confirmed_at=confirmed_at, at=now)

    def act() -> object:
        chosen = {name: form.cleaned_data[name] for name in ("name", "scopes")}
        expires_at = now + timedelta(days=form.cleaned_data["days"])
        own = {"person": request.user, "secret": secrets.token_hex(24), "confirmed_at": confirmed_at, "at": now}
        return api_tokens.make(expires_at=expires_at, **chosen, **own)

    if made := answers.does(form, act):
        response = render(request, "people/token.html", {"token": made[0], "text": made[1]})
        response.headers["Cache-Control"] = "no-store"
        return response
    return render(request, "people/token_form.html", {"form": form})


@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    token = api_tokens.revoke(token=access.token_for(request.user, pk=pk), **_by(request))
    messages.info(request, f"The token {token.name} no longer opens anything.")
    return redirect("people:tokens")


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip() for name in ("text", "role", "organisation")}


def _cells(membership: Membership) -> list[exchange.Cell]:
    person, site = membership.person, membership.site
    role, organisation = str(membership.get_role_display()), membership.organisation.name
    return [person.name, person.email, role, organisation, site.name, site.country, site.zone, membership.began_at]


def _by(request: HttpRequest) -> dict[str, object]:
    return {"by": request.user, "at": timezone.now()}


def _form(request: HttpRequest, form: django_forms.Form, **values: object) -> HttpResponse:
    return render(request, "people/form.html", {"form": form, **values})


def _order(sort: str) -> tuple[str, ...]:
    columns = SORTS.get(sort.removeprefix("-"), SORTS["name"])
    return tuple(f"-{column}" for column in columns) if sort.startswith("-") else columns


def _person(request: HttpRequest, shown: Person) -> dict[str, object]:
    seen = access.organisations(request.user)
    return {
        "shown": shown,
        "memberships": shown.memberships.filter(organisation__in=seen)
        .select_related("organisation", "site")
        .order_by("ended_at", "-began_at"),
        "licences": shown.licences.order_by("jurisdiction", "pk"),
        "skills": shown.skills.order_by("kind", "name"),
        "may_change": access.may_change(request.user, shown),
        "today": timezone.localdate(timezone=queries.zone_of(request.user)),
    }
