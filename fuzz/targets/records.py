"""What is read elsewhere: bills, rule packs, the exported log, labelled records, personal data, calendars."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime

from cursitor.engines import pii
from cursitor.engines.clocks import calendars
from cursitor.engines.merkle import canonical, exports, frontier
from cursitor.engines.money import amounts, ledes
from cursitor.engines.policy import packs, predicates
from cursitor.engines.policy import rules as policy
from cursitor.engines.ranking import records
from fuzz.targets.table import json_of, target, text_of

BILL = (
    "LEDES1998B[]\r\nINVOICE_DATE|INVOICE_NUMBER|CLIENT_ID|LAW_FIRM_MATTER_ID|INVOICE_TOTAL|BILLING_START_DATE|"
    "BILLING_END_DATE|INVOICE_DESCRIPTION|LINE_ITEM_NUMBER|EXP/FEE/INV_ADJ_TYPE|LINE_ITEM_NUMBER_OF_UNITS|"
    "LINE_ITEM_ADJUSTMENT_AMOUNT|LINE_ITEM_TOTAL|LINE_ITEM_DATE|LINE_ITEM_TASK_CODE|LINE_ITEM_EXPENSE_CODE|"
    "LINE_ITEM_ACTIVITY_CODE|TIMEKEEPER_ID|LINE_ITEM_DESCRIPTION|LAW_FIRM_ID|LINE_ITEM_UNIT_COST|TIMEKEEPER_NAME|"
    "TIMEKEEPER_CLASSIFICATION|CLIENT_MATTER_ID[]\r\n"
    "19990225|96542|00711|0528|1684.45|19990101|19990131|For services rendered|1|F|2.00|-70|630|19990115|L510||A102|22547|"
    "Research|24-6437381|350|Arnsley, Robert|PARTNR|423-987[]\r\n"
)
PACK = """name = "x"
version = 1
[facts]
person.role = "role"
[[rule]]
id = "a"
version = "1"
title = "t"
citation = "c"
severity = "BLOCK"
cure = "q"
effective_from = 2026-01-01
when = { predicate = "equals", fact = "person.role", value = "x" }
test = { predicate = "all_of", tests = [{ predicate = "is_true", fact = "y" }] }
"""


@target(BILL, "LEDES1998B[]\n", words="| [] F E IF IE -0 1e9 NaN 00000000 L510 A102", pumped=65_536)
def bill(data: bytes) -> None:
    """A bill is read or is none; checking never raises and tells what reading refuses."""
    text = text_of(data)
    findings = ledes.validate_1998b(text)
    try:
        ledes.read_1998b(text)
    except ledes.NotLedes:
        assert findings
    for currency in ("USD", "JPY"):
        try:
            minor = amounts.parse_amount(text, currency)
        except ValueError:
            continue
        assert amounts.parse_amount(amounts.decimal_text(minor, currency), currency) == minor


@target(
    PACK,
    words='[[rule]] [facts] when test = { } predicate = fact value other tests "all_of" "any_of" "equals" "at_least" "is_one_of" 2026-01-01 nan inf 1e9',
)
def rule_pack(data: bytes) -> None:
    """A pack is loaded and can be asked, or is bad."""
    try:
        pack = packs.load_pack(text_of(data))
    except packs.BadPack:
        return
    facts = {"person.role": "x", "y": True}
    try:
        policy.evaluate(pack.rules, facts, on_date=datetime(2026, 3, 4, tzinfo=UTC).date())
    except predicates.WrongFact:
        return


@target(
    '{"kind": "entry", "sequence": 0, "x": 1}\n{"kind": "leaf", "sequence": 1, "leaf_hash": "' + "ab" * 32 + '"}\n'
    '{"kind": "checkpoint", "origin": "o", "size": 2, "root": "'
    + "cd" * 32
    + '", "at": "", "signature": "", "public_key": "'
    + "ef" * 32
    + '"}\n',
    words='"kind" "entry" "leaf" "checkpoint" "sequence" "leaf_hash" "size" "root" "origin" null -1 1e999 1.5 \\ud800',
)
def exported_log(data: bytes) -> None:
    """An export is verified or fails at a row; canonical JSON is JSON that says the same."""
    exports.verify_export(data.splitlines(), trusted_keys=["ef" * 32])
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return
    try:
        written = canonical.canonical_json(value)
    except canonical.NotCanonical:
        return
    assert canonical.canonical_json(json.loads(written)) == written
    if isinstance(value, dict):
        try:
            frontier.Frontier.from_json(value).root()
        except frontier.BadFrontier:
            pass


@target(
    '{"id": 1, "text": "From: a@b.example\\nSubject: x\\n\\ny", "labels": ["r"]}\n{"id": "2", "text": "z", "labels": {"r": 0}}\n',
    words='"id" "text" "labels" "from" "to" "family" null [] {} 1e999',
    pumped=65_536,
)
def labelled_records(data: bytes) -> None:
    """Lines are labelled documents or unusable."""
    try:
        read = records.read(data.splitlines())
    except records.UnusableRecords:
        return
    assert len(read.ids) == len(read.records) == len(read.labels) == len(read.families)


@target(
    "Her SSN is 536-90-4399, card 4111 1111 1111 1111.",
    "IBAN DE89 3702 0400 4405 3201 30, born 4 March 1970, +49 30 901820",
    "a.b@c.example 192.168.0.1 passport C01X00T47",
    words="SSN IBAN DE89 DOB born +49 @ .com 4111 - / 192.168. NINO AB123456C",
    pumped=65_536,
)
def personal_data(data: bytes) -> None:
    """Hits lie in the text, in order, apart; masked they show at most a third."""
    text = text_of(data)
    end = 0
    for hit in pii.screen(text):
        assert end <= hit.start < hit.end <= len(text)
        end = hit.end
        assert len(pii.masked(text, hit)) <= hit.end - hit.start


@target(
    '{"zone": "Europe/Berlin", "openings": [[0, 540, 1080]], "closed_dates": ["2026-12-25"], "version": "1"}',
    '{"0": ["09:00-12:30", "13:30-24:00"], "4": ["22:00-06:00"]}',
    words='"zone" "openings" "Etc/UTC" "../x" [[ 00:00-24:00 \\u0000',
)
def calendar(data: bytes) -> None:
    """Hours are read or bad; open windows lie apart and in order."""
    value = json_of(data)
    if value is None:
        return
    try:
        made = calendars.Calendar.from_json(value)
        windows = made.open_between(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC))
        assert all(one[1] < other[0] for one, other in itertools.pairwise(windows))
        assert calendars.Calendar.from_json(made.to_json()) == made
    except calendars.BadHours:
        pass
    hours = {
        int(day): texts for day, texts in value.items() if day.isdecimal() and len(day) < 3 and isinstance(texts, list)
    }
    try:
        calendars.weekly_hours({day: [text for text in texts if isinstance(text, str)] for day, texts in hours.items()})
    except calendars.BadHours:
        return
