"""
Search over text and fields: the query language, its exact meaning, and how an index may answer it.

Read in this order: `tokens` (what a word is), `schema` (which fields there are), `syntax` (the parts of a query),
`parser` (text to parts), `positions` (what a query means, by reading one document), `planning` (the same answer
from a tantivy index), `excerpts` (lines with hits for a page).
"""
