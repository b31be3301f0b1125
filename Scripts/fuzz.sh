#!/usr/bin/env bash
# Builds one fuzzing target and runs it; its exit status is the fuzzer's, so 0 means that nothing was found.
#
# usage: fuzz.sh TARGET SECONDS    TARGET: age-header, age-payload, ogg-opus, tus, transcript
#
# The corpus grows in .build-fuzz/corpus from run to run; what was found lies in .build-fuzz/found.
set -euo pipefail
target="${1:?usage: fuzz.sh TARGET SECONDS}"
seconds="${2:?usage: fuzz.sh TARGET SECONDS}"
cd "$(dirname "$0")/.."
work=.build-fuzz
libraries=()
options=()
case "$target" in
    age-header) product=FuzzAgeHeader length=16384 ;;
    age-payload) product=FuzzAgePayload length=140000 ;;
    ogg-opus) product=FuzzOggOpus length=16384 libraries=(-logg -lopus) ;;
    tus) product=FuzzTus length=70000 options=(-dict=Fuzzing/tus/tus.dict) ;;
    transcript) product=FuzzTranscript length=8192 libraries=(-lz) options=(-dict=Fuzzing/transcript/transcript.dict) ;;
    *) echo "there is no target $target: age-header, age-payload, ogg-opus, tus, transcript" >&2; exit 64 ;;
esac
# A product at a time: the objects of all lie in one folder, and only what has changed is built again.
build() { swift build -c release --scratch-path "$work" --sanitize=address -Xswiftc -sanitize=fuzzer "$@"; }
build --product "$product" 2>&1 | grep -E "error|warning: var|Compiling|Build" | tail -3
# The linker warns of the sanitizer's local symbols: they mean nothing.
swiftc -sanitize=fuzzer,address "$(build --show-bin-path)/lib$product.a" "${libraries[@]}" -lstdc++ -o "$work/fuzz-$target" 2>"$work/link.log" ||
    { cat "$work/link.log" >&2; exit 1; }
mkdir -p "$work/corpus/$target" "$work/found"
python3 Scripts/fuzz-seeds.py "$target" "$work/seeds/$target"
# Freed memory that the sanitizer keeps back would count as the target's.
export ASAN_OPTIONS="quarantine_size_mb=16:detect_leaks=1:${ASAN_OPTIONS:-}"
exec timeout --kill-after=10 $((seconds + 120)) "$work/fuzz-$target" \
    -max_total_time="$seconds" -max_len="$length" -timeout=20 -rss_limit_mb=1024 -malloc_limit_mb=256 \
    -print_final_stats=1 -artifact_prefix="$work/found/$target-" "${options[@]}" \
    "$work/corpus/$target" "$work/seeds/$target"
