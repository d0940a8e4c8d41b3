"""Delimited load files: reading any that comes, writing our own."""

from cursitor.engines.production.loadfile.dialect import (
    CONCORDANCE,
    CONCORDANCE_CP1252,
    CSV,
    PIPE,
    Dialect,
    detect,
)
from cursitor.engines.production.loadfile.reading import LoadFile, Record, read, records
from cursitor.engines.production.loadfile.writing import NotRepresentable, Written, write

__all__ = [
    "CONCORDANCE",
    "CONCORDANCE_CP1252",
    "CSV",
    "PIPE",
    "Dialect",
    "LoadFile",
    "NotRepresentable",
    "Record",
    "Written",
    "detect",
    "read",
    "records",
    "write",
]
