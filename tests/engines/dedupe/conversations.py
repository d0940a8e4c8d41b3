"""Made-up conversations of which the truth is known: who answers whom, in the ways that mail programs quote."""

import random
import textwrap
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cursitor.engines.dedupe import prints
from cursitor.engines.dedupe.threads import Letter

WORDS = (
    *("order", "seal", "car", "court", "filing", "deadline", "lease", "rent", "audit", "invoice"),
    *("payment", "draft", "clause", "notice", "tenant", "board", "vote", "merger", "price", "share"),
    *("option", "trade", "gas", "power", "plant", "permit", "license", "survey", "report", "schedule"),
    *("budget", "forecast", "meeting", "call", "witness", "exhibit", "motion", "brief", "appeal", "judge"),
    *("settle", "claim", "damage", "repair", "supply", "contract", "vendor", "shipment", "customs", "duty"),
    *("insurance", "policy", "cover", "loss", "reserve", "tax", "return", "filing", "agency", "rule"),
    *("comment", "letter", "reply", "answer", "question", "review", "approve", "sign", "send", "attach"),
    *("confirm", "cancel", "delay", "extend", "agree", "object", "propose", "discuss", "explain", "consider"),
    *("expect", "require", "provide"),
)
SUBJECTS = ["Weekly status", "Lease of car 61", "Draft brief", "Forecast", "Call on Friday", "Invoice 4711", "Question"]
STYLES = ("marks", "original", "none", "trimmed", "wrapped")


@dataclass(frozen=True)
class Told:
    """A message with its truth. conversation: number. parent: message id of what it answers."""

    letter: Letter
    body: str
    conversation: int
    parent: str


def conversations(n: int, seed: int) -> list[Told]:
    """Return all messages of n conversations, each with 1 to 8 messages, headers and all."""
    chance = random.Random(seed)
    people = [f"person{number}@firm.example" for number in range(40)]
    return [told for number in range(n) for told in _conversation(number, people, chance)]


def stripped(told: Told) -> Letter:
    """Return the message as a mailbox shows it that lost its threading headers."""
    return replace(told.letter, in_reply_to="", references=(), conversation_index="")


def _conversation(number: int, people: list[str], chance: random.Random) -> list[Told]:
    circle = chance.sample(people, chance.randint(2, 5))
    subject = chance.choice(SUBJECTS) if chance.random() < 0.5 else " ".join(chance.sample(WORDS, 4)).capitalize()
    at = datetime(2001, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randint(0, 500_000))
    made = [_told(number, 0, circle[0], circle[1:], subject, at, _sentences(chance), None, chance)]
    for place in range(1, chance.randint(1, 8)):
        parent = chance.choice(made[-3:])
        at += timedelta(minutes=chance.randint(2, 4000))
        forwards = chance.random() < 0.15
        others = (parent.letter.recipients | {parent.letter.sender}) - {parent.letter.sender}
        sender = chance.choice(sorted(parent.letter.recipients))
        to = [chance.choice(people)] if forwards else sorted({parent.letter.sender} | (others - {sender}))
        to = [one for one in to if one != sender] or [parent.letter.sender]
        prefix = "FW: " if forwards else "Re: "
        title = subject if chance.random() > 0.04 else " ".join(chance.sample(WORDS, 3))
        made.append(_told(number, place, sender, to, prefix + title, at, _sentences(chance), parent, chance))
    return made


def _sentences(chance: random.Random) -> str:
    if chance.random() < 0.12:
        return chance.choice(["Thanks.", "OK", "Please see below.", "FYI", "I agree."])
    n = chance.randint(1, 6)
    return " ".join(" ".join(chance.choices(WORDS, k=chance.randint(5, 18))).capitalize() + "." for _ in range(n))


def _told(number, place, sender, to, subject, at, own, parent, chance) -> Told:
    body = own if parent is None else _quoting(own, parent, subject, chance)
    name = f"<{number}.{place}@firm.example>"
    letter = Letter(
        id=f"{number:06d}.{place}",
        message_id=name,
        in_reply_to=parent.letter.message_id if parent else "",
        references=(*parent.letter.references, parent.letter.message_id) if parent else (),
        subject=subject,
        sender=sender,
        recipients=frozenset(to),
        sent=at,
        words=prints.take(body),
    )
    return Told(letter, body, number, letter.in_reply_to)


def _quoting(own: str, parent: Told, subject: str, chance: random.Random) -> str:
    style = chance.choice(STYLES)
    if subject.startswith("FW:"):
        style = "original"
    above = parent.letter
    if style == "none":
        return own
    if style == "original":
        head = f"From: {above.sender}\nSent: {above.sent:%d %B %Y %H:%M}\nTo: {'; '.join(sorted(above.recipients))}"
        return f"{own}\n\n-----Original Message-----\n{head}\nSubject: {above.subject}\n\n{parent.body}\n"
    lines = textwrap.fill(parent.body, 60).split("\n") if style == "wrapped" else parent.body.split("\n")
    if style == "trimmed":
        lines = lines[: max(1, len(lines) // 2)]
    quoted = "\n".join(f"> {line}" for line in lines)
    return f"{own}\n\nOn {above.sent:%a, %d %b %Y} at {above.sent:%H:%M}, {above.sender} wrote:\n{quoted}\n"
