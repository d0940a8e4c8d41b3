"""Names of people and organisations, brought to the one form in which two keyings of the same name agree."""

import re
import unicodedata

_TITLES = "mr ms dr prof professor hon honorable honourable rev reverend messrs"
_OF_MEN_OR_WOMEN = "mr ms mrs miss"
_POST_NOMINALS = "esq esquire phd md jd"
_FORMS = "inc corp co ltd llc llp lllp lp plc pc pllc pa sa nv bv ag gmbh spa srl kg"
_IN_ORGANISATIONS = """
and of for the association agency board bureau center centre club committee council foundation fund group institute
office society trust union university
"""

DROPPED_TITLES = frozenset(_TITLES.split())
DROPPED_POST_NOMINALS = frozenset(_POST_NOMINALS.split())
EXCLUSIVE_TITLES = frozenset(_OF_MEN_OR_WOMEN.split())
GENERATIONS = {"junior": "jr", "senior": "sr", "jr": "jr", "sr": "sr", "ii": "ii", "iii": "iii", "iv": "iv"}
LEGAL_FORMS = {form: form for form in _FORMS.split()} | {
    "incorporated": "inc",
    "corporation": "corp",
    "company": "co",
    "limited": "ltd",
}
_WORDS_OF_ORGANISATIONS = frozenset(_IN_ORGANISATIONS.split())
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_QUOTES = {
    **dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u0060\u00b4"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d"), '"'),
}


def canonical(text: str) -> str:
    """
    Return the form of a name in which its spellings agree: for comparing, never for showing.

    Case, points, commas, quotation marks, kinds of dash and white space do not count; & is and; Mr, Ms, Dr, Prof, Hon,
    Rev, Esq and degrees are dropped; "Last, First" of a person is turned round; "Incorporated" is "Inc" at the end.
    Kept, as they tell two people or two companies apart: accents, hyphens, initials, Mrs, Jr and III, the legal form.

    >>> canonical("SMITH, John A., Jr."), canonical("Mr. John A. Smith Jr")
    ('john a smith jr', 'john a smith jr')
    >>> canonical("Akin, Gump & Co., Incorporated"), canonical("Foley Hoag, L.L.P.")
    ('akin gump and co inc', 'foley hoag llp')
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    plain = plain.translate(_DASHES).translate(_QUOTES).replace('"', " ").replace("&", " and ")
    parts = [part for part in (_words(part) for part in plain.split(",")) if part]
    words = [word for part in _turned(parts) for word in part]
    return " ".join(_without_titles(words) or words)


def are_addressed_apart(text: str, other: str) -> bool:
    """
    Say whether two spellings of a name give it titles that exclude each other, as Mr and Ms do.

    >>> are_addressed_apart("Mr. Jan Smith", "Smith, Ms. Jan"), are_addressed_apart("Mr. Jan Smith", "Jan Smith")
    (True, False)
    """
    titles = [EXCLUSIVE_TITLES & set(re.findall(r"\w+", name.casefold())) for name in (text, other)]
    return all(titles) and titles[0] != titles[1]


def _words(text: str) -> list[str]:
    words = re.sub(r"[.;:]", " ", re.sub(r"\b(ph|m|j)\. ?d\b", r"\1d", text)).split()
    return _joined_form(words)


def _joined_form(words: list[str]) -> list[str]:
    """Return the words with letters that spell a legal form at the end put together: l l c is llc."""
    for length in (5, 4, 3, 2):
        last = words[-length:]
        if len(last) == length and all(len(word) == 1 for word in last) and "".join(last) in LEGAL_FORMS:
            return [*words[:-length], "".join(last)]
    if words and words[-1] in LEGAL_FORMS:
        return [*words[:-1], LEGAL_FORMS[words[-1]]]
    return words


def _turned(parts: list[list[str]]) -> list[list[str]]:
    """Return the parts between commas with the first name before the last, where it is plain that a person is meant."""
    ends = [
        part for part in parts[1:] if len(part) == 1 and (part[0] in GENERATIONS or part[0] in DROPPED_POST_NOMINALS)
    ]
    core = [part for part in parts if part not in ends]
    if len(core) != 2 or not _is_person(*core):
        return parts
    return [core[1], core[0], *ends]


def _is_person(last: list[str], first: list[str]) -> bool:
    words = {*last, *first}
    return (
        len(last) <= 3
        and len(first) <= 3
        and not words & _WORDS_OF_ORGANISATIONS
        and first[-1] not in LEGAL_FORMS
        and last[-1] not in LEGAL_FORMS
        and not any(character.isdigit() for word in words for character in word)
    )


def _without_titles(words: list[str]) -> list[str]:
    kept = list(words)
    while kept and kept[0] in DROPPED_TITLES:
        kept = kept[1:]
    while kept and kept[-1] in DROPPED_POST_NOMINALS:
        kept = kept[:-1]
    if kept and kept[-1] in GENERATIONS:
        kept[-1] = GENERATIONS[kept[-1]]
    return _joined_form(kept)
