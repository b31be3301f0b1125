"""Writes the first corpus of a fuzzing target into a folder, from the vectors and samples beside the project.

usage: fuzz-seeds.py TARGET FOLDER
"""
import base64
import pathlib
import sys

target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
shared = pathlib.Path(__file__).resolve().parent.parent.parent / "shared"
seeds = {}


def age_vectors():
    """Name, keys and file of each vector that is not compressed."""
    for path in sorted((shared / "vectors/age").iterdir()):
        head, _, body = path.read_bytes().partition(b"\n\n")
        keys = dict(line.split(": ", 1) for line in head.decode().splitlines())
        if "compressed" not in keys:
            yield path.name, keys, body


def payload_of(body):
    """What follows the header of an age file; nothing where there is no header."""
    mark = body.find(b"\n--- ")
    end = body.find(b"\n", mark + 1)
    return body[end + 1:] if mark >= 0 and end >= 0 else b""


if target == "age-header":
    for name, keys, body in age_vectors():
        if "armored" in keys:
            seeds[name] = b"\x03\x05" + body
        else:
            seeds[name] = b"\x00\x05" + body[:len(body) - len(payload_of(body))]
        if "identity" in keys:
            seeds["key-" + keys["identity"][:20]] = b"\x02" + keys["identity"].encode()
    seeds["stanzas"] = bytes([1, 0, 2, 0, 43, 32]) + b"A" * 43 + b"B" * 32 + bytes([2, 4, 32]) + b"1234" + b"C" * 32
elif target == "age-payload":
    for name, keys, body in age_vectors():
        if "armored" not in keys and "file key" in keys and payload_of(body):
            key = bytes.fromhex(keys["file key"])
            if len(key) == 16:
                seeds[name] = b"\x01\x00\x00\x07" + key + payload_of(body)
    for length in (0, 1, 65535, 65536, 65537, 131072):
        plain = bytes([0, 7]) + length.to_bytes(3, "big") + (64).to_bytes(3, "big")
        # Unchanged; one byte changed; the end cut off.
        seeds[f"whole-{length}"] = plain + bytes(8)
        seeds[f"changed-{length}"] = plain + bytes([0, 0, 20, 1])
        seeds[f"cut-{length}"] = plain + bytes([0, 0, 0, 0, 0, 0, 17, 0])
elif target == "ogg-opus":
    for path in sorted((shared / "samples/opus").rglob("*")):
        if path.is_file() and path.suffix != ".tsv":
            seeds[path.name] = path.read_bytes()[:16384]
elif target == "tus":
    def metadata(**fields):
        return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in fields.items())

    head = "Tus-Resumable: 1.0.0\n"
    stream = "Content-Type: application/offset+octet-stream\n"
    every = metadata(level="terbatas", unit="umum", series="rapat", title="Rapat", meeting="Pelabuhan",
                     description="dua\nbaris", started="2026-11-21T09:00:00+07:00", compartment="a\nb",
                     participant="Sari\nBudi")
    for name, text in {
        "create": head + "Upload-Length: 1000\nUpload-Metadata: " + every,
        "tuspy": head + "upload-length: 5\nupload-metadata: " + metadata(filename="x.age", title="tus"),
        "defer": head + "Upload-Defer-Length: 1\nUpload-Metadata: ",
        "patch": head + stream + "Upload-Offset: 70000\nUpload-Checksum: sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
        "sha256": head + stream + "Upload-Offset: 0\nUpload-Checksum: sha256 "
        + base64.b64encode(bytes(32)).decode(),
        "signed": "Upload-Offset: +5\nUpload-Length: -0",
        "utc": "Upload-Metadata: " + metadata(started="2026-11-21T02:00:00.123456Z"),
    }.items():
        seeds[name] = text.encode()
elif target == "transcript":
    for path in sorted((shared / "samples/transcripts").rglob("*")):
        if path.is_file() and path.suffix != ".js":
            seeds[f"{path.parent.name}-{path.name}"] = path.read_bytes()[:8192]
    words = '"words":[{"start":0,"end":0.5,"text":"a","confidence":0.5}]'
    seeds["own.json"] = (
        '{"format":"risalah-transcript 1","language":"id","engine":"e","model":"m","revision":1,"author":"a","segments":'
        '[{"start":0,"end":1.5,"speaker":"S1","text":"a\\nb","confidence":1,"flags":["repeated"],' + words + "}]}"
    ).encode()
    seeds["own.txt"] = b"# risalah transcript\n[00:00:00.000 - 00:00:01.000 S\\] 1] a\n    b\n[00:00:01.000 - 00:00:02.000] c\n"
else:
    sys.exit(f"there is no target {target}: age-header, age-payload, ogg-opus, tus, transcript")

if not seeds:
    sys.exit(f"no seeds for {target}: are the vectors in {shared}?")
folder.mkdir(parents=True, exist_ok=True)
for name, data in seeds.items():
    (folder / name).write_bytes(data)
print(f"{len(seeds)} seeds for {target}")
