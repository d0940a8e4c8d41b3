"""Tables out of the house: XLSX and CSV from one value, safe to open in a spreadsheet."""

from cursitor.plumbing.exchange.csv import csv_pieces, to_csv
from cursitor.plumbing.exchange.table import Cell, RowDoesNotFit, Table
from cursitor.plumbing.exchange.xlsx import CannotHold, to_xlsx

__all__ = ["CannotHold", "Cell", "RowDoesNotFit", "Table", "csv_pieces", "to_csv", "to_xlsx"]
