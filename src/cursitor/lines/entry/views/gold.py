"""Gold records: what was committed to, what still waits for its true values, what was revealed."""

import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cursitor.lines.entry import access, forms, operations, queries
from cursitor.lines.entry.views import frame
from cursitor.plumbing import answers
from cursitor.spine.work.models import WorkOrder


@require_safe
def gold(request: HttpRequest, ref: str) -> HttpResponse:
    return _gold(request, access.order_for(request.user, ref, to="gold"))


@require_POST
def commit_gold(request: HttpRequest, ref: str) -> HttpResponse:
    shown = access.order_for(request.user, ref, to="gold")
    form = forms.GoldForm(request.POST)
    seed = secrets.token_bytes(32)
    done = answers.does(
        form, lambda: operations.commit_gold(order=shown, n=form.cleaned_data["n"], seed=seed, **frame.by(request))
    )
    return redirect("entry:gold", ref) if done else _gold(request, shown, form)


@require_POST
def reveal_gold(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    operations.reveal_gold(gold_set=access.gold_set_for(request.user, ref, number), **frame.by(request))
    return redirect("entry:gold", ref)


def _gold(request: HttpRequest, shown: WorkOrder, form: forms.GoldForm | None = None) -> HttpResponse:
    values = {
        "states": queries.gold_states(order=shown),
        "n_drawable": queries.drawable(order=shown, at=timezone.now()).count(),
        "form": form or forms.GoldForm(),
    }
    return frame.page(request, shown, "gold", values)
