"""What the sender of a message wrote, and what stands below it from earlier messages."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WROTE = (
    r"wrote|writes|schrieb|a \u00e9crit|escribi\u00f3|ha scritto|escreveu|schreef|skrev|napisa\u0142\(?a?\)?"
    r"|\u043f\u0438\u0448\u0435\u0442"
)
_ATTRIBUTION = re.compile(
    rf"^\s*(?:On|Am|Le|El|Il|Em|Op|Den|W dniu|\d{{1,4}}[./-])\b.{{4,300}}?\b(?:{_WROTE})\b.{{0,120}}:\s*$"
    rf"|^\s*\S.{{0,200}}?(?:<\S+@\S+>|\S+@\S+).{{0,60}}\b(?:{_WROTE})\s*:\s*$"
    rf"|^\s*[\w.' -]{{2,60}} (?:{_WROTE})\s*:\s*$",
    re.IGNORECASE,
)
_WORDS = re.compile(_WROTE, re.IGNORECASE)
_FORWARD = re.compile(
    r"^[\s>]*(?:-{2,}\s*)?(?:original (?:message|appointment)|forwarded (?:message|by\b.*)|begin forwarded message"
    r"|urspr\u00fcngliche nachricht|weitergeleitete nachricht|message d'origine|message transf\u00e9r\u00e9"
    r"|mensaje original|mensaje reenviado|messaggio originale|oorspronkelijk bericht|mensagem original)\b.{0,160}$",
    re.IGNORECASE,
)
_DASHES = re.compile(r"-{2,}|:$|^begin", re.IGNORECASE)
_HEADER = re.compile(
    r"^\s*\*?(from|sent|date|to|cc|bcc|subject|importance|reply-to|von|gesendet|datum|an|betreff|de|envoy\u00e9|objet|\u00e0"
    r"|para|asunto|enviado|da|inviato|oggetto|a|van|verzonden|aan|onderwerp|assunto)\*?\s?:\*?(?:\s|$)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"^\s{0,3}(?:[A-Za-z]{0,3}>[ \t]?)+")
_ADDRESS = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_NEAR = 6
_HEAD = 40
_SUBJECTS = frozenset({"subject", "betreff", "objet", "asunto", "oggetto", "onderwerp", "assunto"})


@dataclass(frozen=True)
class Parts:
    """
    A message's text, taken apart.

    own: what its sender wrote, without quotation. quoted: the earlier messages below or between it, the nearest first,
    each without its header lines. named: addresses in the lines that introduce them, folded.
    """

    own: str
    quoted: tuple[str, ...]
    named: frozenset[str] = frozenset()


def take_apart(text: str) -> Parts:
    """
    Return what is the sender's own and what is quoted.

    Quoted: lines that begin with >; everything below a line such as "Original Message", "Forwarded by" or a block of
    From, Sent, To, Subject; everything below "On ... wrote:" unless lines that begin with > follow it. English, German,
    French, Spanish, Italian, Dutch and Portuguese forms are known.

    >>> take_apart("I agree.\\n\\nOn 4 March, Ann <ann@x.example> wrote:\\n> Shall we?\\n> Ann\\nRegards")
    Parts(own='I agree.\\nRegards', quoted=('Shall we?\\nAnn',), named=frozenset({'ann@x.example'}))
    """
    taking = _Taking(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    place = 0
    while place < len(taking.lines):
        place = taking.take(place)
    quoted = tuple(words for lines in taking.quoted if (words := _joined(lines)))
    return Parts(_joined(taking.own), quoted, frozenset(taking.named))


def _joined(lines: list[str]) -> str:
    return "\n".join(line for line in (line.strip() for line in lines) if line)


def _is_forward(line: str) -> bool:
    return ("--" in line or ":" in line or line[:5] in ("Begin", "begin")) and bool(
        _DASHES.search(line) and _FORWARD.match(line)
    )


class _Taking:
    """One pass over the lines of a message."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.own: list[str] = []
        self.quoted: list[list[str]] = []
        self.named: set[str] = set()
        self._below = False
        self._depth = 0
        self._may_attribute = any(_WORDS.search(line) for line in lines if ":" in line)

    def take(self, place: int) -> int:
        """Take the line at a place, or the lines that introduce a quotation, and return the next place."""
        line = self.lines[place]
        mark = _QUOTED.match(line) if ">" in line else None
        depth = mark.group().count(">") if mark else 0
        bare = line[mark.end() :] if mark else line
        introduced = self._introduced(place, bare, depth)
        if introduced:
            return introduced
        if depth:
            if depth != self._depth or not self.quoted:
                self.quoted.append([])
            self.quoted[-1].append(bare)
        elif self._below and self.quoted:
            self.quoted[-1].append(line)
        else:
            self.own.append(line)
        self._depth = depth
        return place + 1

    def _introduced(self, place: int, bare: str, depth: int) -> int:
        """Return the place below the lines that introduce a quotation here, 0 if none do."""
        if _is_forward(bare):
            return self._begin(place, place + 1, depth)
        if self._is_header_block(place):
            return self._begin(place, place, depth)
        width = self._attribution(place)
        if width:
            following = next((line for line in self.lines[place + width :] if line.strip()), "")
            self._name(place, place + width)
            if _QUOTED.match(following):
                # The marks of the lines themselves say where this quotation ends.
                self._depth = -1
                return place + width
            return self._begin(place, place + width, depth)
        return 0

    def _begin(self, first: int, place: int, depth: int) -> int:
        """Begin a quoted message whose header lines follow at a place; return where its text begins."""
        for ahead in range(place, min(place + _HEAD, len(self.lines))):
            # Notes puts name and date above its header lines; the subject comes last.
            if self._header(ahead) in _SUBJECTS:
                place = ahead + 1
                break
            if _is_forward(self.lines[ahead]):
                break
        while place < len(self.lines) and self._header(place):
            place += 1
        self._name(first, place)
        self.quoted.append([])
        self._below = self._below or not depth
        self._depth = depth
        return max(place, first + 1)

    def _header(self, place: int) -> str:
        """Return the name of the header line at a place, folded, empty if it is none."""
        line = self.lines[place]
        found = _HEADER.match(_QUOTED.sub("", line)) if ":" in line else None
        return found.group(1).casefold() if found else ""

    def _is_header_block(self, place: int) -> bool:
        """Tell whether a block of at least three header lines begins here, From the first of them or nearly so."""
        if self._header(place) not in ("from", "von", "de", "da", "van"):
            return False
        near = range(place, min(place + _NEAR, len(self.lines)))
        return len({self._header(line) for line in near} - {""}) >= 3

    def _attribution(self, place: int) -> int:
        """Return how many lines an "On ... wrote:" takes here, 0 if there is none."""
        line = _QUOTED.sub("", self.lines[place])
        if not self._may_attribute or not line.strip() or len(line) > 400:
            return 0
        for width in (1, 2, 3):
            joined = " ".join(_QUOTED.sub("", part).strip() for part in self.lines[place : place + width])
            if _ATTRIBUTION.match(joined):
                return width
            if not line.lstrip().startswith(("On ", "Am ", "Le ", "El ", "Il ", "Em ", "Op ", "Den ")):
                return 0
        return 0

    def _name(self, first: int, last: int) -> None:
        for line in self.lines[first:last]:
            self.named.update(address.casefold() for address in _ADDRESS.findall(line))
