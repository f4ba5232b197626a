"""Reports made by hand, as `conformance.report.as_json` makes them: ordinary ones, hostile ones, large ones."""

import re
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from conformance.report import version
from spec.display import safe
from spec.requirements import register

Data = dict[str, Any]
STAMP = "2026-11-22T10:21:07.123Z"
HOSTILE = [
    "\x1b[2J\x1b]0;title\x07",
    "]]><script>alert(1)</script>&amp;",
    "</script></style></title></textarea><!--",
    "\"' onmouseover='alert(1)' x=\"",
    "{{ 7 * 7 }}{% raw %}{# #}${7*7}",
    "javascript:alert(1)",
    "\u202eoverride\u2066\u2069\u200f\u061c",
    "".join(map(chr, range(0x20))) + "\x7f\x85\x9b",
    "\ufffe\uffff\ufeff\u2028\u2029",
    "\udc80 alone",
    "`code` FRAME-6 `<b>` RELAY-5 `",
    "=HYPERLINK(1)|::error::%0A",
    "\U0010ffff😀e" + "\u0301" * 30,
]

# Any text without what is given a meaning where prose is expected: backticks and ids.
PLAIN_TEXTS = st.text(st.characters(exclude_characters="`"), min_size=1).filter(
    lambda text: not re.search("[A-Z]+-[0-9]", text)
)


# Any text at all, half surrogate pairs included, with a liking for what means something somewhere.
ANY_TEXTS = (
    st.lists(
        st.sampled_from(
            [*HOSTILE, "`", "``", "\n", "\r\n", "::", "::error::", "%0A", "@", "|", "\\", "<", " ", "#1", "- "]
        )
        | st.text(st.characters(), max_size=8),
        min_size=1,
        max_size=8,
    )
    .map("".join)
    .filter(bool)
)


def parts_of(time: str, nick: str, text: str) -> list[Data]:
    """The annotation of one frame."""
    fields = [time.encode(), nick.encode(), text.encode(errors="surrogatepass")]
    length = sum(map(len, fields)) + 2
    found = [part("header", b"%-10d" % length, f"{length:<10}", f"{length} octets follow")]
    for name, octets, shown in zip(("time", "nick", "text"), fields, (time, nick, text), strict=True):
        found += [part("separator", b"\0", "\0")] if name != "time" else []
        found.append(part(name, octets, shown))
    return found


def part(name: str, octets: bytes, shown: str, note: str | None = None) -> Data:
    """One part of a stretch of octets."""
    return {"part": name, "length": len(octets), "octets": octets[:60].hex(), "shown": safe(shown), "note": note}


def entry(ms: float, who: str, what: str, shown: str = "", parts: Sequence[Data] | None = None) -> Data:
    """One line of a transcript; what was sent or received is as long as its parts, or as what is shown."""
    octets = shown.encode(errors="surrogatepass") if what in ("sent", "received") else b""
    if parts is not None:
        octets = bytes.fromhex("".join(one["octets"] for one in parts))
    made: Data = {
        "ms": ms,
        "who": who,
        "what": what,
        "length": sum(one["length"] for one in parts) if parts is not None else len(octets),
        "octets": octets[:120].hex(),
        "shown": safe(shown),
    }
    return made if parts is None else {**made, "parts": list(parts)}


def frame(ms: float, who: str, what: str, nick: str, text: str) -> Data:
    """A line with one whole frame."""
    return entry(ms, who, what, f"{STAMP} [{nick}] {text}", parts_of(STAMP, nick, text))


def joined(who: str, ms: float) -> list[Data]:
    """A party connects, joins, and hears of it."""
    nick = f"{who}-0042"
    return [
        entry(ms, who, "opened"),
        frame(ms + 0.2, who, "sent", nick, ""),
        frame(ms + 0.4, who, "received", "Server", f"[{nick}] joined the chat"),
    ]


def cut_conversation() -> list[Data]:
    """A frame that arrives in two pieces, and a server that takes one recv for one message."""
    head = [part("header", b"38        ", "38        ", "38 octets follow")]
    cut = part("cut", b"", "", "cut inside the time: 36 octets of the frame still to come")
    rest = [
        part("octets", b"26-11-22T10:21:07.123Z\x00ann", "26-11-22T10:21:07.123Z\\x00ann", "FRAME-4: expected a digit")
    ]
    return [
        *joined("ann", 0.0),
        *joined("bob", 0.5),
        frame(1.0, "ann", "received", "Server", "[bob-0042] joined the chat"),
        entry(1.2, "ann", "sent", "38        20", [*head, part("time", b"20", "20"), cut]),
        entry(1.4, "ann", "sent", "26-11…", rest),
        frame(1.6, "bob", "received", "Server", "[ann-0042] left the chat"),
        entry(1.7, "ann", "fin"),
        entry(1.8, "bob", "finished"),
        entry(1.9, "bob", "reset"),
        entry(5001.9, "", "expired", "waited 5.0 s in vain for bob to receive the text 'hi'"),
    ]


def failure(transcript: Sequence[Data] = (), **changes: Any) -> Data:
    """The failure of a check."""
    return {
        "expected": "'hi 0042'",
        "seen": "nothing; the server closed the connection of ann",
        "who": "bob",
        "transcript": list(transcript),
        "capsule": "FRAME-6-one-cut.json",
        "replay": "chat-conformance replay FRAME-6-one-cut.json 127.0.0.1:5050",
        **changes,
    }


def check(name: str, verdict: str = "pass", failed: Data | None = None, **changes: Any) -> Data:
    """One check, named as ID/slug."""
    return {
        "name": name,
        "clause": "SHOULD" if verdict == "warn" else "MUST",
        "verdict": verdict,
        "because": None,
        "decided_by": "sentinel",
        "examples": 12,
        "repeats": [4, 4] if failed else [0, 0],
        "seconds": 0.25,
        "failure": failed,
        **changes,
    }


def row(identifier: str, verdict: str = "pass", checks: Sequence[Data] | None = None, **changes: Any) -> Data:
    """One requirement, with the register's own sentence."""
    requirement = register()[identifier]
    undecided = verdict in ("not-run", "inconclusive")
    return {
        "id": identifier,
        "class": requirement.cls,
        "keyword": ", ".join(requirement.keywords),
        "role": requirement.role,
        "observable": requirement.observable,
        "sentence": requirement.sentence,
        "verdict": verdict,
        "because": "FRAME-6 failed" if undecided else None,
        "checks": list(checks) if checks is not None else [check(f"{identifier}/test", verdict)],
        **changes,
    }


def report(*rows: Data, core: str = "fail", hardened: str = "incomplete", **changes: Any) -> Data:
    """A report with these rows."""
    return {
        "schema": 1,
        "spec": "1.0",
        "tool": {"name": "chat-conformance", "version": version()},
        "target": "127.0.0.1:5050",
        "role": "server",
        "started": "2026-11-22T10:21:07Z",
        "duration_seconds": 8.123,
        "seed": 17,
        "depth": "standard",
        "selected": [one["id"] for one in rows],
        "verdict": {"core": core, "hardened": hardened},
        "exit_status": {"fail": 1, "pass": 0}.get(core, 3),
        "trouble": None,
        "cuts": {"confirmed": 370, "likely": 8, "total": 378},
        "choices": {},
        "baseline": {"known": [], "stale": []},
        "diagnosis": [],
        "requirements": list(rows),
        **changes,
    }


def conformant() -> Data:
    """A server without fault."""
    rows = [row(one.id) for one in register().values() if one.binds("server")]
    return report(*rows, core="pass", hardened="pass")


def ordinary() -> Data:
    """One recv taken for one message: a failure, a warning, and rows of every other verdict."""
    failed = failure(cut_conversation())
    older = failure([{key: value for key, value in one.items() if key != "parts"} for one in cut_conversation()])
    odd = {
        "FRAME-6": ("fail", [check("FRAME-6/one-cut", "fail", failed), check("FRAME-6/two-cuts", "fail", older)]),
        "JOIN-5": ("warn", [check("JOIN-5/says-why", "warn", failure(joined("eve", 0.0), who="eve"))]),
        "FRAME-7": ("not-run", None),
        "ROBUST-3": ("inconclusive", None),
    }
    rows = [row(one.id, *odd.get(one.id, ("pass", None))) for one in register().values() if one.binds("server")]
    mistake = {
        "mistake": "one recv is taken for one message",
        "likeness": 0.92,
        "because": ["FRAME-6/one-cut", "FRAME-6/two-cuts"],
        "fault": "one-recv-one-message",
        "ids": ["FRAME-6"],
    }
    other = {**mistake, "mistake": "what a read leaves unfinished is forgotten", "likeness": 0.4}
    choices = {"strangers": "other people are on the server: the run went on gently"}
    return report(*rows, diagnosis=[mistake, other], choices=choices)


def hostile(text: str) -> Data:
    """A report with this text wherever a server's text, a user's or a person's may come to stand."""
    octets = text.encode(errors="surrogatepass")
    parts = [part(name, octets, text, text) for name in ("header", "time", "nick", "text", "separator", "octets")]
    talk = [
        entry(0.0, text, "opened"),
        frame(0.1, text, "sent", safe(text), text),
        entry(0.2, text, "received", text, parts),
        entry(0.3, text, "received", text),
        entry(0.4, "", "expired", text),
    ]
    failed = failure(talk, expected=text, seen=text, who=text, capsule=text, replay=text)
    rows = [
        row("FRAME-6", "fail", [check("FRAME-6/test", "fail", failed, because=text)], sentence=text),
        row("ROBUST-3", "inconclusive", because=text),
    ]
    likely = {"mistake": text, "likeness": 0.5, "because": [text], "fault": text, "ids": ["FRAME-6"]}
    return report(*rows, target=text, trouble=text, choices={text: text}, diagnosis=[likely])


def large(failures: int = 10, lines: int = 200) -> Data:
    """Failures with long conversations of four parties."""
    rows = []
    for one in [one for one in register().values() if one.binds("server")][:failures]:
        talk = [line for number, who in enumerate(("ann", "bob", "cid", "dan")) for line in joined(who, number)]
        while len(talk) < lines:
            who = ("ann", "bob", "cid", "dan")[len(talk) % 4]
            said = f"message {len(talk)}, with some words to it, é€😀"
            what = "sent" if len(talk) % 4 == 0 else "received"
            talk.append(frame(float(len(talk)), who, what, f"{who}-0042", said))
        rows.append(row(one.id, "fail", [check(f"{one.id}/long", "fail", failure(talk))]))
    return report(*rows)
