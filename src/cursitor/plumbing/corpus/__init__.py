"""
A collection on disk: gathered from files and folders, read in killable workers, written out, resumed after any end.

Start at `running.run`. `sources` lists the inputs, `batches` says what is done at a time and what has been done,
`trees` reads inside a worker, `reading` around it, `assembly` writes what people and programs read, `relating` is
where threads, near-duplicates and languages are told; `retrying` reads failures again, `recognition` pages without
text, and `natives` takes the bytes of items out of the sources again.
"""
