#!/usr/bin/env python3
"""Unlinks files and deletes the rows that name them, in plain SQLite: what destroying is measured against.

usage: delete-peer.py ROWS DELETED BYTES

Makes ROWS rows and DELETED files of BYTES each in the folder for temporary files, then prints the seconds that it takes to
delete those rows, in one durable transaction, and to unlink those files.
"""

import os
import secrets
import shutil
import sqlite3
import sys
import tempfile
import time

rows, deleted, size = (int(argument) for argument in sys.argv[1:4])
folder = tempfile.mkdtemp(prefix="risalah-delete.")
try:
    database = sqlite3.connect(os.path.join(folder, "facts.sqlite"), isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE recording (id TEXT PRIMARY KEY, due TEXT, facts BLOB, key BLOB)")
    database.execute("CREATE INDEX recording_by_due ON recording (due)")
    ids = [secrets.token_hex(13) for _ in range(rows)]
    # As much as an archive keeps of a recording: facts, digest, sealed description, keys.
    facts = os.urandom(500)
    database.execute("BEGIN")
    database.executemany(
        "INSERT INTO recording VALUES (?, ?, ?, ?)",
        ((id, "2026-11-22", facts, facts[:200]) for id in ids),
    )
    database.execute("COMMIT")
    paths = []
    for id in ids[:deleted]:
        place = os.path.join(folder, id[:2])
        os.makedirs(place, exist_ok=True)
        paths.append(os.path.join(place, id))
        with open(paths[-1], "wb") as file:
            file.write(bytes(size))
    os.sync()
    begin = time.monotonic()
    database.execute("BEGIN IMMEDIATE")
    database.executemany("DELETE FROM recording WHERE id = ?", ((id,) for id in ids[:deleted]))
    database.execute("COMMIT")
    for path in paths:
        os.unlink(path)
    print(f"{time.monotonic() - begin:.3f}")
finally:
    shutil.rmtree(folder, ignore_errors=True)
