#!/usr/bin/env python3
"""Writes the tables beside it: what each octet of a charset is, from the mappings that Python
ships (made from Unicode's files), and for those that Python does not have from glibc's iconv.

    python3 tables.py
"""
import pathlib
import subprocess

PYTHON = """cp437 cp720 cp737 cp775 cp850 cp852 cp855 cp856 cp857 cp858 cp860 cp861 cp862 cp863 cp864
cp865 cp869 cp1006 cp1125 hp_roman8 koi8_t kz1048 mac_greek mac_turkish mac_latin2 mac_iceland
mac_croatian mac_romanian ptcp154""".split()
ICONV = "ARMSCII-8 GEORGIAN-PS GEORGIAN-ACADEMY KOI8-RU MIK".split()
PYTHON_WHOLE = "cp037 cp273 cp424 cp500 cp875 cp1026 cp1140".split()
ICONV_WHOLE = "VISCII TCVN CP1047".split()
HERE = pathlib.Path(__file__).parent


def python(name, octet):
    try:
        return bytes([octet]).decode(name)
    except UnicodeDecodeError:
        return "\ufffd"


def iconv(name, octet):
    run = subprocess.run(["iconv", "-f", name, "-t", "utf-8"], input=bytes([octet]), capture_output=True)
    return run.stdout.decode() if run.returncode == 0 and run.stdout else "\ufffd"


def table(name, of, start):
    chars = [of(name, octet) for octet in range(start, 256)]
    assert all(len(c) == 1 and ord(c) < 0x10000 for c in chars), name
    rows = []
    for at in range(0, len(chars), 12):
        rows.append("    " + " ".join(f"0x{ord(c):x}," for c in chars[at : at + 12]))
    ident = name.upper().replace("-", "_")
    size = 256 - start
    return f"pub(super) static {ident}: Table<{size}> = Table::new(&[\n" + "\n".join(rows) + "\n]);\n"


def write(file, doc, tables):
    text = f"//! {doc} Written by `tables.py`.\n#![cfg_attr(rustfmt, rustfmt_skip)]\n\nuse super::single::Table;\n\n"
    (HERE / file).write_text(text + "\n".join(tables))


write(
    "high.rs",
    "Charsets whose first half is US-ASCII: the second.",
    [table(name, python, 128) for name in PYTHON] + [table(name, iconv, 128) for name in ICONV],
)
write(
    "whole.rs",
    "Charsets that are not US-ASCII below 128: EBCDIC, and those of Vietnam.",
    [table(name, python, 0) for name in PYTHON_WHOLE] + [table(name, iconv, 0) for name in ICONV_WHOLE],
)
