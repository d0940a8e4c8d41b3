"""
The table of targets: each a function of bytes that raises only when a parser breaks its word.

A target lets pass the errors that its parser declares, and asserts what must hold of an answer: what was written is
read back, sizes stay in their limits, two ways to ask agree. `table.named` loads one, `all_targets` the whole table.
"""
