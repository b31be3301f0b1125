#!/bin/sh
# Makes the Python environment with the programs that the tests drive: two tus clients, and a validator of OpenAPI; does nothing where it is there.
set -eu
tools="$(dirname "$0")/../.build-tools/venv"
if "$tools/bin/python" -c 'import tusclient, aiotus, openapi_spec_validator' 2>/dev/null; then exit 0; fi
python3 -m venv "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check 'tuspy>=1.1,<2' 'aiotus>=1.1,<2' 'openapi-spec-validator>=0.7,<0.9'
