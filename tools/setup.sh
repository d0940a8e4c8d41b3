# Sourced by ./run and ./test: makes .venv from requirements.lock, with every file checked against its hash.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ROOT=$PWD

say() { printf '%s\n' "$*" >&2; }

# install_packages NAME...: Debian packages, where this user may; otherwise one line that says what to do.
install_packages() {
    local apt=(apt-get)
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
            apt=(sudo apt-get)
        else
            say "Missing system packages: $*. Ask an administrator for: apt-get install $*"
            return 1
        fi
    fi
    command -v apt-get >/dev/null || { say "Missing system packages: $* (this is not Debian; install their like)."; return 1; }
    say "Installing system packages: $*"
    "${apt[@]}" update -qq >/dev/null
    DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y -qq --no-install-recommends "$@" >/dev/null
}

find_python() {
    local name
    for name in python3.11 python3.12 python3.13 python3; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    install_packages python3 python3-venv && command -v python3
}

make_environment() {
    local python lock
    lock=$(cat requirements.lock pyproject.toml | sha256sum | cut -d' ' -f1)
    [ -x .venv/bin/cursitor ] && [ "$(cat .venv/made-from 2>/dev/null)" = "$lock" ] && return
    python=$(find_python)
    say "Setting up .venv with $python"
    if [ ! -x .venv/bin/pip ]; then
        rm -rf .venv
        "$python" -c 'import ensurepip' 2>/dev/null || install_packages python3-venv
        "$python" -m venv .venv
    fi
    if [ ! -x .venv/bin/uv ]; then
        # The installer itself is the one the lock file names, under the same hash.
        awk '/^uv==/ {take=1} take {print} take && !/\\$/ {exit}' requirements.lock >.venv/uv.lock
        .venv/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .venv/uv.lock
    fi
    .venv/bin/uv pip sync --quiet --python .venv/bin/python --require-hashes requirements.lock
    .venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
    say "Compiling the loops of the search"
    .venv/bin/python -c 'import cursitor.engines.search.loops'
    printf '%s' "$lock" >.venv/made-from
}

make_environment
