#!/usr/bin/env bash
# Formatting, and what must not come back. SWIFT names another swift.
set -euo pipefail
cd "$(dirname "$0")/.."

folders=(Sources Tests Fuzzing Benchmarks)
"${SWIFT:-swift}" format lint --strict --recursive --parallel Package.swift "${folders[@]}"

# Outside of comments, no word Process: on Linux that of Foundation can end the program that uses it.
if grep -rnE --include='*.swift' '\bProcess\b' Package.swift "${folders[@]}" | grep -vE '^[^:]*:[0-9]+:[[:space:]]*//'; then
    echo "use ChildProcess (ArchiveCore), or Program (TestSupport), in the place of Foundation's Process" >&2
    exit 1
fi
