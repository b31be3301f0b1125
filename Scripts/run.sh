#!/bin/sh
# Serves the archive in ./Storage with ./Config; makes it first where there is none. It stays when this ends.
set -eu
cd "$(dirname "$0")/.."
risalahd="$(swift build -c release --show-bin-path)/risalahd"
if [ ! -e Storage/VERSION ]; then
    echo "Making an archive in ./Storage with ./Config, for evaluation (--solo):"
    "$risalahd" init --root . --solo
    cat <<TEXT

Add people and recorders from another terminal, for instance:
  $risalahd principal add budi --role archivist --clearance rahasia --root .
and enrol each with the invite that it prints:
  $(dirname "$risalahd")/risalah enrol https://127.0.0.1:8443 --invite INVITE --home ~/.config/risalah-budi
Ctrl-C stops the service; the archive stays.

TEXT
fi
exec "$risalahd" serve --root .
