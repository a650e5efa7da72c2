#!/bin/sh
# Makes what the Makefile needs: setup.sh run|test|bench|browser. Read by people in a hurry, so each step says what it does.
#   PYTHON        the interpreter to use, 3.10 or newer (default python3; a newer one is looked for when it is too old)
#   TORCH_INDEX   a package index to take torch from, for instance one with CPU-only wheels
set -eu
cd "$(dirname "$0")/.."
venv=.venv

say() { printf 'setup: %s\n' "$*" >&2; }
new_enough() { "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2])' 2>/dev/null; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"
    else return 1
    fi
}

apt_install() {
    command -v apt-get >/dev/null || return 1
    as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends "$@" >&2
}

find_python() {
    for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python3.10; do
        if command -v "$candidate" >/dev/null && new_enough "$candidate"; then echo "$candidate"; return; fi
    done
    say "no Python 3.10 or newer was found; install one, or name it: make PYTHON=/path/to/python3"
    exit 1
}

make_venv() {
    [ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1 && return
    python=$(find_python)
    say "making $venv with $("$python" --version)"
    # Debian's python3 comes without the part of venv that brings pip.
    "$python" -m venv --clear "$venv" >/dev/null 2>&1 || {
        say "this Python cannot make environments yet: installing python3-venv"
        apt_install python3-venv || { say "please install the package python3-venv and run make again"; exit 1; }
        "$python" -m venv --clear "$venv"
    }
}

pip() { "$venv/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }

# install_quoth LIST [EXTRA]: only files whose hashes are in requirements/LIST.txt. torch has none, nor what torch pins
# itself: which of its builds is right depends on the machine. An extra's packages have none either.
install_quoth() {
    make_venv
    if [ -n "${TORCH_INDEX:-}" ]; then
        say "installing torch from the index you named"
        # Torch alone: its own dependencies come from the usual index, like everything else.
        pip install --constraint constraints.txt --no-deps --index-url "$TORCH_INDEX" torch
    fi
    say "installing Quoth and what it needs (the first time this takes minutes)"
    pip install --require-hashes --no-deps --requirement "requirements/$1.txt"
    pip install --constraint constraints.txt torch
    pip install --constraint constraints.txt --no-build-isolation --no-deps --editable .
    [ -z "${2:-}" ] || pip install --constraint constraints.txt --no-build-isolation --editable ".[$2]"
    pip check >&2 || { say "the list lacks something: run python tools/lock.py"; exit 1; }
}

install_browser() {
    for browser in chromium chromium-browser google-chrome; do
        command -v "$browser" >/dev/null && return
    done
    say "installing chromium for the browser tests"
    apt_install chromium && return
    say "=============================================================================="
    say "NO CHROMIUM: it could not be installed here, so the browser tests will be skipped."
    say "Install Debian's package chromium (or any Chromium on the PATH) to run them."
    say "=============================================================================="
}

install_strace() {
    command -v strace >/dev/null || [ "$(uname)" != Linux ] && return
    say "installing strace for the tests of power cuts"
    apt_install strace || say "no strace could be installed here, so the tests of power cuts will be skipped"
}

case "${1:-}" in
    run) install_quoth run ;;
    test) install_quoth test ;;
    bench) install_quoth test bench ;;
    browser) install_browser; install_strace ;;
    *) say "usage: setup.sh run|test|bench|browser"; exit 2 ;;
esac
