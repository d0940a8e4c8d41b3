"""
Reading of collected files: type by content, mail, containers, text, limits and named exceptions.

Start at `items.process_one`, which turns one file into a summary and its children; `kinds` names types, `mime` and
`outlook` read messages, `containers` yields children one at a time, `extraction` gives text, `walk` puts families
together and counts, `limits` holds every bound and `exceptions` everything that may go wrong.
"""
