"""What CPython's email (policy.default) reads of the messages whose paths come on standard input:
one JSON object a line."""

import email, hashlib, json, sys, warnings
from email import policy

warnings.simplefilter("ignore")


def plain(octets):
    """Line ends are LF, and none stand at the end."""
    return octets.replace(b"\r", b"").rstrip(b"\n")


def loose(octets):
    """No white space at all."""
    return octets.translate(None, b" \t\n\r\f")


def leaves(message):
    # In the order of walk(), without its recursion.
    todo, found = [message], []
    while todo:
        part = todo.pop()
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            # It is taken apart into fields, and what it was is gone.
            found.append(None)
        elif part.is_multipart():
            todo.extend(reversed(part.get_payload()))
        else:
            octets = part.get_payload(decode=True) or b""
            sums = [hashlib.sha256(it).hexdigest() for it in (octets, plain(octets), loose(octets))]
            found.append([*sums, len(octets)])
    return found


def addresses(message, name):
    field = message[name]
    return [it.addr_spec for it in field.addresses] if field is not None else []


def clean(value):
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def read(path):
    octets = open(path, "rb").read()
    if octets.startswith(b"From "):
        octets = octets.partition(b"\n")[2]
    told = {"file": path}
    message = email.message_from_bytes(octets, policy=policy.default)
    # What raises is a finding about the oracle: the harness has a class for it.
    for name, value in [
        ("leaves", lambda: leaves(message)),
        ("subject", lambda: clean(str(message["subject"] or ""))),
        ("from", lambda: [clean(it) for it in addresses(message, "from")]),
        ("to", lambda: [clean(it) for it in addresses(message, "to")]),
        ("cc", lambda: [clean(it) for it in addresses(message, "cc")]),
    ]:
        try:
            told[name] = value()
        except Exception as error:
            told.setdefault("raised", {})[name] = type(error).__name__
    return told


for line in sys.stdin:
    path = line.rstrip("\n")
    try:
        told = read(path)
    except Exception as error:
        told = {"file": path, "raised": {"all": type(error).__name__}}
    print(json.dumps(told))
