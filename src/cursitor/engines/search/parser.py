"""From the text of a query to its parts. The grammar, strongest first: ( ), w/N and pre/N, NOT, AND, OR."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from cursitor.engines.search import ranges, syntax, tokens
from cursitor.engines.search.schema import Schema

DEEPEST = 60
FARTHEST = 1000

_LEXEME = re.compile(
    r"""\s*(?:
        (?P<open>\()
      | (?P<close>\))
      | "(?P<quoted>[^"]*)"(?=[\s()]|$)
      | (?P<quote>")
      | (?P<near>(?:w|pre)/[^\s()"]*)(?=[\s()"]|$)
      | (?P<field>[^\W\d][\w]*):(?![/\s)]|$)
      | (?P<word>[^\s()"]+)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_FUZZY = re.compile(r"(.+)~(\d*)")
_QUOTES = str.maketrans("“”„‟″", '"' * 5)


class QuerySyntaxError(ValueError):
    """
    Raised when a query cannot be understood. message: a sentence for the person who typed it. position: the
    character, counted from 0, at which the trouble lies.
    """

    def __init__(self, message: str, position: int, query: str) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.query = query

    def caret(self) -> str:
        """
        Return the query with a caret below the trouble and the message beside it, as two lines.

        >>> from cursitor.engines.search.schema import MAIL
        >>> try:
        ...     parse('(seal w/5 fail*', MAIL)
        ... except QuerySyntaxError as error:
        ...     print(error.caret())
        (seal w/5 fail*
        ^ This parenthesis is never closed.
        """
        shown = re.sub(r"\s", " ", self.query)
        return f"{shown}\n{' ' * self.position}^ {self.message}"


@dataclass(frozen=True)
class _Lexeme:
    kind: str
    text: str
    position: int


def parse(query: str, schema: Schema) -> syntax.Node:
    """
    Return the parts of a query over documents of this schema. Typographic quotation marks count as plain ones.

    :raises QuerySyntaxError: if the query cannot be understood, with the place.
    """
    return _Parser(query, schema).whole()


def _lexemes(query: str) -> list[_Lexeme]:
    found, at = [], 0
    while match := _LEXEME.match(query, at):
        kind = match.lastgroup or ""
        start = match.start(kind) - (kind == "quoted")
        found.append(_Lexeme(_operator(kind, match.group(kind)), match.group(kind), start))
        at = match.end()
    found.append(_Lexeme("end", "", len(query)))
    return found


def _operator(kind: str, text: str) -> str:
    return text.lower() if kind == "word" and text.lower() in {"and", "or", "not"} else kind


class _Parser:
    """A recursive-descent parser; `fields` is the scope in which words are read at the moment."""

    def __init__(self, query: str, schema: Schema) -> None:
        self.query = query
        self.schema = schema
        self.lexemes = _lexemes(query.translate(_QUOTES))
        self.index = 0
        self.depth = 0
        self.fields = schema.default

    @property
    def next(self) -> _Lexeme:
        return self.lexemes[self.index]

    def take(self) -> _Lexeme:
        lexeme = self.next
        self.index += lexeme.kind != "end"
        return lexeme

    def error(self, message: str, lexeme: _Lexeme) -> QuerySyntaxError:
        return QuerySyntaxError(message, lexeme.position, self.query)

    def whole(self) -> syntax.Node:
        if self.next.kind == "end":
            raise self.error("The query is empty.", self.next)
        node = self.alternatives()
        if self.next.kind != "end":
            raise self.error("This parenthesis was never opened.", self.next)
        return node

    def alternatives(self) -> syntax.Node:
        parts = [self.conjunction()]
        while self.next.kind == "or":
            self.take()
            parts.append(self.conjunction())
        return parts[0] if len(parts) == 1 else syntax.Or(tuple(parts))

    def conjunction(self) -> syntax.Node:
        parts = [self.negation()]
        while self.next.kind not in {"or", "close", "end"}:
            if self.next.kind == "and":
                self.take()
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else syntax.And(tuple(parts))

    def negation(self) -> syntax.Node:
        negated = False
        while self.next.kind == "not":
            self.take()
            negated = not negated
        node = self.nearness()
        return syntax.Not(node) if negated else node

    def nearness(self) -> syntax.Node:
        left_at = self.next
        left = self.primary()
        depth = self.depth
        while negated := self.near_follows():
            self.index += negated - 1
            operator = self.take()
            self.deepen(operator)
            distance, ordered = self.distance(operator)
            right_at = self.next
            right = self.primary()
            pair = self.place(left, left_at), self.place(right, right_at)
            if all(syntax.holds_and(part) for part in pair):
                raise self.error(f"AND may stand on one side of {operator.text} only.", operator)
            if negated == 2 and syntax.holds_and(pair[0]):
                raise self.error(f"AND may not stand before NOT {operator.text}.", operator)
            left = syntax.In(self.fields, syntax.Near(*pair, distance, ordered, negated == 2))
        self.depth = depth
        return left

    def near_follows(self) -> int:
        """Return 1 before `w/5`, 2 before `NOT w/5`, 0 before anything else."""
        if self.next.kind == "near":
            return 1
        return 2 if self.next.kind == "not" and self.lexemes[self.index + 1].kind == "near" else 0

    def distance(self, operator: _Lexeme) -> tuple[int, bool]:
        name, _, number = operator.text.lower().partition("/")
        if not number.isascii() or not number.isdigit() or not 1 <= int(number[:9]) <= FARTHEST:
            raise self.error(f"Write {name}/N with a whole number from 1 to {FARTHEST}.", operator)
        return int(number), name == "pre"

    def place(self, node: syntax.Node, at: _Lexeme) -> syntax.Place:
        """Return what stands beside w/N as an expression inside one field."""
        match node:
            case syntax.In(fields, part) if fields == self.fields:
                return part
            case syntax.In():
                raise self.error("Both sides of w/N must be in one field: write field:(a w/5 b).", at)
            case syntax.And(parts):
                return syntax.And(tuple(self.place(part, at) for part in parts))
            case syntax.Or(parts):
                return syntax.Or(tuple(self.place(part, at) for part in parts))
            case _:
                raise self.error("Only words and phrases, joined by AND or OR, may stand beside w/N.", at)

    def deepen(self, lexeme: _Lexeme) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error(f"The query is nested more than {DEEPEST} deep.", lexeme)

    def primary(self) -> syntax.Node:
        lexeme = self.take()
        handlers: dict[str, Callable[[_Lexeme], syntax.Node]] = {
            "open": self.group,
            "quoted": self.phrase,
            "field": self.field,
            "word": self.word,
        }
        if lexeme.kind in handlers:
            return handlers[lexeme.kind](lexeme)
        raise self.error(_UNEXPECTED[lexeme.kind], lexeme)

    def group(self, opening: _Lexeme) -> syntax.Node:
        self.deepen(opening)
        if self.next.kind == "close":
            raise self.error("There is nothing between these parentheses.", opening)
        node = self.alternatives()
        if self.take().kind != "close":
            raise self.error("This parenthesis is never closed.", opening)
        self.depth -= 1
        return node

    def field(self, lexeme: _Lexeme) -> syntax.Node:
        name = lexeme.text.lower()
        if name == "has":
            return self.has()
        if name in self.schema.dates or name in self.schema.numbers:
            return self.range(name)
        if name in self.schema.relations:
            return syntax.Related(name, self.scoped(self.schema.default, lexeme))
        fields = self.schema.text_fields(name)
        if not fields:
            known = ", ".join(self.schema.names())
            raise self.error(f"There is no field {name}. Fields are {known}. Quote it to search for the text.", lexeme)
        if self.next.kind == "word" and self.next.text == "*":
            self.take()
            return syntax.Has(fields)
        return self.scoped(fields, lexeme)

    def scoped(self, fields: tuple[str, ...], lexeme: _Lexeme) -> syntax.Node:
        self.deepen(lexeme)
        outer, self.fields = self.fields, fields
        node = self.primary()
        self.fields = outer
        self.depth -= 1
        return node

    def has(self) -> syntax.Node:
        lexeme = self.take()
        name = lexeme.text.lower()
        if lexeme.kind != "word" or name not in self.schema.may_have():
            raise self.error(f"After has: comes one of {', '.join(self.schema.may_have())}.", lexeme)
        return syntax.Has(self.schema.text_fields(name) or (name,))

    def range(self, name: str) -> syntax.Node:
        lexeme = self.take()
        is_date = name in self.schema.dates
        try:
            low, high = ranges.read(lexeme.text if lexeme.kind == "word" else "", is_date=is_date)
        except ranges.BadRange as bad:
            raise self.error(str(bad), lexeme) from bad
        return syntax.Range(name, low, high)

    def phrase(self, lexeme: _Lexeme) -> syntax.Node:
        parts: list[syntax.Leaf] = []
        for match in re.finditer(r"\S+", lexeme.text):
            at = _Lexeme("word", match.group(), lexeme.position + 1 + match.start())
            parts.extend(self.leaves(at))
        if not parts:
            raise self.error("There is no word between these quotation marks.", lexeme)
        return syntax.In(self.fields, parts[0] if len(parts) == 1 else syntax.Phrase(tuple(parts)))

    def word(self, lexeme: _Lexeme) -> syntax.Node:
        if lexeme.text == "*":
            return syntax.Everything()
        if lexeme.text.endswith(":") and lexeme.text[:-1].lower() in self.schema.names():
            raise self.error(f"Write {lexeme.text}value, with no space after the colon.", lexeme)
        parts = self.leaves(lexeme)
        if not parts:
            raise self.error("There is no letter or digit in this word.", lexeme)
        return syntax.In(self.fields, parts[0] if len(parts) == 1 else syntax.Phrase(tuple(parts)))

    def leaves(self, lexeme: _Lexeme) -> list[syntax.Leaf]:
        text = lexeme.text
        if fuzzy := _FUZZY.fullmatch(text):
            return [self.fuzzy(fuzzy.group(1), fuzzy.group(2), lexeme)]
        if "@" in text.strip("@") and ("*" in text or "?" in text):
            return [syntax.AddressPattern(tokens.fold(text))]
        return [_leaf(piece) for piece in tokens.split_pattern(text)]

    def fuzzy(self, text: str, distance: str, lexeme: _Lexeme) -> syntax.Leaf:
        pieces = tokens.split_pattern(text)
        if distance not in {"", "1", "2"}:
            raise self.error("Write ~1 or ~2 after a word: the number of letters that may differ.", lexeme)
        if len(pieces) != 1 or "*" in text or "?" in text:
            raise self.error("Only one plain word may stand before ~.", lexeme)
        return syntax.Fuzzy(pieces[0], int(distance or 1))


def _leaf(piece: str) -> syntax.Leaf:
    return syntax.Wildcard(piece) if "*" in piece or "?" in piece else syntax.Word(piece)


_UNEXPECTED = {
    "end": "Something is missing at the end.",
    "close": "Something is missing before this parenthesis.",
    "quote": "This quotation mark is never closed, or text follows the closing one directly.",
    "near": "A word or phrase is missing before this.",
    "and": "A word or phrase is missing before this AND.",
    "or": "A word or phrase is missing before this OR.",
    "not": "NOT cannot stand here.",
}
