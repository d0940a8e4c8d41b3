"""
From a processed folder and its codes to a production volume, and back: what was written is read again by other eyes.

Start at `volumes.produce`. `selecting` joins items with decisions, `leaves` makes the pages of one document inside a
worker, `volumes` writes the volume, `logs` its privilege log, `records` keeps which item is which number,
`verifying` reads it back.
"""
