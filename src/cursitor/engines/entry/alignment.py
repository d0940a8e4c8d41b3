"""
The fields of a form found among the words that a machine read: guesses for the first keyer, never truths.

A field is looked for by its label and its anchors, in spite of misread letters; its value stands to the right of the
label or below it, in the column that the next label on the line ends. What is found must be readable as the type of the
field. Ticked boxes are never guessed. Where doubt is larger than the threshold there is no guess.
"""

import dataclasses
import difflib
import functools
import re
from collections.abc import Iterator, Sequence

from cursitor.engines.entry import dates, normal, patterns, words
from cursitor.engines.entry.definition import PLAIN, DateOrder, Field, FieldType, FormDefinition
from cursitor.engines.entry.normal import State
from cursitor.engines.entry.numbers import SIGNS
from cursitor.engines.entry.words import Region, Word

THRESHOLD = 0.6
"""Below this confidence nothing is guessed."""
LABEL_LIKENESS = 0.8
TOKEN_LIKENESS = 0.7
LINES_BELOW = 4
LONGEST_VALUE = 6
BELOW_DISCOUNT = 0.97
FAR_DISCOUNT = 0.85
BARE_DISCOUNT = 0.6
MIDDLE_DISCOUNT = 0.5
HEADLINE_SHARE = 0.3
SHORTEST_HEADLINE = 5
LEGIBLE = 0.6
NEAR, WIDE, INDENT, APART = 4, 8, 8, 2
"""
In letters: how near a value stands to its label, what parts two columns, how far a value may stand out to the left of
its label, and what parts two words that do not belong together.
"""

_AROUND = " ,;:|\u2018\u2019'\"=_"
_NUMBERED = re.compile(r"\(?[0-9]{1,2}[.,)]")
_DASHES = frozenset("-\u2013\u2014")
_RUNNING_ON = "and of the for de la van von &"
_CONTINUES = frozenset(_RUNNING_ON.split()) | _DASHES


@dataclasses.dataclass(frozen=True, slots=True)
class Guess:
    """
    What a field seems to say.

    value: as it stands on the page; of a list its stored value; an amount in the convention of the field. confidence: 0
    to 1, of the label, the words and the place together; it ranks guesses and is no probability. page: counted from 1.
    region: where the value stands.
    """

    value: str
    confidence: float
    page: int
    region: Region


_Place = list[list[Word]]


@dataclasses.dataclass(frozen=True, slots=True)
class _Label:
    """A label found on a page: its words, how like it is to the form's, and what of it must stand on the next line."""

    key: str
    words: tuple[Word, ...]
    likeness: float
    rest: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class _Found:
    guess: Guess
    words: tuple[Word, ...]


def align(form: FormDefinition, found: Sequence[Word], *, threshold: float = THRESHOLD) -> dict[str, Guess | None]:
    """
    Return a guess for each field of a form, or None where nothing is certain enough, by the key of the field.

    found: the words of a record, all its pages. Deterministic. A word is used for one field only, by the surest guess.
    """
    found = _without_specks(found)
    by_line = words.lines(found)
    labels = [label for field in form.fields for label in _labels(field, by_line)]
    candidates: list[tuple[str, _Found]] = []
    for field in form.fields:
        best = _best(field, [label for label in labels if label.key == field.key], labels, found)
        if best and best.guess.confidence >= threshold:
            candidates.append((field.key, best))
    guesses: dict[str, Guess | None] = {field.key: None for field in form.fields}
    used: set[Word] = set()
    for key, candidate in sorted(candidates, key=lambda pair: -pair[1].guess.confidence):
        if not used & set(candidate.words):
            used |= set(candidate.words)
            guesses[key] = candidate.guess
    return guesses


def _without_specks(found: Sequence[Word]) -> list[Word]:
    """Return the words without dirt: marks (but no signs of currency) that are tiny or were hardly recognised."""
    heights = sorted(word.height for word in found)
    tiny = heights[len(heights) // 2] / 3 if heights else 0.0
    return [
        word
        for word in found
        if _token(word.text)
        or word.text in SIGNS
        or (word.confidence >= LEGIBLE and (word.height > tiny or word.text in _DASHES))
    ]


def _best(field: Field, labels: Sequence[_Label], others: Sequence[_Label], found: Sequence[Word]) -> _Found | None:
    if field.type is FieldType.BOOLEAN or not found:
        return None
    candidates = []
    for label in labels:
        readings = (_read(field, place, label.likeness * worth) for place, worth in _places(label, others, found))
        candidates += [next(filter(None, readings), None)]
    if field.type is FieldType.CHOICE and not labels:
        candidates = [_headline(field, others, found)]
    return max(filter(None, candidates), key=lambda candidate: candidate.guess.confidence, default=None)


def _headline(field: Field, labels: Sequence[_Label], found: Sequence[Word]) -> _Found | None:
    """Return the choice that stands in the largest letters at the head of the first page: what form this is."""
    taken = {word for label in labels for word in label.words}
    head = [word for word in found if word.page == found[0].page and word.bottom < HEADLINE_SHARE and word not in taken]
    listed = [choice for line in words.lines(head) if (choice := _chosen(field, line, 1.0))]
    long = [choice for choice in listed if sum(len(word.text) for word in choice.words) >= SHORTEST_HEADLINE]
    return max(long, key=lambda choice: max(word.height for word in choice.words), default=None)


def _labels(field: Field, by_line: Sequence[Sequence[Word]]) -> Iterator[_Label]:
    """Yield every place where the label or an anchor of a field stands, the longest of them where several begin."""
    names = [[token for token in map(_token, name.split()) if token] for name in (field.name, *field.anchors)]
    for line in by_line:
        for begin in range(len(line)):
            here = [label for tokens in names if (label := _label_at(field.key, tokens, line, begin))]
            if here:
                yield max(here, key=lambda label: (len(label.words), label.likeness))


def _label_at(key: str, tokens: Sequence[str], line: Sequence[Word], begin: int) -> _Label | None:
    likenesses: list[tuple[float, int]] = []
    place = begin
    for token in tokens:
        while place < len(line) and likenesses and not _token(line[place].text):
            place += 1
        if place == len(line) or _is_numbered(line, place):
            break
        likeness = _likeness(token, _token(line[place].text))
        if likeness < TOKEN_LIKENESS:
            return None
        likenesses.append((likeness, len(token)))
        place += 1
    matched = len(likenesses)
    if not matched or (matched < len(tokens) and (matched < 3 or matched < len(tokens) / 2)):
        return None
    total = sum(likeness * length for likeness, length in likenesses) / sum(length for _, length in likenesses)
    if total < (LABEL_LIKENESS if matched > 1 else 0.95):
        return None
    own = line[begin - 1 : place] if begin and _is_numbered(line, begin - 1) else line[begin:place]
    if matched == 1 and not _stands_alone(line, begin):
        return None
    return _Label(key, tuple(own), total, tuple(tokens[matched:]))


def _stands_alone(line: Sequence[Word], place: int) -> bool:
    """Say whether one word is a label by itself: at the head of a line or a column, or before a colon."""
    word = line[place]
    if word.text.endswith(":") or place == 0 or (place + 1 < len(line) and line[place + 1].text == ":"):
        return True
    before = line[place - 1]
    return not _token(before.text) or word.left - before.right > APART * _letter(word)


def _places(label: _Label, others: Sequence[_Label], found: Sequence[Word]) -> Iterator[tuple[_Place, float]]:
    """Yield where the value of a label may stand, in lines, to its right and then below, with what a place is worth."""
    last, letter = label.words[-1], max(map(_letter, label.words))
    begins = frozenset(other.words[0] for other in others if other.key != label.key)
    here = [word for word in found if word.page == last.page and word not in label.words]
    row = sorted((word for word in here if _is_beside(word, last)), key=lambda word: word.left)
    right = _beside(row, last.right, letter, begins)
    following = row[len(right)].left if len(right) < len(row) else 1.0
    if right and not label.rest:
        is_near = right[0].left - last.right < NEAR * letter or last.text.endswith(":")
        yield [right], 1.0 if is_near else FAR_DISCOUNT
        following = following if is_near else right[0].left
    left = label.words[0].left - INDENT * letter
    column = _column([word for word in here if word.middle > last.bottom], left, following - letter / 2)
    below = _below(column, label, begins)
    if below:
        yield below, BELOW_DISCOUNT


def _column(found: Sequence[Word], left: float, right: float) -> _Place:
    """Return the lines between two edges, without the words that go on from what stands to the left."""
    columns = []
    for line in words.lines(found):
        begin = next((place for place, word in enumerate(line) if word.left >= left), len(line))
        while 0 < begin < len(line) and line[begin].left - line[begin - 1].right < APART * _letter(line[begin]):
            begin += 1
        columns.append([word for word in line[begin:] if word.left < right])
    return columns


def _beside(row: Sequence[Word], edge: float, letter: float, begins: frozenset[Word]) -> list[Word]:
    """Return the words of a row up to the next label or to a gap as wide as between columns."""
    kept: list[Word] = []
    for place, word in enumerate(row):
        if word in begins or _is_numbered(row, place) or (kept and word.left - edge > WIDE * letter):
            break
        kept.append(word)
        edge = word.right
    return kept


def _below(column: Sequence[list[Word]], label: _Label, begins: frozenset[Word]) -> _Place:
    """Return the lines of a column under a label, down to the next label or a wide gap; without the label's rest."""
    height, bottom = max(word.height for word in label.words), label.words[-1].bottom
    kept: _Place = []
    waiting = list(label.rest)
    for line in sorted(filter(None, column), key=lambda line: line[0].middle):
        while line and waiting and _likeness(waiting[0], _token(line[0].text)) >= TOKEN_LIKENESS:
            bottom = max(bottom, line.pop(0).bottom)
            waiting.pop(0)
        if not line:
            continue
        if len(kept) == LINES_BELOW or line[0].top - bottom > 3.5 * height:
            break
        row = _beside(line, line[0].left, max(map(_letter, line)), begins)
        if not row:
            break
        kept.append(row)
        bottom = max(word.bottom for word in row)
    return kept


def _read(field: Field, place: Sequence[Sequence[Word]], worth: float) -> _Found | None:
    """Return what a field says in a place, if something there can be read as its type."""
    if field.type is FieldType.CHOICE:
        return next((found for line in place if (found := _chosen(field, line, worth))), None)
    if field.type in (FieldType.NAME, *PLAIN):
        return _found(field, _sentence(place, field), worth)
    for line in place:
        read = [found for window in _windows(field, line) if (found := _found(field, window, worth))]
        if read:
            return max(read, key=lambda found: found.guess.confidence) if field.type is FieldType.MONEY else read[0]
    return None


def _windows(field: Field, line: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """Yield the words that may be one value together, the longest first; amounts from the right, where totals stand."""
    longest = LONGEST_VALUE if field.type is FieldType.DATE else 2
    begins = range(len(line))
    for size in range(min(longest, len(line)), 0, -1):
        for begin in reversed(begins) if field.type is FieldType.MONEY else begins:
            window = line[begin : begin + size]
            if len(window) == size and (size == 1 or _belong(field, window)):
                yield window


def _belong(field: Field, window: Sequence[Word]) -> bool:
    """Say whether words may be one value: parts of a date, an amount and its currency, letters before a number."""
    if field.type is FieldType.DATE:
        return True
    has_digit = [any(character.isdigit() for character in word.text) for word in window]
    if field.type is FieldType.MONEY:
        return sum(has_digit) == 1
    is_near = window[1].left - window[0].right < APART * _letter(window[0])
    is_prefix = window[0].text.isalpha() and window[0].text.isupper() and len(window[0].text) <= 6
    return field.type is FieldType.IDENTIFIER and is_near and is_prefix and has_digit == [False, True]


def _sentence(place: Sequence[Sequence[Word]], field: Field) -> list[Word]:
    """Return the first line of a place, and the next ones while it runs on."""
    sentence: list[Word] = []
    for line in place:
        if sentence and not _runs_on(sentence, line):
            break
        sentence += _cut(line, field)
    while sentence and not _token(sentence[0].text):
        sentence.pop(0)
    return sentence


def _runs_on(sentence: Sequence[Word], line: Sequence[Word]) -> bool:
    """Say whether a line goes on with a sentence: by its words, or in one paragraph, flush and without a figure."""
    if sentence[-1].text.casefold() in _CONTINUES or line[0].text.casefold() in _CONTINUES:
        return True
    is_flush = abs(sentence[0].left - line[0].left) < 3 * _letter(line[0])
    is_one = sentence[-1].line[:2] == line[0].line[:2]
    return is_one and is_flush and not any(character.isdigit() for word in line for character in word.text)


def _cut(line: Sequence[Word], field: Field) -> list[Word]:
    """Return the words before one that ends with a colon, which is another label, or before the number of a house."""
    for place, word in enumerate(line):
        is_house = field.type is FieldType.NAME and place > 1 and word.text.isdigit() and len(word.text) > 1
        if place and (word.text.endswith(":") or is_house):
            return list(line[:place])
    return list(line)


def _chosen(field: Field, line: Sequence[Word], worth: float) -> _Found | None:
    """Return the first choice that stands in a line, the longest where several begin at one word."""
    choices = [
        (choice.value, [token for token in map(_token, name.split()) if token])
        for choice in field.choices
        for name in (choice.label, choice.value)
        if name
    ]
    for begin in range(len(line)):
        for value, tokens in sorted(choices, key=lambda choice: -len(choice[1])):
            window = line[begin : begin + len(tokens)]
            pairs = list(zip(tokens, (_token(word.text) for word in window), strict=False))
            if tokens and len(pairs) == len(tokens) and all(_likeness(*pair) >= 0.85 for pair in pairs):
                sure = worth * _sureness(window)
                return _Found(Guess(value, sure, window[0].page, words.region_of(window)), tuple(window))
    return None


def _found(field: Field, window: Sequence[Word], worth: float) -> _Found | None:
    """Return the guess that these words make, if they can be read as the type of the field."""
    text = " ".join(word.text for word in window).strip(_AROUND)
    if field.type not in (FieldType.NAME, *PLAIN):
        text = text.rstrip(".")
    reading = normal.normalise(text, field)
    if field.type is FieldType.MONEY:
        text, reading, worth = _amount(field, text, reading, worth)
    if reading.state is not State.VALID or not _is_likely(field, text, reading):
        return None
    if field.type is FieldType.NAME and text[:1].islower():
        worth *= MIDDLE_DISCOUNT
    sure = worth * _sureness(window)
    return _Found(Guess(text, sure, window[0].page, words.region_of(window)), tuple(window))


def _amount(field: Field, text: str, reading: normal.Reading, worth: float) -> tuple[str, normal.Reading, float]:
    """Return an amount read in the other convention where the field's own has no meaning, and what it is worth."""
    if reading.state is not State.VALID:
        mark = "," if field.decimal_mark == "." else "."
        other = normal.normalise(text, dataclasses.replace(field, decimal_mark=mark))
        text = other.value.split(" ")[0].replace(".", field.decimal_mark)
        reading = normal.normalise(text, field)
    is_plain = not re.search(r"[.,][0-9]{2}\b|[^0-9.,\s]", text)
    return text, reading, worth * (BARE_DISCOUNT if is_plain else 1.0)


def _is_likely(field: Field, text: str, reading: normal.Reading) -> bool:
    if field.pattern and not patterns.matches(field.pattern, text):
        return False
    if normal.is_partial(reading, field) and not field.accepts_partial:
        return False
    if field.n_characters_max is not None and len(text) > field.n_characters_max:
        return False
    if field.type is FieldType.IDENTIFIER:
        return any(character.isdigit() for character in text) and (bool(field.pattern) or not _is_date(text))
    letters = sum(character.isalpha() for character in text)
    if field.type is FieldType.NAME:
        return letters >= 3 and letters >= 0.6 * len(text.replace(" ", "")) and len(text.split()) <= 14
    return letters >= 2 or field.type not in PLAIN


def _sureness(window: Sequence[Word]) -> float:
    """Return how sure the recogniser is of these words: halfway between the mean and the worst."""
    confidences = [word.confidence for word in window]
    return (sum(confidences) / len(confidences) + min(confidences)) / 2


def _is_date(text: str) -> bool:
    """Say whether a text is a day: that is what stands beside the label of another field."""
    try:
        return len(dates.read(text, order=DateOrder.DMY, latest_year=2000)) == len("1999-03-04") and not text.isdigit()
    except dates.DateUnclear:
        return False


def _is_beside(word: Word, last: Word) -> bool:
    height = max(last.height, word.height)
    return word.left >= last.right - _letter(last) / 2 and abs(word.middle - last.middle) < 0.7 * height


def _letter(word: Word) -> float:
    """Return the width of a letter of a word, as a share of the page."""
    return (word.right - word.left) / max(1, len(word.text))


def _is_numbered(line: Sequence[Word], place: int) -> bool:
    """Say whether a word is the number of an item of a form: "2." before a word that begins with a letter."""
    if not _NUMBERED.fullmatch(line[place].text):
        return False
    return place + 1 < len(line) and line[place + 1].text[:1].isalpha()


def _token(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


@functools.lru_cache(maxsize=65_536)
def _likeness(token: str, other: str) -> float:
    """Return how like two words are, 0 to 1: twice the letters they share in order over all their letters."""
    if token == other:
        return 1.0
    if min(len(token), len(other)) < 3 or abs(len(token) - len(other)) > max(2, len(token) // 3):
        return 0.0
    return difflib.SequenceMatcher(None, token, other, autojunk=False).ratio()
