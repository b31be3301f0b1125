#!/usr/bin/env bash
# Measures Risalah against its peers in one run and prints ratios: nginx for sending and fetching sealed recordings over
# TLS 1.3 with client certificates, swift-crypto's ChaChaPoly for the payload stream, opusenc and ffmpeg for codecs, FTS5 for the index.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
project="$(dirname "$here")"
size_mb="${SIZE_MB:-650}"
rounds="${ROUNDS:-3}"
bin="${RISALAH_BIN:-$(cd "$project" && swift build -c release --show-bin-path)}"
work="$(mktemp -d "${TMPDIR:-/tmp}/risalah-bench.XXXXXX")"
service="" ; nginx=""
stop() {
    if [ -n "$service" ]; then kill "$service" 2>/dev/null || true; fi
    if [ -n "$nginx" ]; then kill "$nginx" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap stop EXIT INT TERM

await() { # await SECONDS COMMAND...: until the command succeeds
    local limit=$(( $1 * 10 )); shift
    for _ in $(seq "$limit"); do if "$@" >/dev/null 2>&1; then return; fi; sleep 0.1; done
    echo "timed out: $*" >&2; exit 1
}

echo "Preparing about ${size_mb} MB of Ogg Opus at 500 kbit/s"
ffmpeg -v error -f lavfi -i "anoisesrc=d=60:c=pink:r=48000" -ac 2 -c:a libopus -b:a 500k "$work/minute.opus"
loops=$(( size_mb * 1000000 / $(stat -c %s "$work/minute.opus") ))
ffmpeg -v error -stream_loop "$loops" -i "$work/minute.opus" -c copy "$work/long.opus"

root="$work/archive"
"$bin/risalahd" init --root "$root" --solo --listen 127.0.0.1:0 >/dev/null 2>&1
# Nobody opens so much in an hour but a benchmark.
sed -i 's/accesses_per_\(hour\|day\): [0-9]*/accesses_per_\1: 1000000/' "$root/Config/policy.yaml"
"$bin/risalahd" serve --root "$root" 2>"$work/service.log" &
service=$!
await 30 grep -q ready "$work/service.log"
url="$(grep -o 'https://[^, ]*' "$work/service.log")"
enrol() { # enrol ROLE
    local invite
    invite="$("$bin/risalahd" principal add "$1" --role "$1" --clearance terbatas --root "$root" --json |
        sed 's/.*"invite":"\([^"]*\)".*/\1/')"
    "$bin/risalah" enrol "$url" --invite "$invite" --home "$work/$1" >/dev/null
}
enrol recorder
enrol archivist
client=(curl -sS --fail --tlsv1.3 --http1.1)
recorder=("${client[@]}" --cacert "$work/recorder/ca.pem" --cert "$work/recorder/certificate.pem" --key "$work/recorder/key.pem")
archivist=("${client[@]}" --cacert "$work/archivist/ca.pem" --cert "$work/archivist/certificate.pem" --key "$work/archivist/key.pem")
recipient="$("${recorder[@]}" "$url/v1/recipients" | sed 's/.*"level":"terbatas"[^}]*"x25519":"\([^"]*\)".*/\1/')"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
    -addext "subjectAltName=IP:127.0.0.1" -keyout "$work/nginx.key" -out "$work/nginx.crt" 2>/dev/null
mkdir -p "$work/www" "$work/tmp"
chmod 777 "$work" "$work/www" "$work/tmp"
port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
cat >"$work/nginx.conf" <<CONF
worker_processes 2;
daemon off;
pid $work/nginx.pid;
error_log $work/nginx.log;
events {}
http {
    access_log off;
    sendfile on;
    client_body_temp_path $work/tmp;
    proxy_temp_path $work/tmp; fastcgi_temp_path $work/tmp; uwsgi_temp_path $work/tmp; scgi_temp_path $work/tmp;
    client_max_body_size 4g;
    server {
        listen 127.0.0.1:$port ssl;
        ssl_certificate $work/nginx.crt;
        ssl_certificate_key $work/nginx.key;
        ssl_protocols TLSv1.3;
        ssl_client_certificate $work/recorder/ca.pem;
        ssl_verify_client on;
        root $work/www;
        location / { dav_methods PUT DELETE; }
    }
}
CONF
nginx -c "$work/nginx.conf" -e "$work/nginx.log" &
nginx=$!
peer=("${client[@]}" --cacert "$work/nginx.crt" --cert "$work/recorder/certificate.pem" --key "$work/recorder/key.pem")
echo probe >"$work/www/probe"
await 10 "${peer[@]}" "https://127.0.0.1:$port/probe"

high_water() { awk '/VmHWM/ { printf "%.0f", $2 / 1024 }' "/proc/$service/status"; }
best() { sort -g "$1" | tail -1; }
rate() { awk -v value="$1" 'BEGIN { printf "%.0f MB/s", value / 1e6 }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

echo "Sending, $rounds rounds, one after the other"
: >"$work/put.risalah"; : >"$work/put.nginx"
for round in $(seq "$rounds"); do
    # Each round is a stream of its own: the archive knows a payload that it has seen.
    age -r "$recipient" -o "$work/sealed.age" "$work/long.opus"
    sync
    "${recorder[@]}" -o "$work/answer" -w '%{speed_upload}\n' -T "$work/sealed.age" -H 'Content-Type: application/age' \
        -H 'Expect:' "$url/v1/recordings?level=terbatas&unit=umum&series=rapat&title=bench" >>"$work/put.risalah"
    sync
    "${peer[@]}" -o /dev/null -w '%{speed_upload}\n' -T "$work/sealed.age" -H 'Expect:' "https://127.0.0.1:$port/sealed.age" >>"$work/put.nginx"
done
after_put="$(high_water)"
recording="$(sed 's/.*"id":"\([^"]*\)".*/\1/' "$work/answer")"

echo "Fetching, $rounds rounds"
access="$("${archivist[@]}" -H 'Content-Type: application/json' -d '{}' "$url/v1/recordings/$recording/accesses")"
sealed="$(echo "$access" | sed 's/.*"sealed":"\([^"]*\)".*/\1/')"
opened="$(echo "$access" | sed 's/.*"opus":"\([^"]*\)".*/\1/')"
: >"$work/get.risalah"; : >"$work/get.nginx"; : >"$work/get.opened"
for round in $(seq "$rounds"); do
    "${archivist[@]}" -o /dev/null -w '%{speed_download}\n' "$url$sealed" >>"$work/get.risalah"
    "${peer[@]}" -o /dev/null -w '%{speed_download}\n' "https://127.0.0.1:$port/sealed.age" >>"$work/get.nginx"
    "${archivist[@]}" -o /dev/null -w '%{speed_download}\n' "$url$opened" >>"$work/get.opened"
done
echo "Ten seconds of three hours at 24 kbit/s"
ffmpeg -v error -f lavfi -i "anoisesrc=d=60:c=pink:r=48000" -ac 1 -c:a libopus -b:a 24k "$work/calm.opus"
ffmpeg -v error -stream_loop 179 -i "$work/calm.opus" -c copy "$work/hours.opus"
age -r "$recipient" -o "$work/hours.age" "$work/hours.opus"
hours="$("${recorder[@]}" -T "$work/hours.age" -H 'Content-Type: application/age' -H 'Expect:' \
    "$url/v1/recordings?level=terbatas&unit=umum&series=rapat&title=hours" | sed 's/.*"id":"\([^"]*\)".*/\1/')"
milliseconds() { awk '{ printf "%.1f\n", $1 * 1000 }'; }
middle() { sort -g "$1" | awk '{ line[NR] = $1 } END { print line[int((NR + 1) / 2)] }'; }
: >"$work/part.open"; : >"$work/part.risalah"; : >"$work/part.nginx"
for round in $(seq "${PARTS:-30}"); do
    # Another part each time: each is planned, sealed and sent for the first time.
    from=$(( round * 311 ))
    "${archivist[@]}" -o "$work/answer" -w '%{time_total}\n' -H 'Content-Type: application/json' \
        -d "{\"from\":$from.5,\"to\":$(( from + 10 )).5}" "$url/v1/recordings/$hours/accesses" | milliseconds >>"$work/part.open"
    part="$(sed 's/.*"sealed":"\([^"]*\)".*/\1/' "$work/answer")"
    "${archivist[@]}" -o "$work/www/part.age" -w '%{time_total}\n' "$url$part" | milliseconds >>"$work/part.risalah"
    "${peer[@]}" -o /dev/null -w '%{time_total}\n' "https://127.0.0.1:$port/part.age" | milliseconds >>"$work/part.nginx"
done
part="$(middle "$work/part.risalah")"; part_peer="$(middle "$work/part.nginx")"
echo "Asking to open a recording, to its first byte"
read -r first_byte first_byte_99 < <(python3 "$here/first-byte.py" "$url" "$work/archivist" "$recording" "${ACCESSES:-300}")
echo "Fetching once more beside a peer that reads 1 MB/s"
timeout 8 "${archivist[@]}" --limit-rate 1M -o /dev/null "$url$sealed" 2>/dev/null &
slow=$!
sleep 1
"${archivist[@]}" -o /dev/null "$url$sealed"
wait "$slow" || true
after_get="$(high_water)"

echo "Reading all payloads to their last byte"
"${archivist[@]}" -o "$work/fetched.age" "$url$sealed"
# The service would do the work, and its processor time is not the command's.
kill "$service"; wait "$service" || true; service=""
spent() { # spent COMMAND...: seconds, and seconds of processors
    local TIMEFORMAT='%R %U %S'
    { time "$@" >"$work/answer" 2>/dev/null; } 2>&1 | awk '{ print $1, $2 + $3 }'
}
rates() { # rates FILE BYTES SECONDS PROCESSOR FIXED FIXED_PROCESSOR: bytes a second and a second of a processor
    awk -v b="$2" -v t="$3" -v p="$4" -v ft="$5" -v fp="$6" 'BEGIN { print b / (t - ft), b / (p - fp) }' >>"$work/$1"
}
: >"$work/check.one"; : >"$work/check.all"; : >"$work/check.age"
"$bin/risalahd" check --deep --root "$root" --json >"$work/answer"
read_bytes="$(sed 's/.*"payloads":{"bytes":\([0-9]*\).*/\1/' "$work/answer")"
for round in $(seq "$rounds"); do
    # All was read since then: what is left is opening the archive, its databases, its texts.
    fixed="$(spent "$bin/risalahd" check --deep --since 1970-01-01T00:00:00Z --root "$root")"
    # So high a rate that it does not count: one recording at a time.
    one="$(spent "$bin/risalahd" check --deep --rate 100GB --root "$root")"
    all="$(spent "$bin/risalahd" check --deep --root "$root")"
    opened_by_age="$(spent age -d -i "$work/archivist/identity.txt" -o /dev/null "$work/fetched.age")"
    # shellcheck disable=SC2086 # Each is two numbers.
    {
        rates check.one "$read_bytes" $one $fixed
        rates check.all "$read_bytes" $all $fixed
        rates check.age "$(stat -c %s "$work/fetched.age")" $opened_by_age 0 0
    }
done

put="$(best "$work/put.risalah")"; put_peer="$(best "$work/put.nginx")"
get="$(best "$work/get.risalah")"; get_peer="$(best "$work/get.nginx")"; clear="$(best "$work/get.opened")"
echo
printf '%-46s %12s %12s %7s  %s\n' "best of $rounds" risalah peer ratio goal
printf '%-46s %12s %12s %7s  %s\n' "sealed ingest, validated and durable / nginx PUT" "$(rate "$put")" "$(rate "$put_peer")" "$(ratio "$put" "$put_peer")" "1.0"
printf '%-46s %12s %12s %7s  %s\n' "sealed retrieval / nginx GET" "$(rate "$get")" "$(rate "$get_peer")" "$(ratio "$get" "$get_peer")" "0.5"
printf '%-46s %12s %12s %7s  %s\n' "retrieval opened by the archive / nginx GET" "$(rate "$clear")" "$(rate "$get_peer")" "$(ratio "$clear" "$get_peer")" "-"
column() { sort -g -k "$2,$2" "$work/$1" | tail -1 | cut -d ' ' -f "$2"; }
compare() { # compare NAME COLUMN FILE GOAL: the best of a column of FILE beside that of age
    local own peer
    own="$(column "$3" "$2")"; peer="$(column check.age "$2")"
    printf '%-46s %12s %12s %7s  %s\n' "$1" "$(rate "$own")" "$(rate "$peer")" "$(ratio "$own" "$peer")" "$4"
}
compare "check --deep, one at a time / age -d" 1 check.one "-"
compare "check --deep, all processors / age -d" 1 check.all "-"
compare "check --deep, a second of a processor / age -d" 2 check.all "0.7"
printf '%-46s %9s ms %9s ms %7s  %s\n' "10 s of 3 h, sealed, connection included / nginx" "$part" "$part_peer" \
    "+$(awk -v a="$part" -v b="$part_peer" 'BEGIN { printf "%.1f", a - b }')" "+20 ms"
printf '%-46s %9s ms\n' "  asking for it, the decision durable" "$(middle "$work/part.open")"
printf '%-46s %9s ms %9s ms\n' "access asked for to its first byte, p50 and p99" "$first_byte" "$first_byte_99"
printf '%-46s %9s MB\n' "VmHWM after sending (goal: under 150)" "$after_put"
printf '%-46s %9s MB\n' "VmHWM after fetching, slow peer included" "$after_get"
echo
if [ -x "$bin/bench-age-stream" ]; then
    echo "Payload stream against swift-crypto's ChaChaPoly on 64 KiB chunks (goal for the decryptor: 0.8)"
    "$bin/bench-age-stream"
fi
if [ -x "$bin/bench-encode" ]; then
    echo
    echo "Encoding noise, 48 kHz, against opusenc at the same bit rate, variability and complexity (goal: 0.95)"
    ffmpeg -v error -f lavfi -i "anoisesrc=d=${ENCODE_SECONDS:-120}:c=pink:r=48000" -f s16le "$work/pcm"
    processor() { # processor COMMAND...: its seconds, user and system
        local TIMEFORMAT='%U %S'
        { time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print $1 + $2 }'
    }
    for bitrate in 24 64; do
        : >"$work/encode.risalah"; : >"$work/encode.opusenc"
        for round in $(seq "$rounds"); do
            processor "$bin/bench-encode" "$work/pcm" "$work/ours.opus" 48000 1 "${bitrate}000" >>"$work/encode.risalah"
            processor opusenc --quiet --speech --cvbr --bitrate "$bitrate" --raw --raw-rate 48000 --raw-chan 1 "$work/pcm" "$work/theirs.opus" >>"$work/encode.opusenc"
        done
        ours="$(sort -g "$work/encode.risalah" | head -1)"; theirs="$(sort -g "$work/encode.opusenc" | head -1)"
        printf '%-46s %10s s %10s s %7s  %s\n' "encoding at $bitrate kbit/s / opusenc, processor" "$ours" "$theirs" "$(ratio "$theirs" "$ours")" "0.95"
    done
fi

if [ -x "$bin/bench-transcribe" ]; then
    echo
    echo "Three hours at 24 kbit/s, decoded to what an engine hears, against ffmpeg (goal: 1.0)"
    : >"$work/decode.risalah"; : >"$work/decode.ffmpeg"
    for round in $(seq "$rounds"); do
        seconds "$bin/bench-transcribe" decode "$work/hours.opus" /dev/null >>"$work/decode.risalah"
        seconds ffmpeg -v error -nostdin -i "$work/hours.opus" -f s16le -ar 16000 -ac 1 -y /dev/null >>"$work/decode.ffmpeg"
    done
    ours="$(sort -g "$work/decode.risalah" | head -1)"; theirs="$(sort -g "$work/decode.ffmpeg" | head -1)"
    printf '%-46s %10s s %10s s %7s  %s\n' "decoding to 16 kHz / ffmpeg" "$ours" "$theirs" "$(ratio "$theirs" "$ours")" "1.0"
    echo "Words that PocketSphinx gets wrong of synthesized speech, cut into pieces as the service does"
    for voice in slt rms awb; do
        flite -voice "$voice" -f "$here/spoken.txt" -o "$work/$voice.wav"
        opusenc --quiet --bitrate 24 "$work/$voice.wav" "$work/$voice.opus" 2>/dev/null
        took="$(seconds "$bin/bench-transcribe" hear "$work/$voice.opus" "$here/spoken.txt")"
        read -r wrong words <"$work/answer"
        printf '%-46s %10s   %10s s for %s words\n' "word error rate, $voice" "$wrong" "$took" "$words"
    done
fi

echo
echo "Live recorders at 32 kbit/s on this host, ${STREAMS:-500} at once (risalahd benchmark streams --search finds the most)"
"$bin/risalahd" benchmark streams --count "${STREAMS:-500}" --seconds "${STREAM_SECONDS:-20}"

echo
echo "Durable decisions (decision, quota, access, entry), ${CALLERS:-64} callers in process (goal: 5,000 a second, p99 under 20 ms)"
"$bin/risalahd" benchmark decisions --callers "${CALLERS:-64}" --seconds "${DECISION_SECONDS:-10}"

echo
echo "A log of ${LOG_ENTRIES:-1000000} entries (goals: verifying 3 ×, proof 1 ms, newest 10 ms, report 5 s, opening 1 s)"
"$bin/risalahd" benchmark log --entries "${LOG_ENTRIES:-1000000}"

echo
echo "An archive of ${RECORDINGS:-1000000} recordings (goals: opening 1 s, checking 60 s)"
holdings="$("$bin/risalahd" benchmark holdings --recordings "${RECORDINGS:-1000000}" --destroyed "${DESTROYED:-10000}" --json)"
of() { echo "$holdings" | sed "s/.*\"$1\":\([0-9.]*\).*/\1/"; }
peer="$(python3 "$here/delete-peer.py" "${RECORDINGS:-1000000}" "${DESTROYED:-10000}" "$(of payload)")"
printf '%-46s %10.2f s\n' "opening it" "$(of opening)" "check" "$(of checking)" "dating all anew, beside the service" "$(of dating)"
printf '%-46s %10.2f s %10.2f s %7s\n' "destroying ${DESTROYED:-10000} / unlinking and deleting rows" \
    "$(of destroying)" "$peer" "$(ratio "$(of destroying)" "$peer")"
printf '%-46s %10s B\n' "catalogue and vault, for each recording" "$(of facts)"

echo
echo "Searches of two words with snippets over TLS, in ${SEARCHED:-1000} transcripts of 8,000 words (goal: p95 50 ms)"
"$bin/risalahd" benchmark search --recordings "${SEARCHED:-1000}"

if [ -x "$bin/bench-index" ]; then
    echo
    echo "The blind index of ${DOCUMENTS:-4000} transcripts against FTS5 over clear text (goal: 1.5 each)"
    "$bin/bench-index" "${DOCUMENTS:-4000}"
fi
