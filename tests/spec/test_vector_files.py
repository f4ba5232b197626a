"""The loader reads what README.md describes and refuses all else, naming the file."""

import pytest

from spec import vector_files
from spec.vector_files import Frame, Malformed, NickPair, Nicks, Times, Unfinished, VectorError, parse

FRAME = 'about = "x."\nkind = "frame"\nrequirement = "FRAME-1"\noctets = ["37", { repeat = "20 20", times = 2 }]\n'
FIELDS = '[fields]\ntime = ""\nnick = ["a", { repeat = "b", times = 3 }]\ntext = "c"\n'
NICKS = 'about = "x."\nkind = "nick"\nrequirement = "NICK-1"\n'
PAIR = 'about = "x."\nkind = "nick-pair"\nrequirement = "NICK-4"\n'


def test_pieces_are_joined_and_defaults_filled_in() -> None:
    """Octets and strings can be repeated; a frame is canonical and for a server unless it says otherwise."""
    vector = parse("valid/x", FRAME + FIELDS)

    expected = Frame("valid/x", "x.", "FRAME-1", b"7    ", ("", "abbb", "c"), True, 1_048_576)
    assert vector == expected
    assert vector.valid


def test_each_kind_has_its_class() -> None:
    """All six kinds are read, the invalid frame with its place."""
    malformed = parse("invalid/x", FRAME + 'part = "body"\noctet = 3\nmaximum = 9\n')
    assert malformed == Malformed("invalid/x", "x.", "FRAME-1", b"7    ", "body", 3, 9)
    assert not malformed.valid
    assert isinstance(parse("valid/x", FRAME.replace('"frame"', '"unfinished"') + "missing = 5"), Unfinished)
    assert parse("invalid/x", NICKS + 'nicks = ["61", ["62", "63"]]') == Nicks(
        "invalid/x", "x.", "NICK-1", (b"a", b"bc")
    )
    pair = parse("valid/x", PAIR + 'pair = ["61", "62"]\nequal = false\nchoice = true')
    assert pair == NickPair("valid/x", "x.", "NICK-4", b"a", b"b", False, True)
    times = parse("valid/x", NICKS.replace("nick", "time") + 'times = ["now"]')
    assert times == Times("valid/x", "x.", "NICK-1", ("now",))


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("valid/x", "about = ", "Invalid value"),
        ("valid/x", "", "kind is None"),
        ("valid/x", FRAME.replace("frame", "frames") + FIELDS, "'valid/frames'"),
        ("invalid/x", PAIR, "'invalid/nick-pair'"),
        ("valid/x", FRAME, "fields is None"),
        ("valid/x", FRAME + "colour = 1\n" + FIELDS, "unknown keys colour"),
        ("valid/x", FRAME + FIELDS + 'colour = "red"\n', "unknown keys colour"),
        ("valid/x", FRAME + FIELDS.replace("text", "txt"), "neither a string"),
        ("valid/x", FRAME.replace("37", "3") + FIELDS, "not hex"),
        ("valid/x", FRAME.replace("times = 2", "times = 0") + FIELDS, "neither a string"),
        ("valid/x", FRAME.replace("times = 2", "times = 2, x = 1") + FIELDS, "neither a string"),
        ("valid/x", FRAME + "canonical = 1\n" + FIELDS, "instead of a bool"),
        ("invalid/x", FRAME + 'part = "tail"\noctet = 3', "part is 'tail'"),
        ("invalid/x", FRAME + 'part = "body"\noctet = -1', "octet is -1"),
        ("invalid/x", FRAME + 'part = "body"\noctet = true', "instead of a int"),
        ("valid/x", PAIR + 'pair = ["61"]\nequal = true', "a pair of 1 nicks"),
    ],
)
def test_a_malformed_file_is_named(name: str, text: str, complaint: str) -> None:
    """The error says which file and what is wrong with it."""
    with pytest.raises(VectorError) as caught:
        parse(name, text)

    assert str(caught.value).startswith(name + ": ") or name in str(caught.value)
    assert complaint in str(caught.value)


def test_all_files_are_found_and_described() -> None:
    """The sources are the vectors in the order of their names, and the description, which speaks of every kind."""
    sources = vector_files.sources()
    readme = sources.pop("README")

    assert list(sources) == [vector.name for vector in vector_files.load()] == sorted(sources)
    for kind in ("frame", "unfinished", "nick", "nick-pair", "time"):
        assert f"**`{kind}`" in readme
