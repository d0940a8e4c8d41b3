"""
How fast the log takes entries, one transaction each, and how fast it is verified from end to end.

    .venv/bin/python bench/audit_log.py [entries]

CURSITOR_DATABASE_URL names an empty database; without it a SQLite file in a temporary folder. Prints one JSON object.
Bars: at least 200 entries a second on SQLite, 500 on PostgreSQL; a verified log.
"""

import json
import os
import sys
import tempfile
import time


def main(n_entries: int) -> dict[str, object]:
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.utils import timezone

    from cursitor.spine.audit import operations as audit

    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    for number in range(n_entries):
        with transaction.atomic():
            audit.record(
                event="work.order.issued",
                at=timezone.now(),
                by=None,
                subject=f"order:WO-{number}",
                matter="matter:2026-0031",
                data={"number": number, "reason": "as agreed"},
            )
    written = time.perf_counter()
    report = audit.verify(at=timezone.now(), by=None)
    verified = time.perf_counter()
    return {
        "database": connection.vendor,
        "entries": n_entries,
        "appended_per_second": round(n_entries / (written - began)),
        "verified_per_second": round(report.n_entries / (verified - written)),
        "is_verified": report.is_verified,
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CURSITOR_DATA"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cursitor.web.settings")
        import django

        django.setup()
        print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)))
