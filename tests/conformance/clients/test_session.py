"""How the output of a client is found, and what a run keeps."""

from conformance.clients.session import PIPE, TERMINAL, Session
from conformance.clients.steps import Script, awaited, token
from conformance.octets import Out
from tests.conformance.clients.played import SHORT, WAITS, python, shipped


def test_a_pipe_is_enough() -> None:
    """For a client that writes its lines at once."""
    session = Session(shipped(terminal=None), WAITS)
    session.look()

    assert session.client.terminal is False
    assert session.choices == {"standard output": PIPE}
    assert (session.played, session.connections, session.frames, session.blind) == (1, 1, 1, False)


def test_a_client_that_buffers_is_given_a_terminal() -> None:
    """What it prints must come while it runs. A pipe is tried for no longer than a moment here."""
    session = Session(shipped("buffers-its-output", terminal=None), SHORT)
    real = session.play

    def patient(script: Script, factor: float = 1.0, *, anew: bool = False) -> object:
        session.waits = WAITS if session.client.terminal else SHORT
        return real(script, factor, anew=anew)

    session.play = patient  # type: ignore[method-assign, assignment]
    session.look()

    assert session.client.terminal is True
    assert session.choices == {"standard output": TERMINAL}
    assert not session.blind


def test_a_client_that_shows_nothing() -> None:
    """On neither: then it is not waited for where it does not matter."""
    silent = "say('')\nwhile s.recv(9999): pass"
    session = Session(python(silent, terminal=None), SHORT)
    session.look()

    assert session.blind
    assert session.client.terminal is False
    assert session.choices == {}


def test_what_was_asked_for_is_not_found_out() -> None:
    """`--pty` and `--no-pty`."""
    for terminal in (False, True):
        session = Session(shipped(terminal=terminal), WAITS)
        session.look()
        assert session.client.terminal is terminal
        assert session.choices == {}
        assert not session.blind


def test_a_script_is_played_once() -> None:
    """Unless it is asked for anew; and several are played side by side, in their order."""
    session = Session(shipped(), WAITS)
    scripts = [Script(blocks=awaited(Out("ann", token(number)))) for number in (1, 2, 3)]
    traces = list(session.play_all(scripts))

    assert [trace.script for trace in traces] == scripts
    assert session.play(scripts[1]) is traces[1]
    assert session.played == 3
    assert session.play(scripts[1], anew=True) is not traces[1]
    assert session.played == 4
