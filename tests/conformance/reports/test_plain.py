"""What the plain forms say of a failure."""

from conformance.reports import plain
from tests.conformance.reports import samples


def test_a_failure_is_told() -> None:
    """From the sentence to the replay; what there is not is left out."""
    row = samples.ordinary()["requirements"][5]
    bare = samples.check("FRAME-6/bare", "fail", samples.failure(who="", replay=None))

    lines = plain.told(row, row["checks"][0])
    assert lines[0] == f"FRAME-6 (core): {row['sentence']}"
    assert lines[1:6] == [
        "check:    FRAME-6/one-cut (MUST), 4 of 4 times",
        "at:       bob",
        "expected: 'hi 0042'",
        "seen:     nothing; the server closed the connection of ann",
        "",
    ]
    assert lines[-2:] == ["", "replay:   chat-conformance replay FRAME-6-one-cut.json 127.0.0.1:5050"]
    assert [line.partition(":")[0] for line in plain.told(row, bare)[1:]] == ["check", "expected", "seen"]


def test_long_texts_are_cut() -> None:
    """To so many characters, the last of which says so; nothing else is changed."""
    assert plain.short("a" * plain.MOST_CHARACTERS) == "a" * plain.MOST_CHARACTERS
    assert plain.short("a" * 1000, 10) == "aaaaaaaaa…"
    assert plain.short("a\nb\x1b") == "a␊b␛"
    assert plain.short(17) == "17"


def test_long_conversations_are_cut() -> None:
    """In the middle, and each line."""
    marks = "e" + "\u0301" * 5000
    talk = [samples.frame(float(n), "ann", "sent", "ann", "word " * 100) for n in range(200)]
    lines = plain.talk(samples.check("X-1/x", "fail", samples.failure(talk)))
    wide = plain.talk(samples.check("X-1/x", "fail", samples.failure([samples.entry(0.0, "ann", "sent", marks)])))

    assert len(lines) == plain.MOST_LINES + 1
    assert lines.count("  …") == 1
    assert max(map(len, wide)) == plain.LINE_CHARACTERS


def test_the_counts() -> None:
    """Worst first."""
    assert plain.summary(samples.conformant()) == "Of 43 requirements, 43 passed."
    assert plain.summary(samples.report()) == "No requirement was selected."


def test_sentences_alone_are_a_diagnosis() -> None:
    """As they were in earlier reports."""
    assert plain.likely(samples.report(diagnosis=["old"])) == [{"mistake": "old"}]
