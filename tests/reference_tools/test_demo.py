"""`chat-demo`: its command line, and where it appears."""

import pytest

from reference_tools import demo, desktop, tmux
from reference_tools.awaiting import FailedError

Output = pytest.CaptureFixture[str]


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A machine that has, by the letters: a tmux, a desktop, a terminal; or is within tmux."""
    has = str(request.param)
    monkeypatch.setattr(tmux, "is_there", lambda: "t" in has)
    monkeypatch.setattr(desktop, "is_there", lambda: "d" in has)
    monkeypatch.setattr(demo, "has_terminal", lambda: "T" in has)
    monkeypatch.setenv("TMUX", "/tmp/tmux,1,0" if "W" in has else "")


@pytest.mark.parametrize(
    ("place", "wanted", "kind"),
    [
        ("tT", "auto", tmux.Panes),
        ("tTd", "auto", tmux.Panes),
        ("tWd", "auto", tmux.Panes),
        ("t", "auto", tmux.Panes),
        ("td", "auto", desktop.Windows),
        ("dT", "auto", desktop.Windows),
        ("tTd", "windows", desktop.Windows),
        ("td", "tmux", tmux.Panes),
    ],
    indirect=["place"],
)
@pytest.mark.usefixtures("place")
def test_where_it_appears(wanted: str, kind: type) -> None:
    """In tmux if that can be seen, else in windows; as it was told, if it was told."""
    assert isinstance(demo.stage_for(wanted), kind)


@pytest.mark.parametrize(
    ("place", "wanted", "advice"),
    [("T", "auto", "Install tmux"), ("d", "tmux", "apt install tmux"), ("T", "auto", "start chat-server and then")],
    indirect=["place"],
)
@pytest.mark.usefixtures("place")
def test_nowhere(wanted: str, advice: str) -> None:
    """What can be done about it is said."""
    with pytest.raises(FailedError, match=advice):
        demo.stage_for(wanted)


@pytest.mark.parametrize(
    ("given", "count", "names"),
    [
        (None, None, ["ann", "bob", "carl"]),
        (None, 1, ["ann"]),
        (None, 10, ["ann", "bob", "carl", "dora", "emil", "fay", "gus", "hana", "guest9", "guest10"]),
        (["x", "y"], None, ["x", "y"]),
        (["x", "y"], 2, ["x", "y"]),
    ],
)
def test_who_takes_part(given: list[str] | None, count: int | None, names: list[str]) -> None:
    """As many as are wanted, by the names that are wanted."""
    assert demo.names_for(given, count) == names


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--clients", "0"], "clients from 1 to 50, not '0'"),
        (["--clients", "51"], "clients from 1 to 50, not '51'"),
        (["--clients", "many"], "not 'many'"),
        (["--port", "-1"], "a port from 0 to 65535"),
        (["--port", "65536"], "a port from 0 to 65535"),
        (["--nicks", "ann,,bob"], "a nick has at least one character"),
        (["--nicks", "ann,b\x1bb"], "no control character"),
        (["--nicks", "ann,b\udcff"], "a nick is UTF-8"),
        (["--nicks", "ann,Ann"], "would refuse 'Ann' beside 'ann'"),
        (["--nicks", "ann,server"], "would refuse 'server' beside 'Server'"),
        (["--nicks", ",".join(map(str, range(51)))], "50 are the most"),
        (["--nicks", "ann,bob", "--clients", "3"], "--nicks has 2"),
        (["--in", "nowhere"], "invalid choice: 'nowhere'"),
        (["--cl", "3"], "unrecognized"),
    ],
)
def test_bad_usage(words: list[str], complaint: str, capsys: Output) -> None:
    """One line, and status 2; nothing is opened."""
    with pytest.raises(SystemExit) as left:
        demo.main(words)
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert complaint in said
    assert said.startswith("chat-demo: ")
    assert said.count("\n") == 1
