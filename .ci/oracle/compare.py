"""Compares what we read of messages with what GMime, CPython and MIME-tools read.

    compare.py CLASSES DIR [--show N]

DIR has ours.jl, gmime.jl, cpython.jl and mimetools.jl. CLASSES says why they differ: a line for
each class, with tabs between the oracles, what differs (refused, count, leaf, subject, address), the
conditions, all of which must hold, and the reason. The first class that fits counts. A difference
that no class fits, and a class that nothing fits, is a failure.
"""

import collections, fnmatch, json, re, sys

ORACLES = ["gmime", "cpython", "mimetools"]
EXACT, PLAIN, LOOSE = 0, 1, 2


def load(path):
    with open(path, encoding="utf-8", errors="replace") as lines:
        return {told["file"]: told for told in map(json.loads, lines)}


def words(text):
    return " ".join(text.split())


class Leaf:
    """A leaf of ours, and the one of theirs in the same place."""

    def __init__(self, ours, theirs):
        self.size, self.kind, self.encoding, self.defects = ours[2], ours[3], ours[4], ours[6]
        self.ours = (ours[0], ours[1], ours[5])
        self.theirs, self.their_size = theirs[:3], theirs[3]

    def same(self, how):
        return self.ours[how] == self.theirs[how]


class Difference:
    def __init__(self, oracle, item, ours, theirs, **more):
        self.oracle, self.item, self.ours, self.theirs = oracle, item, ours, theirs
        self.name = self.leaf = None
        self.__dict__.update(more)

    def meets(self, condition):
        name, _, value = condition.partition(":")
        return bool(getattr(self, "is_" + name.replace("-", "_"))(value))

    # Conditions of a whole message.

    def is_path(self, pattern):
        return fnmatch.fnmatch(self.ours["file"], pattern)

    def is_defect(self, kind):
        return kind in self.ours["defects"]

    def is_field_count(self, limit):
        return self.ours["fields"] <= int(limit)

    def is_rule(self, names):
        """Read by these rules, all leaves are theirs."""
        ours, theirs = self.ours["readings"][names], self.theirs["leaves"]
        return len(ours) == len(theirs) and all(
            them is None or them[PLAIN] == us[PLAIN] or them[LOOSE] == us[5]
            for us, them in zip(ours, theirs)
        )

    def is_rule_count(self, names):
        """Read by these rules, there are as many leaves."""
        return len(self.ours["readings"][names]) == len(self.theirs["leaves"])

    def is_but_empty(self, _):
        """Without the leaves that hold nothing, all are theirs."""
        empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        ours = [it[5] for it in self.ours["leaves"] if it[5] != empty]
        theirs = [it[LOOSE] for it in self.theirs["leaves"] if it is not None]
        return ours == [it for it in theirs if it != empty]

    def is_but_undivided(self, _):
        """Without the multiparts that are leaves here, as many leaves are left."""
        left = [it for it in self.ours["leaves"] if not it[3].startswith("multipart/")]
        return len(left) == len(self.theirs["leaves"])

    def is_with_undivided(self, _):
        """With the multiparts that have no parts, there are as many."""
        return len(self.ours["leaves"]) + self.ours["undivided"] == len(self.theirs["leaves"])

    def is_has_type(self, pattern):
        return any(fnmatch.fnmatch(it[3].lower(), pattern) for it in self.ours["leaves"])

    # Conditions of a leaf.

    def is_line_ends(self, _):
        return self.leaf.same(PLAIN)

    def is_white(self, _):
        if self.item == "subject":
            return words(self.ours["subject"]) == words(self.theirs["subject"])
        return self.leaf.same(LOOSE)

    def is_type(self, pattern):
        return fnmatch.fnmatch(self.leaf.kind.lower(), pattern)

    def is_encoding(self, name):
        return self.leaf.encoding == name

    def is_leaf_defect(self, kind):
        return kind in self.leaf.defects

    def is_theirs_empty(self, _):
        return self.leaf.their_size == 0

    # Conditions of a subject or of addresses.

    def raw(self):
        return self.ours["raw"][self.name or "subject"] or ""

    def is_raw(self, pattern):
        return re.search(pattern, self.raw(), re.S)

    def is_eight_bit(self, _):
        return not self.raw().isascii()

    def is_theirs(self, pattern):
        """Every address that only they have, or their subject, is like this."""
        return all(re.fullmatch(pattern, it or "", re.S) for it in self.only("theirs", "ours"))

    def is_theirs_none(self, _):
        """They have nothing at all."""
        return not self.theirs[self.name or "subject"]

    def is_ours_none(self, _):
        """No address is here alone."""
        return not self.only("ours", "theirs")

    def is_theirs_more(self, _):
        """All of ours, in their order, and some more."""
        ours, theirs = self.ours[self.name], self.theirs[self.name]
        return ours and theirs[: len(ours)] == ours

    def is_begins(self, _):
        """Their subject is the beginning of ours."""
        return self.ours["subject"].startswith(self.theirs["subject"])

    def is_ours(self, pattern):
        return all(re.fullmatch(pattern, it or "", re.S) for it in self.only("ours", "theirs"))

    def only(self, who, other):
        if self.item == "subject":
            return [getattr(self, who)["subject"]]
        mine = collections.Counter(getattr(self, who)[self.name])
        return list((mine - collections.Counter(getattr(self, other)[self.name])).elements())

    def __str__(self):
        what = ""
        if self.item == "count":
            what = f"{len(self.ours['leaves'])} here, {len(self.theirs.get('leaves', []))} there"
        elif self.item == "refused":
            what = "read here"
        elif self.leaf:
            leaf = self.leaf
            what = f"{leaf.kind} {leaf.encoding}: {leaf.size} here, {leaf.their_size} there {leaf.defects}"
        else:
            name = self.name or "subject"
            what = f"{self.ours[name]!r} here, {self.theirs.get(name)!r} there"
        return f"{self.ours['file']} {self.oracle} {self.item} {what[:300]} {self.ours['defects']}"


def differences(oracle, ours, theirs):
    """What differs of one message, and how many things were compared."""
    if "leaves" not in theirs:
        yield Difference(oracle, "refused", ours, theirs)
        return
    if len(ours["leaves"]) != len(theirs["leaves"]):
        yield Difference(oracle, "count", ours, theirs)
    else:
        for us, them in zip(ours["leaves"], theirs["leaves"]):
            leaf = Leaf(us, them) if them is not None else None
            if leaf and not leaf.same(EXACT):
                yield Difference(oracle, "leaf", ours, theirs, leaf=leaf)
    if "subject" in theirs and ours["subject"] != theirs["subject"]:
        yield Difference(oracle, "subject", ours, theirs)
    for name in ["from", "to", "cc"]:
        if name in theirs and ours[name] != theirs[name]:
            yield Difference(oracle, "address", ours, theirs, name=name)


def classes(path):
    found = []
    for line in open(path, encoding="utf-8"):
        if line.strip() and not line.startswith("#"):
            oracles, items, conditions, reason = line.rstrip("\n").split("\t")
            assert len(reason) > 30, line
            found.append((oracles.split(), items.split(), conditions.split(), reason))
    return found


def main():
    path, folder = sys.argv[1:3]
    show = int(sys.argv[sys.argv.index("--show") + 1]) if "--show" in sys.argv else 40
    ours, known = load(f"{folder}/ours.jl"), classes(path)
    seen, unknown = collections.Counter(), []
    for oracle in ORACLES:
        theirs, same, raised = load(f"{folder}/{oracle}.jl"), collections.Counter(), 0
        counts = collections.Counter()
        for name, us in ours.items():
            them = theirs[name]
            raised += "raised" in them
            here = list(differences(oracle, us, them))
            for item in ["refused", "count", "leaf", "subject", "address"]:
                same[item] += not any(it.item == item for it in here)
            for it in here:
                for at, (oracles, items, conditions, _) in enumerate(known):
                    fits = oracle in oracles and it.item in items
                    if fits and all(it.meets(condition) for condition in conditions):
                        seen[at] += 1
                        counts["classified"] += 1
                        break
                else:
                    unknown.append(it)
        told = ", ".join(f"{item} {n}" for item, n in same.items())
        print(f"{oracle}: {len(ours)} messages; alike: {told}; {counts['classified']} differences with a reason; raised on {raised}")
    for at, (oracles, items, conditions, reason) in enumerate(known):
        print(f"  {seen[at]:5} {'/'.join(oracles)} {'/'.join(items)} [{' '.join(conditions)}] {reason}")
    unused = [it for at, it in enumerate(known) if not seen[at]]
    for it in unused:
        print("nothing fits this class any more:", it)
    print(f"{len(unknown)} differences without a reason")
    for it in unknown[:show]:
        print("  ", it)
    sys.exit(1 if unknown or unused else 0)


main()
