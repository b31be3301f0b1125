#!/usr/bin/env bash
# Runs the tests that were built. Those that drive real programs against a live archive run one after another, so that the
# service in their process has its threads, in two processes beside each other: most of their time they wait.
set -euo pipefail
cd "$(dirname "$0")/.."
export SWIFT_BACKTRACE=enable=no
tests="$(swift build --show-bin-path)/risalahPackageTests.xctest"
live='^(ArchiveServerTests|ArchiveClientTests)\.'
# About half of the live ones by time.
half='^ArchiveServerTests\.(RouteTests|RootKeyTests|MatrixTests|PermissionTests|ProtectedKeysTests|ChaosTests|ExcerptTests|CommandContractTests|KeyRotationTests|ExportTests|ImportTests|SpoolTests|SearchTests)/'

run() { "$tests" --testing-library swift-testing "$@"; }

run --skip "$live"
RISALAH_TEST_INSPECTION=elsewhere run --filter '^IngestTests\.'
other="$(mktemp)"
trap 'rm -f "$other"' EXIT
run --no-parallel --filter "$half" >"$other" 2>&1 &
beside=$!
status=0
run --no-parallel --filter "$live" --skip "$half" || status=$?
wait "$beside" || status=$?
cat "$other"
exit "$status"
