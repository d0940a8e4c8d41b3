"""What receivers ask beyond the standard, as data."""

import dataclasses

from cursitor.engines.money.ledes import fields


@dataclasses.dataclass(frozen=True, slots=True)
class Profile:
    """
    The rules of one receiver.

    longest_description, longest_invoice_description: characters. most_adjustment_lines: IF or IE lines of one
    invoice, each, None without limit. most_decimals: decimal places of INVOICE_TOTAL and LINE_ITEM_TOTAL.
    """

    name: str
    longest_description: int = fields.LONGEST_DESCRIPTION
    longest_invoice_description: int = fields.LONGEST_DESCRIPTION
    requires_client_matter_id: bool = False
    allows_negative_units: bool = True
    most_adjustment_lines: int | None = None
    most_decimals: int = fields.MOST_DECIMALS


STANDARD = Profile("LEDES 1998B")

PROFILES: dict[str, Profile] = {
    "STANDARD": STANDARD,
    "COLLABORATI": Profile("Collaborati", longest_invoice_description=2000, most_decimals=2),
    "ECOUNSEL": Profile("eCounsel", most_adjustment_lines=1),
    "BRIGHTFLAG": Profile(
        "Brightflag",
        longest_description=1023,
        requires_client_matter_id=True,
        allows_negative_units=False,
    ),
}
"""Source: the receivers' own published format pages (Mitratech Collaborati and eCounsel, Brightflag), 2026-11."""
