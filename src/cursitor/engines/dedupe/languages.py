"""In which language a text is written, where there is enough of it to tell."""

from __future__ import annotations

from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

LEAST_LETTERS = 24
SURE = 0.6
_LOOKED_AT = 1200
_AROUND = ".,;:!?()\"'\u201c\u201d\u2018\u2019\u00ab\u00bb\u3001\u3002\uff0c\uff01\uff1f"


def language(text: str) -> str | None:
    """
    Return the ISO 639-1 code of a text's main language, None where it has too few letters or may be several.

    Words with digits, signs or underscores (addresses, paths, numbers) do not count. Looked at: the first 1,200
    characters. The method is a
    naive Bayes classifier over byte n-grams (Lui and Baldwin 2012), 97 languages.

    >>> language("Please find the signed contract attached and confirm that it has been received."), language("Ok 12/3")
    ('en', None)
    """
    prose = " ".join(word for word in text[:_LOOKED_AT].split() if _is_prose(word.strip(_AROUND)))
    if sum(map(str.isalpha, prose)) < LEAST_LETTERS:
        return None
    code, probability = _identifier().classify(prose)
    return str(code) if probability >= SURE else None


def _is_prose(word: str) -> bool:
    return (
        word.isalpha() or word.replace("'", "").replace("-", "").replace("\u2019", "").isalpha() or _is_unspaced(word)
    )


def _is_unspaced(word: str) -> bool:
    """Tell whether a word is of a script that writes without spaces, so that it holds punctuation."""
    return any("\u2e80" <= sign <= "\ud7ff" or "\u0e00" <= sign <= "\u0eff" for sign in word)


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
