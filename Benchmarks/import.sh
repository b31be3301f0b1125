#!/usr/bin/env bash
# Measures `risalah import` of many recordings against opusenc and age in a shell loop on as many cores, and of Ogg Opus
# originals against encoding; prints ratios.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
project="$(dirname "$here")"
files="${FILES:-200}"
minutes="${MINUTES:-10}"
cores="$(nproc)"
bin="${RISALAH_BIN:-$(cd "$project" && swift build -c release --show-bin-path)}"
work="$(mktemp -d "${TMPDIR:-/tmp}/risalah-bench.XXXXXX")"
service=""
stop() {
    if [ -n "$service" ]; then kill "$service" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap stop EXIT INT TERM

echo "Preparing $files recordings of $minutes minutes"
mkdir "$work/wav" "$work/opus" "$work/sealed"
# Pink noise is louder and harder than speech; each has another seed, so that none is known already.
make_one() {
    ffmpeg -v error -f lavfi -i "anoisesrc=d=$(( $3 * 60 )):c=pink:r=16000:a=0.2:seed=$1" -ac 1 -fflags +bitexact -flags +bitexact "$2/wav/$1.wav"
    opusenc --quiet --bitrate 24 "$2/wav/$1.wav" "$2/opus/$1.opus"
}
export -f make_one
seq "$files" | xargs -P "$cores" -I{} bash -c "make_one {} '$work' '$minutes'"

root="$work/archive"
"$bin/risalahd" init --root "$root" --solo --listen 127.0.0.1:0 >/dev/null 2>&1
"$bin/risalahd" serve --root "$root" 2>"$work/service.log" &
service=$!
for _ in $(seq 300); do if grep -q ready "$work/service.log"; then break; fi; sleep 0.1; done
url="$(grep -o 'https://[^, ]*' "$work/service.log")"
invite="$("$bin/risalahd" principal add recorder --role recorder --clearance biasa --root "$root" --json |
    sed 's/.*"invite":"\([^"]*\)".*/\1/')"
"$bin/risalah" enrol "$url" --invite "$invite" --home "$work/recorder" >/dev/null
recipient="$("$bin/risalah" recipients --home "$work/recorder" --json | grep -o 'age1[a-z0-9]*' | grep -v '^age1pq' | head -1)"

seconds() { # seconds COMMAND...: how long it takes
    local begun; begun="$(date +%s.%N)"
    "$@" >"$work/answer"
    awk -v begun="$begun" -v ended="$(date +%s.%N)" 'BEGIN { printf "%.1f", ended - begun }'
}
import() { # import FOLDER: all of it, or nothing is measured
    "$bin/risalah" import "$1" --level terbatas --unit umum --series rapat --home "$work/recorder" --json
    if [ "$("$bin/risalah" import "$1" --level terbatas --unit umum --series rapat --home "$work/recorder" --dry-run --json |
        tail -1 | grep -o "\"skipped\":$files")" = "" ]; then echo "not all was imported" >&2; exit 1; fi
}
shell_loop() {
    # shellcheck disable=SC2016
    find "$work/wav" -name '*.wav' -print0 | xargs -0 -P "$cores" -I{} sh -c \
        'opusenc --quiet --bitrate 24 "$1" - | age -r "$2" >"$3/$(basename "$1").age"' sh {} "$recipient" "$work/sealed"
    sync
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

echo "opusenc | age"
loop="$(seconds shell_loop)"
echo "risalah import, WAV"
wav="$(seconds import "$work/wav")"
echo "risalah import, Ogg Opus"
opus="$(seconds import "$work/opus")"
cat <<END

| import of $files × $minutes min on $cores cores | seconds | ratio | goal |
|---|---|---|---|
| opusenc and age in a shell loop | $loop | | |
| risalah import, WAV, sent and acknowledged | $wav | $(ratio "$loop" "$wav") | 0.9 |
| risalah import, Ogg Opus originals | $opus | $(ratio "$wav" "$opus") × WAV | 5 |
END
