"""The examples in the docstrings of processing and dedupe hold."""

import doctest

import pytest

from cursitor.engines.dedupe import (
    compact,
    differences,
    hashes,
    languages,
    nearness,
    prints,
    quoting,
    shingles,
    suppression,
)
from cursitor.engines.processing import charsets, containers, items, kinds, markup, messages, mime, walk

MODULES = (
    *(compact, differences, hashes, languages, nearness, prints, quoting, shingles, suppression),
    *(charsets, containers, items, kinds, markup, messages, mime, walk),
)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_examples_hold(module):
    failed, attempted = doctest.testmod(module)

    assert attempted
    assert not failed
