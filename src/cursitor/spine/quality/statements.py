"""The text an attorney signs: exact, readable, and complete in itself."""

import re
from datetime import UTC, datetime

from cursitor.spine.people.models import Licence
from cursitor.spine.work.models import Deliverable, DeliverableFile

FILE_LINE = re.compile(r"[0-9a-f]{64}  \d+  .+")


def sign_off_statement(*, deliverable: Deliverable, licence: Licence, at: datetime) -> str:
    """
    Return the statement over the digests of every file of the deliverable, in order of path.

    One line a file: SHA-256 in hex, two spaces, size in bytes, two spaces, path (the form of sha256sum with a size).
    """
    order, attorney = deliverable.order, licence.person
    head = [
        f"Release {deliverable.version} of {order.ref}: {order.title}",
        f"Matter {order.matter.number}: {order.matter.caption}",
        f"Signed by {attorney.name} on {at.astimezone(UTC):%Y-%m-%d} (UTC)",
        f"Licence {licence.number}, {licence.body}, {licence.jurisdiction},",
        f"found {licence.get_status_display().lower()} when it was checked on {licence.checked_date:%Y-%m-%d}",
        "",
        "I have supervised this work and release exactly these files:",
    ]
    files = [file_line(file) for file in deliverable.files.order_by("path")]
    return "\n".join([*head, *files, ""])


def file_line(file: DeliverableFile) -> str:
    """Return the line of a file in a statement."""
    return f"{file.sha256}  {file.size}  {file.path}"
