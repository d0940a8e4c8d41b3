"""
Save and next at the review bench: server time and queries of one request, beside a bare page in the same run.

    python bench/review_loop.py [--documents 1000] [--saves 300] [--seed 7] [--profile]

Generated letters go into a throw-away data folder (SQLite, a vault on disk). One reviewer signs in and codes; each save
is one POST through every middleware that also leases, writes down and renders the next document. After each fourth
save the bench fetches ahead, as the browser does. `floor` is a POST to a page that says "ok": the same path, session,
sign-in check and CSRF check, nothing else; the calls alternate, so that both meet the same machine. Times are
milliseconds of the test client; nothing is sent over a network. `cpu` is what the process itself used, which a busy
machine leaves as it is; the wall time it does not. The bar is 40 ms at the 95th percentile of wall time.
"""

import argparse
import cProfile
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).parent.parent))
BAR_MS = 40
WORDS = (
    "car seal valve gasket batch pressure log yard shift fleet safety surveyor draft counsel advice report load inside "
    "tolerance specification notice danube polymers corbel freight invoice demurrage lading tank rail wash schedule "
    "paint ladder rain friday monday cleared moved held noted kept copied asked told met line order page the a of and "
    "to in was is on for with that it by as at from"
)
HIGHLIGHTS = [
    {"name": "seal w/5 fail*", "style": "TERM", "query": "seal w/5 (gasket OR valve)"},
    {"name": "surveyor", "style": "TERM", "query": "surveyor"},
    {"name": "counsel, advice", "style": "PRIVILEGE", "query": "counsel OR advice"},
    {"name": "Danube", "style": "NAME", "query": "danube"},
]
CODES = (
    {"code-responsiveness": "NOT_RESPONSIVE"},
    {"code-responsiveness": "RESPONSIVE", "code-privilege": "NOT_PRIVILEGED", "code-issues": ["NOTICE"]},
    {"code-responsiveness": "RESPONSIVE", "code-privilege": "ATTORNEY_CLIENT", "code-confidentiality": "CONFIDENTIAL"},
)


def main() -> None:
    arguments = read_arguments()
    with tempfile.TemporaryDirectory(prefix="cursitor-bench-") as folder:
        set_up(folder)
        chance = random.Random(arguments.seed)
        task = make_review(arguments.documents, chance)
        profile = cProfile.Profile() if arguments.profile else None
        figures = run(task, arguments.saves, chance, profile)
    print(json.dumps({"documents": arguments.documents, "saves": arguments.saves, **figures}, indent=1))
    if profile:
        profile.print_stats("cumulative")
    if figures["save_and_next"]["p95_ms"] > BAR_MS:
        raise SystemExit(f"Above the bar of {BAR_MS} ms.")


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--saves", type=int, default=300)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--profile", action="store_true")
    return parser.parse_args()


def set_up(folder: str) -> None:
    """Start Django on an empty database of its own, with the settings of the product."""
    os.environ |= {"CURSITOR_DATA": folder, "DJANGO_SETTINGS_MODULE": "cursitor.web.settings"}
    os.environ.pop("CURSITOR_DATABASE_URL", None)
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.http import HttpResponse
    from django.urls import include, path

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    django.setup()
    call_command("migrate", verbosity=0)
    sys.modules["review_loop_urls"] = SimpleNamespace(
        urlpatterns=[path("floor", lambda request: HttpResponse("ok")), path("", include("cursitor.web.urls"))]
    )
    settings.ROOT_URLCONF = "review_loop_urls"


def make_review(n_documents: int, chance: random.Random):
    """Return the task of one reviewer over letters of 40 to 400 words, each fifth with an attachment."""
    from tests import factories
    from tests.lines.review import factories as review

    world = factories.World()
    order = review.order(world)
    review.layout(order, highlights=HIGHLIGHTS, guidance="Code what the protocol says.")
    collection = review.collection(order)
    n_made = 0
    while n_made < n_documents:
        texts = [letter(chance)] + [letter(chance)] * (n_made % 5 == 4)
        family = review.family(collection, *texts, subject=sentence(chance, 5), sender="Pella Ostrander <p@c.example>")
        family.rank = chance.random()
        family.save()
        n_made += len(texts)
    return review.task(order, world.specialist)


def letter(chance: random.Random) -> str:
    return "\n".join(sentence(chance, chance.randint(6, 14)) for _ in range(chance.randint(6, 40)))


def sentence(chance: random.Random, n: int) -> str:
    return " ".join(chance.choices(WORDS.split(), k=n)).capitalize() + "."


def run(task, n_saves: int, chance: random.Random, profile: cProfile.Profile | None) -> dict:
    """Return the figures of coding `n_saves` documents, whole families at once."""
    from django.test import Client

    client = Client(enforce_csrf_checks=True, headers={"accept": "application/json"})
    client.force_login(task.holder)
    address = f"/review/{task.order.ref}/bench/{task.number}/"
    shown = client.get(address).json()["shown"]
    client.get(address, headers={"accept": "text/html"})
    client.defaults["HTTP_X_CSRFTOKEN"] = client.cookies["csrftoken"].value
    saves, aheads, floors = [], [], []
    have: list[int] = []
    for number in range(n_saves):
        body = {"family": shown["family"], "document": shown["document"], "seconds": 30, "whole_family": "1"}
        body |= chance.choice(CODES)
        if profile:
            profile.enable()
        answer, save = timed(lambda body=body: client.post(f"{address}save", body))
        if profile:
            profile.disable()
        saves.append(save)
        floors.append(timed(lambda body=body: client.post("/floor", body))[1])
        shown = answer.json()["shown"]
        if number % 4 == 3:
            asked = {"family": shown["family"], "document": shown["document"], "have": ",".join(map(str, have))}
            answer, ahead = timed(lambda asked=asked: client.get(f"{address}ahead", asked))
            aheads.append(ahead)
            have = answer.json()["order"]
    ours, floor = summary(saves), summary(floors)
    ratios = {f"ratio_{name}": round(ours[name] / floor[name], 2) for name in ("p95_ms", "cpu_p95_ms")}
    return {"save_and_next": ours, "floor": floor, **ratios, "fetch_ahead": summary(aheads), "bar_ms": BAR_MS}


def timed(call: Callable):
    """
    Return the answer, with milliseconds on the wall and of the processor and the number of queries.

    :raises SystemExit: unless it is 200.
    """
    from django.db import connection

    n_queries = 0

    def count(execute, *arguments):
        nonlocal n_queries
        n_queries += 1
        return execute(*arguments)

    with connection.execute_wrapper(count):
        started, used = time.perf_counter(), time.process_time()
        answer = call()
        milliseconds = (time.perf_counter() - started) * 1000, (time.process_time() - used) * 1000
    if answer.status_code != 200:
        raise SystemExit(f"{answer.status_code}: {answer.content[:400]!r}")
    return answer, (*milliseconds, n_queries)


def summary(calls: list[tuple[float, float, int]]) -> dict:
    wall, cpu, queries = zip(*calls, strict=True)
    figures = {}
    for prefix, times in (("", wall), ("cpu_", cpu)):
        cuts = statistics.quantiles(times, n=100)
        figures |= {f"{prefix}p50_ms": cuts[49], f"{prefix}p95_ms": cuts[94], f"{prefix}max_ms": max(times)}
    counted = {"queries_p50": int(statistics.median(queries)), "queries_max": max(queries)}
    return {name: round(value, 1) for name, value in figures.items()} | counted


if __name__ == "__main__":
    main()
