"""Puts a folder of messages into a Maildir, and names the answers of doveadm by its paths."""

import json
import os
import sys


def messages(folder):
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(root, name)
            if not name.endswith(".json"):
                yield os.path.relpath(path, folder), path


def put(folder, work):
    index = []
    for number, (name, path) in enumerate(messages(folder), 1):
        with open(path, "rb") as file:
            raw = file.read()
        stripped = raw.startswith(b"From ")
        if stripped:
            raw = raw.partition(b"\n")[2]
        # The uid is the order of the names.
        with open(f"{work}/mail/cur/{1700000000 + number}.M1P1.x:2,S", "wb") as file:
            file.write(raw)
        index.append((name, stripped))
    with open(f"{work}/index.json", "w") as file:
        json.dump(index, file)


def get(work):
    with open(f"{work}/index.json") as file:
        index = json.load(file)
    with open(f"{work}/answers", encoding="utf-8", errors="replace") as file:
        answers = json.load(file, strict=False)
    for answer in answers:
        name, stripped = index[int(answer["uid"]) - 1]
        line = {
            "file": name,
            "from_line_stripped": stripped,
            "size": int(answer["size.physical"]),
            "vsize": int(answer["size.virtual"]),
            "envelope": answer["imap.envelope"],
            "bodystructure": answer["imap.bodystructure"],
            "body": answer["imap.body"],
            "date_sent": answer["date.sent"],
            "snippet": answer["body.preview"],
        }
        print(json.dumps(line))


if sys.argv[1] == "put":
    put(sys.argv[2], sys.argv[3])
else:
    get(sys.argv[3])
