"""Who is there, as far as announcements and messages have told: the protocol has no list of members."""

from reference_client.frames import Frame, Kind
from spec import display, nicks

MOST = 10_000  # nicks that are kept: what a server can make grow has a bound


class People:
    """The nicks heard of on one connection, those who spoke or came last at the end."""

    def __init__(self) -> None:
        self._nicks: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._nicks)

    def hear(self, frame: Frame) -> None:
        """Takes note of a frame: who joins or speaks is there, who leaves is not."""
        if frame.kind is Kind.SERVICE:
            return
        nick = frame.nick if frame.who is None else frame.who
        self._nicks.pop(nick, None)
        if frame.kind is Kind.LEAVE:
            return
        self._nicks[nick] = None
        if len(self._nicks) > MOST:
            del self._nicks[next(iter(self._nicks))]

    def names(self) -> list[str]:
        """The nicks in the order of the alphabet."""
        return sorted(self._nicks, key=lambda nick: (nicks.key(nick), nick))

    def completions(self, before: str, own: str) -> list[tuple[int, str]]:
        """What may be completed to a nick, and to which: the longest ending first, then who spoke last.

        Args:
            before: the line up to the cursor.
            own: the user's own nick, which is not offered.

        Returns:
            How many characters in front of the cursor are replaced, and the nick. Nicks that hold something which may
            not reach a terminal are not offered: what is completed stands in the input line (CLIENT-4).
        """
        found = []
        for start in _word_starts(before):
            typed = nicks.key(before[start:])
            found += [
                (len(before) - start, nick)
                for nick in reversed(self._nicks)
                if typed and nick != own and nicks.key(nick).startswith(typed) and display.safe(nick) == nick
            ]
        return found


def _word_starts(line: str) -> list[int]:
    # A nick may hold spaces, so `Anna M` may begin two words back; it has 64 characters at most (NICK-1).
    first = max(0, len(line) - nicks.MAX_NICK_SCALARS)
    return [at for at in range(first, len(line)) if line[at] != " " and (at == 0 or line[at - 1] in " @")]
