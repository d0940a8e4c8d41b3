"""
Search over text and fields: the query language, its exact meaning, and how an index may answer it.

Read in this order: `tokens` (what a word is), `schema` (which fields there are), `syntax` (the parts of a query),
`parser` (text to parts), `positions` (what a query means, by reading one document), `inversion` (documents to the
arrays of an index), `vocabulary` and `postings` (those arrays asked for one word), `nearness` (places near places),
`evaluation` (the answer to a query), `hits` (a report on a list of queries), `excerpts` (lines with hits for a page).
"""
