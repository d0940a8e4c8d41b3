"""
A reader of every document, for tests: random queries as trees, their text, and their meaning by trying everything.

It shares nothing with the engine but the language: its own words, its own patterns, its own combinations of places.
A tree is (kind, ...); `text_of` writes it as a query, `matches` and `occurrences` read one document with it.
A document is {"id", "fields": {name: text}, "sent": date or None, "size": int, "flags": set, "family", "thread"}.
"""

import random
import re
from datetime import date
from functools import lru_cache
from itertools import product

FIELDS = ("text", "subject", "from", "to", "cc", "bcc", "name")
WORDS = ["seal", "seals", "sealed", "fail", "failed", "failing", "failure", "gasket", "surveyor", "advice", "of"]
WORDS += ["counsel", "was", "naïve", "été", "a", "i"]
JOINED = ["well-known", "don't", "re/fw"]
PATTERNS = ["seal*", "*ed", "f*l*", "fail??", "*a*", "?eal", "na?ve", "w*", "*s*e*", "??", "f?i*d", "*il*re"]
FUZZY = ["seel~1", "fale~2", "gaskt~1", "survyeor~1", "fial~1", "cousnel~2"]
PEOPLE = ["pella.ostrander@corbel.test", "emil@danube.test", "hugo.brandvold@corbel.test"]
ADDRESSES = ["*@corbel.test", "*@danube.*", "pella*@*", "?mil@danube.test", "*brand*@c*"]


def random_document(rng: random.Random, number: int) -> dict:
    fields = {
        "text": " ".join(rng.choice([*WORDS, *WORDS, *JOINED, "the", "\n", *PEOPLE]) for _ in range(rng.randint(0, 24)))
    }
    if rng.random() < 0.7:
        fields["subject"] = " ".join(rng.choices([*WORDS, *JOINED], k=rng.randint(1, 4)))
    if rng.random() < 0.6:
        fields["from"], fields["to"] = rng.choice(PEOPLE), "; ".join(rng.sample(PEOPLE, k=2))
    day = date(rng.choice([2, 1999, 2001]), rng.randint(1, 12), rng.randint(1, 28))
    return {
        "id": f"CF-{number:04}",
        "fields": fields,
        "sent": day if rng.random() < 0.8 else None,
        "size": rng.randint(0, 20),
        "flags": {"attachment"} if rng.random() < 0.3 else set(),
        "family": f"F{rng.randint(0, 60)}" if rng.random() < 0.7 else None,
        "thread": f"T{rng.randint(0, 40)}" if rng.random() < 0.5 else None,
    }


def random_leaf(rng: random.Random) -> tuple:
    kind = rng.randrange(8)
    if kind < 3:
        return ("word", rng.choice(WORDS))
    if kind == 3:
        return ("shape", rng.choice(PATTERNS))
    if kind == 4:
        return ("fuzzy", rng.choice(FUZZY))
    if kind == 5:
        return ("phrase", (rng.choice([*WORDS, "*", "fail*", "?"]), rng.choice([*WORDS, "s*"])))
    if kind == 6:
        return ("phrase", (rng.choice(WORDS), rng.choice(["*", *WORDS]), rng.choice([*WORDS, "*ed", "*"])))
    return rng.choice(
        [("address", rng.choice(ADDRESSES)), ("phrase", tuple(rng.choice(["well known", "don t"]).split()))]
    )


def random_place(rng: random.Random, depth: int) -> tuple:
    kind = rng.randrange(7) if depth else 0
    if kind < 2:
        return random_leaf(rng)
    if kind == 2:
        return ("or", (random_place(rng, depth - 1), random_place(rng, depth - 1)))
    distance = rng.choice([1, 1, 2, 3, 5, 40])
    if kind == 3:
        both = ("and", (random_leaf(rng), random_place(rng, min(depth - 1, 1))))
        sides = [random_place(rng, depth - 1), both]
        rng.shuffle(sides)
        return ("near", *sides, distance, rng.random() < 0.3, False)
    is_negated = rng.random() < 0.25
    return (
        "near",
        random_place(rng, depth - 1),
        random_place(rng, depth - 1),
        distance,
        rng.random() < 0.4,
        is_negated,
    )


def random_query(rng: random.Random, depth: int) -> tuple:
    kind = rng.randrange(14 if depth else 8)
    if kind < 3:
        return ("in", FIELDS, "", random_place(rng, 3))
    if kind == 3:
        name = rng.choice(["subject", "text", "participants"])
        names = ("from", "to", "cc", "bcc") if name == "participants" else (name,)
        return ("in", names, f"{name}:", random_place(rng, 2))
    if kind == 4:
        return rng.choice(
            [
                ("sent", "1999..2001-06", date(1999, 1, 1), date(2001, 6, 30)),
                ("sent", "<1999", None, date(1998, 12, 31)),
                ("sent", "0002", date(2, 1, 1), date(2, 12, 31)),
                ("sent", ">=2001-06-28", date(2001, 6, 28), None),
                ("size", ">10", 11, None),
                ("size", "3..5", 3, 5),
            ]
        )
    if kind == 5:
        return rng.choice([("has", "attachment"), ("has", "subject"), ("has", "sent"), ("has", "cc"), ("all",)])
    if kind == 6:
        return ("in", FIELDS, "", ("address", rng.choice(ADDRESSES)))
    if kind == 7:
        return ("in", FIELDS, "", ("word", rng.choice(WORDS)))
    if kind < 11:
        parts = tuple(random_query(rng, depth - 1) for _ in range(rng.choice([2, 2, 3])))
        return (rng.choice(["and", "or"]), parts)
    if kind < 13:
        return ("not", random_query(rng, depth - 1))
    return ("related", rng.choice(["family", "thread"]), random_query(rng, depth - 1))


def text_of(tree: tuple) -> str:
    """Return a tree as a query, every group in parentheses."""
    match tree:
        case ("word" | "shape" | "fuzzy" | "address", text):
            return text
        case ("phrase", parts):
            return '"' + " ".join(parts) + '"'
        case (("and" | "or") as kind, parts):
            return "(" + f" {kind.upper()} ".join(map(text_of, parts)) + ")"
        case ("near", left, right, distance, ordered, negated):
            operator = ("NOT " if negated else "") + ("pre" if ordered else "w") + f"/{distance}"
            return f"({text_of(left)} {operator} {text_of(right)})"
        case ("in", _, prefix, part):
            return prefix + text_of(part)
        case (("sent" | "size") as kind, text, _, _):
            return f"{kind}:{text}"
        case ("has", name):
            return f"has:{name}"
        case ("all",):
            return "*"
        case ("not", part):
            return f"(NOT {text_of(part)})"
        case ("related", relation, part):
            return f"{relation}:({text_of(part)})"
    raise AssertionError(tree)


def related_to(documents: list[dict], relation: str, found: set[str]) -> set[str]:
    groups = {one[relation] for one in documents if one["id"] in found and one[relation] is not None}
    return found | {one["id"] for one in documents if one[relation] in groups}


def matching(tree: tuple, documents: list[dict]) -> set[str]:
    """Return the ids of the documents that match."""
    match tree:
        case ("and", parts):
            return set.intersection(*(matching(part, documents) for part in parts))
        case ("or", parts):
            return set.union(*(matching(part, documents) for part in parts))
        case ("not", part):
            return {one["id"] for one in documents} - matching(part, documents)
        case ("related", relation, part):
            return related_to(documents, relation, matching(part, documents))
        case ("all",):
            return {one["id"] for one in documents}
    return {one["id"] for one in documents if holds(tree, one)}


def holds(tree: tuple, document: dict) -> bool:
    match tree:
        case ("in", names, _, part):
            return any(places(part, document["fields"][name]) for name in names if name in document["fields"])
        case (("sent" | "size") as kind, _, low, high):
            value = document[kind]
            return value is not None and (low is None or value >= low) and (high is None or value <= high)
        case ("has", "attachment"):
            return "attachment" in document["flags"]
        case ("has", "sent"):
            return document["sent"] is not None
        case ("has", name):
            return bool(document["fields"].get(name, "").strip())
    raise AssertionError(tree)


def occurrences(tree: tuple, documents: list[dict], within: set[str] | None = None) -> int:
    """Return how many different sets of places in one field a query occurs at, in the documents that it matches."""
    return len(_occurring(tree, documents, matching(tree, documents)))


def _occurring(tree: tuple, documents: list[dict], found: set[str]) -> set[tuple]:
    match tree:
        case ("and" | "or", parts):
            return set().union(*(_occurring(part, documents, found & matching(part, documents)) for part in parts))
        case ("related", _, part):
            return _occurring(part, documents, found & matching(part, documents))
        case ("in", names, _, part):
            return {
                (one["id"], name, place)
                for one in documents
                if one["id"] in found
                for name in names
                if name in one["fields"]
                for place in places(part, one["fields"][name])
            }
    return set()


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


@lru_cache(maxsize=100_000)
def places(part: tuple, text: str) -> set[frozenset[int]]:
    """Return every set of positions at which an expression occurs in a text, by trying all."""
    words = words_of(text)
    match part:
        case ("word", word):
            return {frozenset({at}) for at, other in enumerate(words) if other == word}
        case ("shape", pattern):
            return {frozenset({at}) for at, other in enumerate(words) if has_shape(other, pattern)}
        case ("fuzzy", written):
            word, _, distance = written.partition("~")
            return {frozenset({at}) for at, other in enumerate(words) if edits(word, other) <= int(distance)}
        case ("phrase", parts):
            starts = range(len(words) - len(parts) + 1)
            fits = [at for at in starts if all(has_shape(words[at + n], one) for n, one in enumerate(parts))]
            return {frozenset(range(at, at + len(parts))) for at in fits}
        case ("address", pattern):
            return address_places(pattern, text)
        case ("or", parts):
            return set().union(*(places(piece, text) for piece in parts))
        case ("near", left, right, distance, ordered, negated):
            return near_places(left, right, distance, ordered, negated, text)
    raise AssertionError(part)


def near_places(left: tuple, right: tuple, distance: int, ordered: bool, negated: bool, text: str) -> set:
    if negated:
        return {a for a in places(left, text) if not partners(a, right, distance, ordered, True, text)}
    if has_and(left):
        return {a | b for a in places(right, text) for b in partners(a, left, distance, ordered, False, text)}
    return {a | b for a in places(left, text) for b in partners(a, right, distance, ordered, True, text)}


def has_and(part: tuple) -> bool:
    return part[0] == "and" or (part[0] == "or" and any(map(has_and, part[1])))


def partners(anchor: frozenset, part: tuple, distance: int, ordered: bool, anchor_is_left: bool, text: str) -> set:
    """Return every set of places of a part that lies near an anchor; of an AND, every choice of one near each."""
    if part[0] == "and":
        choices = [partners(anchor, piece, distance, ordered, anchor_is_left, text) for piece in part[1]]
        return {frozenset().union(*chosen) for chosen in product(*choices)}
    if part[0] == "or":
        return set().union(*(partners(anchor, piece, distance, ordered, anchor_is_left, text) for piece in part[1]))
    return {other for other in places(part, text) if are_near(anchor, other, distance, ordered, anchor_is_left)}


def are_near(anchor: frozenset, other: frozenset, distance: int, ordered: bool, anchor_is_left: bool) -> bool:
    if anchor & other:
        return False
    left, right = (anchor, other) if anchor_is_left else (other, anchor)
    if ordered:
        return 1 <= min(right) - max(left) <= distance
    return max(min(right) - max(left), min(left) - max(right)) <= distance


def address_places(pattern: str, text: str) -> set[frozenset[int]]:
    found = set()
    for match in re.finditer(r"[a-z.]+@[a-z.]+", text.lower()):
        if has_shape(match.group(), pattern):
            before, inside = len(words_of(text[: match.start()])), len(words_of(match.group()))
            found.add(frozenset(range(before, before + inside)))
    return found


@lru_cache(maxsize=100_000)
def has_shape(word: str, pattern: str) -> bool:
    """Return whether a word has a shape, letter by letter."""
    if not pattern:
        return not word
    if pattern[0] == "*":
        return has_shape(word, pattern[1:]) or (bool(word) and has_shape(word[1:], pattern))
    return bool(word) and pattern[0] in {"?", word[0]} and has_shape(word[1:], pattern[1:])


@lru_cache(maxsize=100_000)
def edits(one: str, other: str) -> int:
    """Return the optimal string alignment distance, from its definition."""
    if not one or not other:
        return len(one) + len(other)
    cost = min(edits(one[:-1], other) + 1, edits(one, other[:-1]) + 1)
    cost = min(cost, edits(one[:-1], other[:-1]) + (one[-1] != other[-1]))
    if len(one) > 1 and len(other) > 1 and one[-1] == other[-2] and one[-2] == other[-1]:
        cost = min(cost, edits(one[:-2], other[:-2]) + 1)
    return cost
