"""Mistakes in how it ends (CLIENT-5)."""

from conformance.clients.faults.base import MalformedError
from conformance.clients.faults.fault import ClientFault


class LeavesInSilence(ClientFault, breaks="CLIENT-5", mistake="when the server goes away it ends without a word"):
    def on_end(self) -> None:
        self.ended = True


class SilentWhenReset(ClientFault, breaks="CLIENT-5", mistake="when the connection is reset it ends without a word"):
    def on_broken(self, error: OSError) -> None:
        self.ended = True


class LoopsAtTheEnd(ClientFault, breaks="CLIENT-5", mistake="when the server goes away it reads nothing for ever"):
    def on_end(self) -> None:
        pass

    def turn(self) -> None:
        super().turn()


class SilentInsideAFrame(ClientFault, breaks="CLIENT-5", mistake="an end inside a frame is not told"):
    def on_end(self) -> None:
        if not self.buffer:
            self.say("the server has closed the connection")
        self.ended = True


class HidesTheReason(ClientFault, breaks="CLIENT-5", mistake="what comes before the join is announced is not shown"):
    def show(self, time: str, nick: str, text: str) -> None:
        if self.joined:
            super().show(time, nick, text)


class SilentRefusal(ClientFault, breaks="CLIENT-5", mistake="an end before the join is announced is not told"):
    def on_end(self) -> None:
        if self.joined:
            self.say("the server has closed the connection")
        self.ended = True


class SaysOnlyThatItIsOver(
    ClientFault, breaks="CLIENT-5", mistake="of a malformed frame it says what it says of any end"
):
    def on_malformed(self, error: MalformedError) -> None:
        self.on_end()


class SilentWhenMalformed(ClientFault, breaks="CLIENT-5", mistake="a malformed frame ends it without a word"):
    def on_malformed(self, error: MalformedError) -> None:
        self.ended = True
