"""How long it takes from asking to open a recording to the first byte of it, over one connection that is kept.

usage: first-byte.py URL HOME RECORDING COUNT    HOME: the folder of an enrolled archivist

Each time is an access of its own, decided and durable; prints the middle and the 99th percentile in milliseconds.
"""
import http.client
import json
import math
import ssl
import sys
import time
import urllib.parse

url, home, recording, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
context = ssl.create_default_context(cafile=f"{home}/ca.pem")
context.minimum_version = ssl.TLSVersion.TLSv1_3
context.load_cert_chain(f"{home}/certificate.pem", f"{home}/key.pem")
connection = http.client.HTTPSConnection(urllib.parse.urlsplit(url).netloc, context=context, timeout=30)


def ask(method, path, body=None, **headers):
    """The answer to a request, its body not read yet."""
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    if answer.status not in (200, 201, 206):
        sys.exit(f"{method} {path}: {answer.status} {answer.read().decode(errors='replace')}")
    return answer


times = []
for number in range(count):
    purpose = json.dumps({"purpose": f"benchmark {number}"})
    start = time.perf_counter()
    access = json.load(ask("POST", f"/v1/recordings/{recording}/accesses", purpose, **{"Content-Type": "application/json"}))
    answer = ask("GET", access["links"]["sealed"], Range="bytes=0-65535")
    answer.read(1)
    times.append((time.perf_counter() - start) * 1000)
    answer.read()
times.sort()
print(*(f"{times[math.ceil(count * share) - 1]:.1f}" for share in (0.5, 0.99)))
