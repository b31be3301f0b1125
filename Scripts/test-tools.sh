#!/bin/sh
# Makes the Python environment with the tus client that the tests drive; does nothing where it is there.
set -eu
tools="$(dirname "$0")/../.build-tools/venv"
if "$tools/bin/python" -c 'import tusclient' 2>/dev/null; then exit 0; fi
python3 -m venv "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check 'tuspy>=1.1,<2'
