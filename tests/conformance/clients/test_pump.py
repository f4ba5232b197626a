"""The suite's end of a playing with a client."""

from conformance.clients.pump import Pump
from conformance.clients.steps import Script
from conformance.clients.trace import ClientTrace
from tests.conformance.clients.played import python


def test_what_came_is_taken_though_the_suite_is_late() -> None:
    """When a wait has run out, what the system holds is read before anybody is blamed."""
    pump = Pump(python("time.sleep(600)"), ClientTrace(Script()))
    try:
        answers = iter([False, True])
        assert pump.until(lambda: next(answers), 0.0)
        assert not pump.until(lambda: False, 0.0)
    finally:
        pump.close()


def test_a_client_that_comes_again_is_not_heard() -> None:
    """One that reconnects is refused: it has nothing to do with what is tried."""
    code = "say('one')\nd=socket.socket()\nprint('again', d.connect_ex(s.getpeername()), flush=True)\ntime.sleep(600)"
    trace = ClientTrace(Script())
    pump = Pump(python(code), trace)
    try:
        assert pump.until(lambda: b"\n" in trace.output, 20.0)
        assert pump.until(lambda: bool(trace.frames), 20.0)
        assert [frame.text for frame in trace.frames] == ["one"]
        assert len([entry for entry in trace.entries if entry.what == "opened"]) == 1
    finally:
        pump.close()
