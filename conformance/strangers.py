"""Whether somebody else is on the server: who spoke, or left, that no conversation of this run has put there."""

from conformance.differences import show
from conformance.octets import Out, announced, is_nobody
from conformance.play import texts
from conformance.script import TAG, Script, Send, nick
from conformance.trace import Trace

HEAD = 80  # characters of a text that are remembered, as they may be taken for a nick


class Strangers:
    """Knows what was played, and hence who is nobody's.

    Args:
        nonce: the run's, which its nicks and texts have in them.
    """

    def __init__(self, nonce: str) -> None:
        self._nonce = nonce.casefold()
        self._begins = {"pulse-", "canary-"}  # of our nicks and texts, up to the nonce
        self._ours: set[str] = set()  # names that are nobody else's, and stay so: what is expected only grows

    def expect(self, script: Script) -> None:
        """Learns what a script says, before it is played: others who are played beside it hear of it meanwhile."""
        self._begins |= {name.partition(TAG)[0].casefold() for name in _nicks(script)} - {""}
        self._begins |= {nick(who).partition(TAG)[0] for who in script.parties}  # they may have sent it in raw octets
        self._begins |= set(filter(None, (text[:HEAD].partition(TAG)[0].casefold() for text in texts(script))))

    def heard(self, trace: Trace) -> str | None:
        """What somebody else said, or that he left; None if nobody else was heard. Our own nicks have the run's nonce in
        them, or were played; a join of nobody's may be a mistake of the server (SERVICE-1), so it does not count."""
        for frames in trace.frames.values():
            for frame in frames:
                if frame.problem is not None:
                    continue  # whoever has written that
                said = announced(frame.text) if frame.is_service else None
                name = said[1] if said else frame.nick
                if ((said and said[0] == "left") or not frame.is_service) and self._is_strange(name, frame.text):
                    return show(frame)
        return None

    def _is_strange(self, name: str, text: str) -> bool:
        if name not in self._ours and self._is_one_of_ours(name):
            self._ours.add(name)
        return name not in self._ours and self._nonce not in text.casefold()

    def _is_one_of_ours(self, name: str) -> bool:
        if is_nobody(name) or "\ufffd" in name or self._nonce in name.casefold():
            return True
        # What a faulty server leaves of our nicks, or takes for one, is no stranger: a piece of what stands in front of the
        # nonce, or all that and some of it.
        left = name.casefold()
        return any(
            left in ours or (left.startswith(ours) and self._is_begun(left[len(ours) :])) for ours in self._begins
        )

    def _is_begun(self, rest: str) -> bool:
        """Whether it is the begin of the run's nonce, or of what stands for one in octets that a check has cut itself."""
        return self._nonce.startswith(rest) or TAG.startswith(rest)


def _nicks(script: Script) -> set[str]:
    parts = [part for step in script.steps if isinstance(step, Send) for part in step.parts]
    return {part.nick for part in parts if isinstance(part, Out)}
