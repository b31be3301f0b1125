#!/usr/bin/env bash
# Shows an archive from beginning to end in a temporary folder, checks every step, and cleans up.
set -euo pipefail
project="$(cd "$(dirname "$0")/.." && pwd)"
bin="${RISALAH_BIN:-$(cd "$project" && swift build -c release --show-bin-path)}"
work="$(mktemp -d "${TMPDIR:-/tmp}/risalah-demo.XXXXXX")"
service=""
stopped() { ! kill -0 "$service" 2>/dev/null; }
cleanup() {
    status=$?
    if [ -n "$service" ]; then
        kill "$service" 2>/dev/null || true
        for _ in $(seq 50); do if stopped; then break; fi; sleep 0.1; done
        kill -KILL "$service" 2>/dev/null || true
    fi
    rm -rf "$work"
    [ "$status" -eq 0 ] || echo "The demo stopped: a step did not do what it should (exit $status)." >&2
}
trap cleanup EXIT
trap 'exit 130' INT TERM
cd "$work"

step=0
say() { fmt -w 98 <<<"$*"; }
heading() { step=$((step + 1)); printf '\n%d. %s\n\n' "$step" "$*"; }
show() { printf '   $ %s\n' "$*"; }
indent() { sed 's/^/     /'; }
fail() { echo "FAILED: $*" >&2; exit 1; }
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }
risalahd() { timeout 30 "$bin/risalahd" "$@"; }
risalah() { timeout 30 "$bin/risalah" "$@"; }
await() { # await SECONDS COMMAND...
    local tries=$(( $1 * 10 )); shift
    for _ in $(seq "$tries"); do if "$@" >/dev/null 2>&1; then return 0; fi; sleep 0.1; done
    fail "gave up waiting for: $*"
}
found() { # found TEXT: whether any file below Storage has it; an error of grep is no answer
    local status=0
    grep -rqF -- "$1" archive/Storage || status=$?
    [ "$status" -le 1 ] || fail "grep could not read Storage"
    return "$status"
}
refused() { # refused STATUS COMMAND...: the command must fail with that status; what it says is shown
    local expected=$1 status=0; shift
    "$@" >refusal 2>&1 || status=$?
    indent <refusal
    [ "$status" -eq "$expected" ] || fail "expected exit $expected, got $status"
}

say "Risalah keeps what was said in meetings: recordings arrive encrypted, rest encrypted, and leave only through an access that was authorized, written to a log that can be verified, and released, in that order. This shows one life of an archive, on this machine alone."

heading "An archive is made"
say "One folder holds it: Config (policy, retention schedule, root key) and Storage. --solo means that no second person confirms grants: for evaluation only."
show "risalahd init --root archive --solo"
risalahd init --root archive --solo --listen 127.0.0.1:0 --name arsip.example 2>/dev/null | sed "s|$work/||g" | indent
cat >>archive/Config/retention.yaml <<'YAML'
  - code: coba
    name: { en: For this demonstration, id: Untuk peragaan ini }
    active: PT4S
    inactive: P0D
    then: destroy
    approval: none
    nonrecord: true
    cooling: PT1S
YAML
cat >>archive/Config/risalah.yaml <<'YAML'
transcription:
  engine: pocketsphinx
  up_to: rahasia
YAML
# By itself the service does it once a day; here it is shown.
sed -i 's/^retention_every: P1D/retention_every: never/' archive/Config/risalah.yaml
"$bin/risalahd" serve --root archive 2>service.log &
service=$!
await 30 grep -q ready service.log
url="$(grep -o 'https://[^, ]*' service.log)"
say "It serves over TLS 1.3 at $url. To its retention schedule this demonstration has added a series 'coba' whose recordings expire after four seconds."

heading "People and a recorder are enrolled"
say "An administrator gives each a one-time invite. Keys are made on the person's own machine; the archive signs a certificate for one year and learns the person's age recipient, nothing more."
enrol() { # enrol NAME ROLE CLEARANCE
    local invite
    invite="$(risalahd principal add "$1" --role "$2" --clearance "$3" --root archive --json | field invite)"
    risalah enrol "$url" --invite "$invite" --home "$1" >/dev/null
    printf '     %-10s %-10s cleared for %s\n' "$1" "$2" "$3"
}
show "risalahd principal add NAME --role ROLE --clearance LEVEL; risalah enrol $url --invite …"
enrol perekam recorder biasa
enrol sari archivist rahasia
enrol budi archivist biasa
enrol wati auditor biasa
as() { local who=$1; shift; risalah "$@" --home "$work/$who"; }
curl_as() { local who=$1; shift; curl -sS --fail --max-time 30 --cacert "$who/ca.pem" --cert "$who/certificate.pem" --key "$who/key.pem" "$@"; }

heading "A meeting is recorded and sent, sealed before it leaves the recorder"
flite -voice slt -o meeting.wav -t "Good morning. This is the meeting on the harbour project. The minister asks for a report by Friday."
say "Any program can do it. Here opusenc encodes, age seals to the recipient of the level 'rahasia', and curl sends: nobody on the way, and no disk, sees the sound."
recipient="$(curl_as perekam "$url/v1/recipients" | sed 's/.*"level":"rahasia"[^}]*"x25519":"\([^"]*\)".*/\1/')"
show "opusenc meeting.wav - | age -r ${recipient:0:16}… |"
printf '       %s\n' "curl -T - '$url/v1/recordings?level=rahasia&unit=umum&series=rapat&title=…'"
opusenc --quiet meeting.wav meeting.opus
age -r "$recipient" <meeting.opus |
    curl_as perekam -T - "$url/v1/recordings?level=rahasia&unit=umum&series=rapat&title=Harbour%20project&meeting=Harbour" >stored
indent <stored; echo
secret="$(field id <stored)"
[ -n "$secret" ] || fail "the recording was not stored"
say "The archive checked the whole stream while it arrived and made it durable before it answered. Our own client does the same, and here files a note that is no record, under 'coba':"
show "risalah import meeting.wav --title 'Sound check' --level biasa --unit umum --series coba"
as perekam import meeting.wav --title "Sound check" --level biasa --unit umum --series coba --json >imported
indent <imported
passing="$(field id <imported)"
[ -n "$passing" ] || fail "the note was not stored"
say "On the archive's disk no title and no name is in clear:"
show "grep -r 'Harbour project' archive/Storage"
# The id, which is in clear, shows that grep would have found it.
found "$secret" || fail "grep does not find what is there"
if found "Harbour project" || found perekam; then fail "a title or a name lies in clear in Storage"; fi
echo "     (nothing found)"

heading "An archivist finds it and opens it"
show "risalah list   (as sari, cleared for rahasia)"
as sari list | indent
say "This level demands a purpose. The archive writes the decision to the log, then mints a header, 200 bytes, for sari's own key; the payload goes out as the recorder sealed it. The archive decrypts nothing."
show "risalah get $secret --sealed --purpose 'Minutes for the board' -o meeting.age"
as sari get "$secret" --sealed --purpose "Minutes for the board" -o meeting.age | indent
show "age -d -i sari/identity.txt meeting.age | cmp - meeting.opus"
age -d -i sari/identity.txt meeting.age | cmp - meeting.opus || fail "the bytes differ"
say "Stock age opened it, and the bytes are those that opusenc made."

heading "What was said becomes text, and is found"
say "The service has the recording heard by a program on this machine, here pocketsphinx, without a network. What it makes of the sound is sealed like the sound, and what can be searched for are substitutes of words under a key of each class of readers."
transcribed() { as sari transcript list "$secret" --json | grep -q '"revision":0'; }
await 90 transcribed
show "risalah transcript get $secret --purpose 'Minutes for the board'"
as sari transcript get "$secret" --purpose "Minutes for the board" --format edit | indent
indexed() { as sari search 'minister report' --json | grep -q "$secret"; }
await 20 indexed
show "risalah search 'minister report' --purpose 'Minutes for the board'"
as sari search 'minister report' --purpose "Minutes for the board" >searched
indent <searched
at="$(sed -n 's/^    \([0-9:.]*\)  .*/\1/p' searched | head -n 1)"
[ -n "$at" ] || fail "no place was found"
say "The time leads to the sound:"
show "risalah get $secret --from $at --purpose 'Minutes for the board' -o passage.opus"
as sari get "$secret" --from "$at" --purpose "Minutes for the board" -o passage.opus | indent
if found minister; then fail "what was said lies in clear in Storage"; fi

say "What else belongs to a meeting is attached to its recording: sealed under its label, delivered by its accesses, gone with it."
echo "09:31 Budi: the report comes on Thursday" >chat.txt
show "risalah attachment add $secret chat.txt"
as sari attachment add "$secret" chat.txt | indent
as sari attachment get "$secret" 0 --purpose "Minutes for the board" -o fetched.txt | indent
cmp chat.txt fetched.txt || fail "the attachment differs"

heading "Whoever may not is refused, and learns nothing"
say "Without a purpose sari is told why, for she may know of the recording:"
show "risalah get $secret   (as sari)"
refused 77 as sari get "$secret" -o refused.opus
say "Budi is cleared for 'biasa' only. For him the recording does not exist; the answer is that of an id that never was:"
show "risalah get $secret   (as budi)"
refused 66 as budi get "$secret" -o refused.opus --purpose curiosity
if [ -e refused.opus ]; then fail "a refusal left a file"; fi
if as budi list | grep -q "$secret"; then fail "budi sees it in the list"; fi
if as budi search 'minister report' --json | grep -q "$secret"; then fail "budi finds it"; fi

heading "The auditor reads who did what, and verifies it"
say "Every decision is an entry of a Merkle log, written in the same transaction as what it records; refusals too. Auditors read it and never open a recording."
show "risalah audit log --object $secret   (as wati)"
as wati audit log --object "$secret" | indent
show "risalah audit verify   (as wati)"
as wati audit verify | indent
refused 66 as wati get "$secret" -o refused.opus --purpose curiosity >/dev/null

heading "What has expired is destroyed"
say "The sound check was filed under a series of four seconds. The retention job freezes a list, lets it cool, and destroys exactly that list: keys first, then bytes."
payload="archive/Storage/recordings/${passing:0:2}/$passing.payload"
[ -s "$payload" ] || fail "the payload is not where it should be"
keys() { # whether the vault has a row of the recording, in the file or in its write-ahead log
    local status=0
    grep -aqF "recording$passing" archive/Storage/vault.sqlite archive/Storage/vault.sqlite-wal || status=$?
    [ "$status" -le 1 ] || fail "grep could not read the vault"
    return "$status"
}
keys || fail "the vault has no row of the recording"
proposed() { risalahd retention propose --root archive --json >proposal; grep -q "$passing" proposal; }
await 20 proposed
show "risalahd retention propose"
echo "     on a frozen list: $passing"
destroyed() { risalahd retention run --root archive --json >run; grep -q '"outcome":"destroyed"' run; }
await 20 destroyed
show "risalahd retention run"
echo "     destroyed: $passing"
say "Nothing of it opens any more: it is not found, its payload is gone, and the keys that could open any copy of that payload are gone too."
show "risalah get $passing   (as sari)"
refused 66 as sari get "$passing" -o gone.opus --purpose "to show that it is gone"
[ ! -e "$payload" ] || fail "the payload is still there"
if keys; then fail "the vault still has the row of the recording"; fi
as sari list --json | grep -q "$secret" || fail "the other recording is not there any more"
say "The log keeps that it was there, and by which rule it went:"
show "risalah audit log --object $passing   (as wati)"
as wati audit log --object "$passing" | indent

heading "The log is whole, and the service stops"
show "risalahd audit verify"
risalahd audit verify --root archive | indent
kill "$service"
await 40 stopped
wait "$service" || fail "the service did not end well"
service=""
echo
say "That is Risalah: sealed on arrival and at rest, opened only by decision, every decision provable, and destroyed when its time is over. README.md says how to go on; nothing of this demonstration is left behind."
