"""Check a register with nothing but Python's standard library and openssl. See register.md, which this follows.

    python3 check_register.py FOLDER KEY_ID

FOLDER holds register.jsonl and roots.jsonl, and earlier.jsonl where the register is one month of an archive; also
sales.jsonl and sales-earlier.jsonl where it seals days of sales (sales.md). KEY_ID is that of the first key, as the
Region publishes it. Prints what is wrong; the exit code is 1 when anything is.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path


def compact(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def is_signed(public_key, message, signature):
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("key", "message", "signature")]
        der = bytes.fromhex("302a300506032b6570032100") + public_key  # RFC 8410: this is an Ed25519 key
        for file, content in zip(files, (der, message, signature), strict=True):
            file.write_bytes(content)
        key, said, signed = files
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", key, "-rawin"]
        return (
            subprocess.run([*command, "-in", said, "-sigfile", signed], capture_output=True).returncode == 0
        )


def read(path):
    for line in path.read_bytes().splitlines() if path.exists() else ():
        entry = json.loads(line)
        body = line[line.index(b',"body":') + 8 : -1]
        head = "".join(f"{part}\n" for part in ("mobility register 1", entry["previous"], entry["seq"]))
        head += "".join(f"{entry[name]}\n" for name in ("period", "kind", "at"))
        yield entry, hashlib.sha256(head.encode() + body).hexdigest() == entry["hash"]


def announced_keys(entries, first_key_id):
    keys, current = {}, None
    for entry in entries:
        if entry["kind"] == "key":
            body, new = entry["body"], bytes.fromhex(entry["body"]["public_key"])
            named = {name: body[name] for name in ("key_id", "public_key", "replaces")}
            message = compact({"format": "mobility register key 1", **named})
            good = body["key_id"] == hashlib.sha256(new).hexdigest()[:16] and body["replaces"] == (
                current or ""
            )
            if current is None:
                good = good and body["key_id"] == first_key_id
            else:
                good = good and is_signed(keys[current], message, bytes.fromhex(body["signature"]))
            if good:
                current = body["key_id"]
                keys[current] = new
    return keys


def check_sales(folder, register):
    """The chain of each order, and each day against what the register seals."""
    wrong, chains, days = [], {}, {}
    sealed = {one["body"]["day"]: one["body"] for one in register if one["kind"] == "sales-day"}
    for name in ("sales-earlier.jsonl", "sales.jsonl"):
        path = folder / name
        for line in path.read_bytes().splitlines() if path.exists() else ():
            entry = json.loads(line)
            parts = (
                "mobility sales 1",
                *(entry[part] for part in ("previous", "order", "n", "day", "kind", "at")),
            )
            hashed = "".join(f"{part}\n" for part in parts).encode() + line[line.index(b',"body":') + 8 : -1]
            called = f"entry {entry['n']} of order {entry['order']}"
            if hashlib.sha256(hashed).hexdigest() != entry["hash"]:
                wrong.append(f"{called} was changed")
            if (entry["previous"], entry["n"] - 1) != chains.get(entry["order"], ("0" * 64, 0)):
                wrong.append(f"{called} does not follow the one before it")
            chains[entry["order"]] = entry["hash"], entry["n"]
            if name == "sales.jsonl":
                days.setdefault(entry["day"], []).append(f"{entry['order']} {entry['n']} {entry['hash']}\n")
    for day in sorted(sealed.keys() | days.keys()):
        lines = [f"mobility sales day 1\n{day}\n", *days.get(day, [])]
        digest = hashlib.sha256("".join(lines).encode()).hexdigest()
        if day not in sealed or (digest, len(lines) - 1) != (sealed[day]["digest"], sealed[day]["count"]):
            wrong.append(f"the sales of {day} are not those the register seals")
    return wrong


def check(folder, first_key_id):
    earlier, register = list(read(folder / "earlier.jsonl")), list(read(folder / "register.jsonl"))
    wrong = [f"entry {one['seq']} was changed" for one, is_whole in earlier + register if not is_whole]
    entries = [one for one, _ in register]
    for before, one in pairwise(entries):
        if one["previous"] != before["hash"] or one["seq"] != before["seq"] + 1:
            wrong.append(f"entry {one['seq']} does not follow entry {before['seq']}")
    keys = announced_keys([one for one, _ in earlier] + entries, first_key_id)
    closed = {one["seq"]: one["hash"] for one in entries if one["kind"] == "close"}
    firsts = {one["seq"]: one["previous"] for one in entries}
    for line in (folder / "roots.jsonl").read_text().splitlines():
        root = json.loads(line)
        said = json.loads(root["document"])
        signature = bytes.fromhex(root["signature"])
        if said["key_id"] not in keys or not is_signed(
            keys[said["key_id"]], root["document"].encode(), signature
        ):
            wrong.append(f"the root of {said['period']} is not signed by a key of the register")
        elif said["last_seq"] >= entries[0]["seq"]:
            if closed.pop(said["last_seq"], "") != said["head_hash"]:
                wrong.append(f"the root of {said['period']} is not that of these entries")
            if firsts.get(said["first_seq"]) != said["previous_hash"]:
                wrong.append(f"the root of {said['period']} begins elsewhere")
        elif said["last_seq"] == entries[0]["seq"] - 1 and said["head_hash"] != entries[0]["previous"]:
            wrong.append(f"entry {entries[0]['seq']} does not follow the root of {said['period']}")
    wrong += [f"no root vouches for entry {seq}" for seq in closed]
    return wrong + check_sales(folder, entries)


if __name__ == "__main__":
    findings = check(Path(sys.argv[1]), sys.argv[2])
    print("\n".join(findings) or "whole")  # noqa: T201
    sys.exit(bool(findings))
