#!/bin/sh
# Makes or refreshes the virtual environment. Usage: tools/setup.sh run|dev
#
# Works with nothing but Python 3.11 or newer and make. Where pip for new environments is missing (Debian ships it
# apart), it takes the system's pip, or installs Debian's package when it may, or says which one to install.
set -eu

kind=$1
venv=.venv
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

find_python() {
    for name in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
        if [ -n "$name" ] && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    echo "lonja needs Python 3.11 or newer; on Debian: apt-get install python3 python3-venv" >&2
    exit 1
}

make_environment() {
    python=$(find_python)
    rm -rf "$venv"
    if "$python" -m venv "$venv" >/dev/null 2>&1; then return; fi
    rm -rf "$venv"
    if "$python" -m pip --version >/dev/null 2>&1 && "$python" -m venv --without-pip "$venv"; then return; fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing Debian's python3-venv, which makes virtual environments." >&2
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv; } >/dev/null
        if "$python" -m venv "$venv"; then return; fi
    fi
    rm -rf "$venv"
    echo "This Python cannot make virtual environments; on Debian: apt-get install python3-venv" >&2
    exit 1
}

pip_install() {
    if "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        "$venv/bin/python" -m pip install -qq "$@"
    else
        "$(find_python)" -m pip --python "$venv/bin/python" install -qq "$@"
    fi
}

stays_here() { # its scripts name their interpreter by its full path
    [ ! -e "$venv/bin/lonja" ] || grep -qF "$(pwd -P)/$venv/bin/python" "$venv/bin/lonja"
}

{ [ -x "$venv/bin/python" ] && "$venv/bin/python" -c '' 2>/dev/null && stays_here; } || make_environment
echo "Installing what lonja needs to $kind (requirements/$kind.lock) ..."
pip_install --require-hashes -r "requirements/$kind.lock"
pip_install --no-deps --no-build-isolation --editable .
touch "$venv/$kind.stamp"
