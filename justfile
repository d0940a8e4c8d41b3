# Every daily command. `just` alone lists them.
set shell := ["bash", "-euc"]

_default:
    @just --list

# Set up and start with the demo
run *arguments:
    ./run {{arguments}}

# The whole suite, both databases
test *arguments:
    ./test {{arguments}}

# A minute and a half: engines, operations and queries on SQLite; no pages, no processes, nothing slow
test-fast:
    ./test --fast --database sqlite

# Format and mend what can be mended
tidy:
    .venv/bin/ruff check --fix --quiet . && .venv/bin/ruff format --quiet .

# Make requirements.lock anew from pyproject.toml
lock:
    .venv/bin/uv pip compile pyproject.toml --group dev --universal --generate-hashes --python-version 3.11 --no-header --quiet -o requirements.lock
    .venv/bin/uv pip compile --group pyproject.toml:fuzz --universal --generate-hashes --python-version 3.11 --no-header --quiet -o fuzz/requirements.lock

# Run the parsers under a fuzzer: every target whose name begins so, or all; findings become cases of the tests
fuzz target="" seconds="60":
    .venv/bin/python -m fuzz.run "{{target}}" {{seconds}}

# Print the figures that the documentation claims, beside a peer in the same run
bench name *arguments:
    .venv/bin/python bench/{{name}}.py {{arguments}}

# Record who gets which answer from every address, and the queries of every page, after a change that was meant
record-addresses:
    CURSITOR_RECORD_ADDRESSES=1 .venv/bin/pytest tests/architecture/test_every_address.py
