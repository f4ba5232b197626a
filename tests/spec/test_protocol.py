"""The prose of protocol.md agrees with the code beside it, octet by octet, and with itself."""

import re

import pytest

from spec import requirements, states, vector_files, wire
from spec.states import TABLE, Input, State
from tests.spec import grammar

PROSE = requirements.prose()
DUMP = re.compile(r"^([0-9a-f]{4})  ((?:[0-9a-f]{2} {1,2})+) *\|(.*)\|$", re.MULTILINE)
FRAME = re.compile(
    r"```frame\n([<>]) .*\ntime \"(.*)\"  nick \"(.*)\"  text \"(.*)\"  body (\d+) octets\n((?s:.*?))```"
)
FRAMES = FRAME.findall(PROSE)


def octets_of(dump: str) -> bytes:
    """The octets of a dump, whose offsets and ASCII column have to agree with them."""
    octets = b""
    for offset, numbers, characters in DUMP.findall(dump):
        row = bytes.fromhex(numbers)
        assert int(offset, 16) == len(octets)
        assert characters == "".join(chr(octet) if 0x20 <= octet < 0x7F else "." for octet in row)
        octets += row
    assert len(DUMP.findall(dump)) == len(dump.splitlines())
    return octets


@pytest.mark.parametrize("frame", FRAMES, ids=range(1, len(FRAMES) + 1))
def test_every_octet_of_the_conversation_is_right(frame: tuple[str, ...]) -> None:
    """The definition builds each dumped frame out of the fields above it."""
    direction, *fields, length, dump = frame
    definition = wire.TO_SERVER if direction == ">" else wire.TO_CLIENT

    octets = definition.build(dict(zip(vector_files.FIELDS, fields, strict=True)))

    assert octets_of(dump) == octets
    assert int(length) == len(octets) - 10


def test_the_conversation_is_one() -> None:
    """Two joins, an announcement of each, chat out and back with the server's time, a leave, none of them skipped."""
    steps = [(direction, nick, text) for direction, _, nick, text, _, _ in FRAMES]
    assert [step[0] for step in steps] == [*"><><><><<"]
    assert [text for _, nick, text in steps if nick == "Server"] == [
        "[ann] joined the chat",
        "[Zoë] joined the chat",
        "[Zoë] left the chat",
    ]
    assert steps[5][1:] == steps[4][1:]
    assert steps[7][1:] == steps[6][1:]
    assert not steps[7][2].isascii()
    times = [time for direction, time, *_ in FRAMES if direction == "<"]
    assert times == sorted(times)
    assert PROSE.count("```frame\n") == len(FRAMES) == 9


def test_the_table_of_states_is_that_of_the_code() -> None:
    """Each cell of the prose is the row of TABLE, a dash is a missing row."""
    _, _, rest = PROSE.partition("| state |")
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in rest.split("\n\n")[0].splitlines()]
    inputs = [Input[name] for name in rows[0]]
    told = {
        (State[name], given): State[cell]
        for name, *cells in rows[2:]
        for given, cell in zip(inputs, cells, strict=True)
        if cell != "–"
    }

    assert set(inputs) == set(Input)
    assert [State[row[0]] for row in rows[2:]] == list(State)
    assert told == states.TABLE == TABLE


def test_key_words_stand_in_quotations_only() -> None:
    """Outside of the quotations, the attributes and section 1, nothing looks as if it bound somebody."""
    _, _, rest = PROSE.partition("\n## 2 ")
    explanations = re.sub(r"^(?:>.*|\*(?:core|hardened) · .*)$", "", rest, flags=re.MULTILINE)

    assert re.findall(r"\b(?:MUST|SHALL|SHOULD|MAY|REQUIRED|RECOMMENDED|OPTIONAL)\b", explanations) == []


def test_every_requirement_is_explained() -> None:
    """Text follows each quotation before the next heading."""
    for identifier in requirements.register():
        block = PROSE.split(f"</a>{identifier}\n")[1].split("\n#")[0]
        *_, after = re.split(r"^>.*\n", block, flags=re.MULTILINE)
        assert len(after.split()) >= 12, identifier


def test_references_lead_somewhere() -> None:
    """Each id that is mentioned is a requirement, each section number and link a heading."""
    mentioned = set(re.findall(r"\b([A-Z]{4,}-\d+)\b", PROSE))
    assert mentioned == set(requirements.register())
    headings = re.findall(r"^## (\d+) (.*)$", PROSE, re.MULTILINE)
    assert [int(number) for number, _ in headings] == list(range(1, len(headings) + 1))
    anchors = {f"{number}-{title}".lower().replace(",", "").replace(" ", "-") for number, title in headings}
    assert set(re.findall(r"\]\(#([^)]*)\)", PROSE)) == anchors
    assert set(re.findall(r"[Ss]ection (\d+)\b(?!\.)", PROSE.replace("RFC 3629 section 4", ""))) <= {
        n for n, _ in headings
    }


def test_the_grammar_is_complete() -> None:
    """Each listing defines what it uses, once, and uses what it defines, but for what it is there to define."""
    starts = [
        {"frame", "canonical-header"},
        {"time", "server-nick", "joined-text", "left-text", "history-text", "shown"},
    ]
    for block, start in zip(grammar.blocks(), starts, strict=True):
        rules = grammar.rules(block)
        used = set().union(*(grammar.names(definition) for definition in rules.values()))
        assert used - set(rules) == set()
        assert set(rules) - used == start


def test_the_announcements_of_the_grammar() -> None:
    """A nick in its announcement, whatever it looks like; and no other case of a letter."""
    for nick in ("ann", "a b", "a] joined the chat", "👋" * 64):
        assert grammar.matches("joined-text", f"[{nick}] joined the chat")
        assert grammar.matches("left-text", f"[{nick}] left the chat")
    assert not grammar.matches("joined-text", "[ann] Joined the chat")
    assert not grammar.matches("left-text", "[ann ] left the chat")
    assert grammar.matches("server-nick", "Server")
    assert not grammar.matches("server-nick", "server")
    assert grammar.matches("history-text", "history: 2026-11-22T09:00:00.000Z [bob] hi")
    assert grammar.matches("shown", "10:21:07 [bob] hi")


@pytest.mark.parametrize(
    ("rule", "least", "most"), [("month", 1, 12), ("day", 1, 31), ("hour", 0, 23), ("minute", 0, 59), ("second", 0, 60)]
)
def test_the_ranges_of_a_time(rule: str, least: int, most: int) -> None:
    """Two digits each, and the numbers that RFC 3339 allows for the field."""
    assert [number for number in range(100) if grammar.matches(rule, f"{number:02}")] == [*range(least, most + 1)]
    assert not grammar.matches(rule, "1")


def test_the_numbers_of_the_prose_are_those_of_the_definition() -> None:
    """The maxima, and the lengths of an announcement's ends that JOIN-2's explanation gives."""
    sentences = {identifier: each.sentence for identifier, each in requirements.register().items()}
    for number in (wire.SERVER_MAX_BODY_OCTETS, wire.CLIENT_MAX_BODY_OCTETS):
        assert f"{number:,}" in sentences["FRAME-7"]
    assert f"{wire.LARGEST_MAX_BODY_OCTETS:,}" in sentences["FRAME-8"]
    assert len("2026-11-22T10:21:07.250000Z") == 27
    assert wire.CLIENT_MAX_BODY_OCTETS == wire.SERVER_MAX_BODY_OCTETS + 27 + 64 * 4
    assert (len("[alice] joined the chat"), len("] joined the chat")) == (23, 17)
