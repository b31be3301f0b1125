#!/bin/sh
# Makes the Python environment with the programs that the tests drive: two tus clients, a validator of OpenAPI and one of bags; does nothing where it is there.
set -eu
tools="$(dirname "$0")/../.build-tools/venv"
if "$tools/bin/python" -c 'import tusclient, aiotus, openapi_spec_validator, bagit' 2>/dev/null; then exit 0; fi
python3 -m venv "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check 'tuspy>=1.1,<2' 'aiotus>=1.1,<2' 'openapi-spec-validator>=0.7,<0.9' 'bagit>=1.9,<2'
