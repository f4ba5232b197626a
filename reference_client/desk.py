"""What the terminal mode decides: what a typed line means now, and what is asked, said, sent or kept.

Everything that happens is a call, and what is to be done is said to a `Shell`: there is no terminal and no socket in
here.
"""

from datetime import tzinfo

from reference_client import asking, frames, times
from reference_client.commands import HELP, Command, Mistake, Order, parse
from reference_client.conversation import NotSentError
from reference_client.exits import Ending, Exit
from reference_client.frames import Frame, Kind
from reference_client.membership import Membership, Phase
from reference_client.questions import NEITHER, Question, Questions, yes
from reference_client.scrollback import Scrollback
from reference_client.shell import Shell
from reference_client.unsent import Unsent
from reference_client.view import Kept, Notice, Own

MOST_FOUND = 50  # results of a search that are shown
STALLED = "the server takes nothing at present; wait, or leave"


class Desk:
    """The user's side of the terminal mode.

    Args:
        shell: does what is decided.
        zone: the reader's time zone; None is the system's (CLIENT-3).
        reconnect: whether a lost connection is opened again.

    Attributes:
        questions: what the next line answers, if it is no message.
        membership: where the user stands with the server.
        unsent: what was written while there was no connection.
    """

    def __init__(self, shell: Shell, *, zone: tzinfo | None = None, reconnect: bool = True) -> None:
        self.questions = Questions(shell)
        self.membership = Membership(shell, self._say, self._ask_nick, reconnect=reconnect)
        self.unsent = Unsent()
        self._shell = shell
        self._plain = frames.plain(zone)
        self._scrollback = Scrollback()

    # What happens.

    def begin(self, nick: str | None) -> None:
        """Joins under a nick, or asks for one."""
        if nick is None:
            self._ask_nick()
        else:
            self.membership.join(nick)

    def typed(self, line: str) -> None:
        """Takes a line that the user has finished; the line on the screen is empty by now."""
        if self.questions.open is not None:
            self.questions.answer(line)
        elif "\n" in line:
            self._ask_lines(line)
        elif line:  # Enter alone says nothing
            self._do(line)
        self._offer()

    def refuse(self) -> bool:
        """Takes back a question with a no; whether there was one to be taken back."""
        if self.questions.open is None or self.membership.phase is Phase.NICK:
            return False
        self.typed("n")
        return True

    def quit(self, status: Exit | None = None) -> None:
        """Leaves, because the user wants to.

        Args:
            status: how; None is what it means at present.
        """
        if len(self.unsent):
            self._say(f"not sent: {self.unsent}, written while there was no connection")
        self._shell.leave(self.membership.if_left if status is None else Ending(status))

    def heard(self, heard: list[Frame]) -> None:
        """Takes what the server sent."""
        for frame in heard:
            self._scrollback.add(frame)
            self._shell.show(frame)
        if self.membership.heard(heard):
            self._offer()

    def ended(self, ending: Ending) -> None:
        """Takes the end of the connection, or of the attempt to have one."""
        # An offer to send belongs to the connection that is gone; it is made again on the next one.
        self.questions.withdraw(self._answer_offer)
        self.membership.ended(ending)

    def retry(self) -> None:
        """Takes the end of a wait."""
        self.membership.retry()

    # Questions.

    def _ask_nick(self) -> None:
        self.questions.ask(Question(asking.PROMPT, self._answer_nick))

    def _answer_nick(self, line: str) -> None:
        nick = line.removeprefix(f"/{Command.NICK.word} ")
        why = asking.problem(nick)
        if line == f"/{Command.QUIT.word}":  # valid nicks, these, and surely not meant as such
            self.quit()
        elif why is None:
            self.membership.join(nick)
        else:
            self._say(why)
            self._ask_nick()

    def _ask_lines(self, text: str) -> None:
        def then(meant: bool) -> None:
            if meant:
                self._do(text)
            else:
                self._shell.swap(text)  # to be edited

        self.questions.ask_yes(f"Send these {text.count(chr(10)) + 1} lines as one message?", then, draft=text)

    # Saying.

    def _say(self, sentence: str) -> None:
        self._shell.show(Notice(sentence))

    def _do(self, line: str) -> None:
        match parse(line):
            case Mistake(why):
                self._say(why)
            case Order(command, argument):
                self._obey(command, argument)
            case said:
                self._deliver(said.text)

    def _deliver(self, text: str) -> None:
        """Sends a text, or keeps it until the user can be asked whether it is still to be sent."""
        if self.membership.phase is Phase.JOINED:
            self._send(text)
        elif self.unsent.keep(text):
            self._shell.show(Kept(text))
        else:
            self._not_sent("no more can be kept until there is a connection", text)

    def _send(self, text: str) -> None:
        try:
            # What a terminal sent that is not UTF-8 is in the text as surrogates, and is refused (CLIENT-1).
            octets = self.membership.talk.say(text.encode("utf-8", "surrogateescape"))
        except NotSentError as problem:
            self._not_sent(str(problem), text)
            return
        if not self._shell.send(octets):
            self._not_sent(STALLED, text)
            return
        own = Own(times.sent(times.utc_now()), self.membership.nick, text)
        self._scrollback.add(Frame(Kind.CHAT, *own))
        self._shell.show(own)

    def _not_sent(self, why: str, text: str) -> None:
        self._say(f"not sent: {why}")
        self._shell.swap(text)

    def _offer(self) -> None:
        """Offers to send what was written while away, when it can be sent and nothing else is asked."""
        if not len(self.unsent) or self.membership.phase is not Phase.JOINED or self.questions.open is not None:
            return
        for text in self.unsent.all():
            self._shell.show(Kept(text))
        self.questions.ask(Question(f"Send what you wrote meanwhile ({self.unsent})? (y/n) ", self._answer_offer))

    def _answer_offer(self, line: str) -> None:
        meant = yes(line)
        if meant is None:
            self._say(NEITHER)
            return  # it is offered again, for it is still there
        texts = self.unsent.take()
        if not meant:
            self._say("not sent; arrow up brings it back")
        for text in texts if meant else ():
            self._send(text)

    # Commands.

    def _obey(self, command: Command, argument: str) -> None:
        match command:
            case Command.HELP:
                self._say(HELP)
            case Command.QUIT:
                self.quit()
            case Command.WHO:
                self._who()
            case Command.NICK:
                self._change(argument)
            case Command.SEARCH:
                self._search(argument)
            case Command.RECONNECT:
                self._try_now()
            case Command.CLEAR:
                self._shell.clear()

    def _who(self) -> None:
        names = self.membership.people.names()
        shown = ", ".join(f"{name} (you)" if name == self.membership.nick else name for name in names) or "nobody"
        self._say(f"heard of since you joined: {shown}\nWho joined before you and has said nothing is not known here.")

    def _change(self, nick: str) -> None:
        why = asking.problem(nick)
        if why is not None:
            self._say(f"{why}. Nothing was changed.")
        elif self.membership.phase not in (Phase.JOINED, Phase.AWAY):
            self._say("wait until you have joined")
        elif self.membership.phase is Phase.AWAY:
            self.membership.change(nick)
        elif nick == self.membership.nick:
            self._say(f"you are {nick}")
        else:
            self.questions.ask_yes(
                f"Everybody will see [{self.membership.nick}] leave and [{nick}] join, and you miss what is said in "
                "between. Change?",
                lambda meant: self.membership.change(nick) if meant else None,
            )

    def _search(self, words: str) -> None:
        found = self._scrollback.find(words)
        shown = found[-MOST_FOUND:]
        count = f"{len(found)} found" + (f", the last {MOST_FOUND} of them" if len(found) > MOST_FOUND else "")
        self._say("\n".join([f"{count}: {words}", *map(self._plain, shown)]))

    def _try_now(self) -> None:
        if self.membership.phase is Phase.AWAY:
            self.membership.retry()
        else:
            self._say("there is no lost connection")
