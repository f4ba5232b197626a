"""Joining, losing the connection and coming back; nothing but decisions."""

from collections.abc import Callable
from enum import Enum, auto

from reference_client.conversation import Conversation
from reference_client.exits import Ending, Exit
from reference_client.frames import Frame
from reference_client.people import People
from reference_client.returning import HELD_S, Returning
from reference_client.shell import Shell


class Phase(Enum):
    """Where the user stands with the server."""

    NICK = auto()  # there is no connection, and none is tried before there is another nick
    JOINING = auto()
    JOINED = auto()
    AWAY = auto()  # the connection is lost, and there will be another attempt
    CHANGING = auto()  # leaving in order to join under another nick


class Membership:
    """One user's place in the room, over all connections.

    Args:
        shell: does what is decided.
        say: tells the user a sentence.
        want_nick: asks the user for another nick; `join` is called with it.
        reconnect: whether a lost connection is opened again.

    Attributes:
        nick: the one to be joined with; empty as long as there is none.
        phase: where it stands.
        people: who is there.
        talk: the present conversation.
        if_left: how the client ends if the user leaves now.
        next_at: when the next attempt is due, by the shell's clock.
    """

    def __init__(
        self, shell: Shell, say: Callable[[str], None], want_nick: Callable[[], None], *, reconnect: bool
    ) -> None:
        self.nick = ""
        self.phase = Phase.NICK
        self.people = People()
        self.talk = Conversation("")
        self.if_left = Ending(Exit.USAGE, "there was no nick")
        self.next_at = 0.0
        self._shell = shell
        self._say = say
        self._want_nick = want_nick
        self._reconnect = reconnect
        self._returning = Returning()
        self._was_joined = False
        self._told_held = False

    def join(self, nick: str) -> None:
        """Opens a connection and joins."""
        self.nick = nick
        self.phase = Phase.JOINING
        if not self._was_joined:
            self.if_left = Ending(Exit.UNREACHABLE, "left before the server announced the join")
        # Who left while nobody listened is not announced again.
        self.people = People()
        self.talk = Conversation(nick)
        self._shell.connect(self.talk)

    def change(self, nick: str) -> None:
        """Leaves, and joins under another nick; at once if there is no connection to be left."""
        if self.phase is not Phase.JOINED:
            self.join(nick)
            return
        self.nick = nick
        self.phase = Phase.CHANGING
        self.talk.said_all()
        self._shell.hang_up()

    def heard(self, frames: list[Frame]) -> bool:
        """Takes what the server sent; whether it is the news that the user is joined."""
        for frame in frames:
            self.people.hear(frame)
        if self.phase is not Phase.JOINING or not self.talk.joined:
            return False
        self.phase = Phase.JOINED
        self._was_joined = True
        self._told_held = False
        self.if_left = Ending(Exit.DONE)
        self._returning.joined(self._shell.now())
        return True

    def ended(self, ending: Ending) -> None:
        """Takes the end of a connection, or of an attempt to have one."""
        if self.phase is Phase.CHANGING:
            self.join(self.nick)  # however it ended: it was to end
        elif ending.status is Exit.REFUSED:
            self._refused(ending)
        elif not (self._was_joined and self._reconnect):
            self._shell.leave(ending)
        else:
            if self.phase is Phase.JOINED:
                self._returning.lost(self._shell.now())
            self._away(ending.sentence)

    def retry(self) -> None:
        """Tries again, if there is something to be tried."""
        if self.phase is Phase.AWAY:
            self.join(self.nick)

    def _away(self, sentence: str) -> None:
        self.phase = Phase.AWAY
        self.if_left = Ending(Exit.LOST, "left while the connection was lost")
        wait = self._returning.wait_s(self._shell.jitter())
        self.next_at = self._shell.now() + wait
        self._say(f"{sentence}; trying again in {max(1, round(wait))} s, or at once with /reconnect")
        self._shell.call_later(wait)

    def _refused(self, ending: Ending) -> None:
        # The reason was a frame and has been shown as one.
        why = "for the reason above" if self.talk.reason is not None else "and gave no reason"
        sentence = f"the server refused to let {self.nick} join, {why}"
        if self._was_joined and self._reconnect and self._returning.may_be_held(self._shell.now()):
            if not self._told_held:
                self._told_held = True
                self._say(
                    f"the server may still hold the nick for the lost connection: {HELD_S / 60:.0f} minutes are given "
                    "to it before you are asked for another"
                )
            self._away(sentence)
            return
        self.phase = Phase.NICK
        self.if_left = ending
        self._say(sentence)
        self._want_nick()
