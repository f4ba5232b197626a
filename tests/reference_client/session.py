"""Records docs/client-session.md: three people chat in tmux, one is refused, the server is restarted.

    python -m tests.reference_client.session > docs/client-session.md

Every screen in it is what tmux showed at that moment; only the times differ from run to run.
"""

import tempfile

from tests.reference_client.rooms import RealServer
from tests.terminals import Screen, Tmux, python

HEAD = """# A recorded session

Three terminals of 72 columns in tmux, and the reference server on port 5050. Recorded by
`python -m tests.reference_client.session`: what stands here are the screens as they were.
"""


class Recorder:
    """Collects screens under headings."""

    def __init__(self) -> None:
        self.pages = [HEAD]

    def note(self, sentence: str, **screens: Screen) -> None:
        """A sentence, and the screens at this moment."""
        self.pages.append(f"## {sentence}\n")
        for name, screen in screens.items():
            lines = (line for line in screen.text().split("\n") if line)  # the room between line and state is empty
            self.pages.append("\n".join([f"**{name}**", "", "```", *lines, "```", ""]))


def play(tmux: Tmux, server: RealServer, record: Recorder) -> None:
    """The session."""

    def client(*options: str) -> Screen:
        return tmux.start(python("reference_client", *options, server.address), columns=72, rows=24)

    ann = client()
    ann.until("Nick:")
    ann.enter("ann")
    ann.until("[ann] joined the chat")
    bob = client("--nick", "bob")
    ann.until("[bob] joined the chat")
    third = client("--nick", "Ann")
    third.until("for the reason above")
    record.note("Somebody wants a nick that is taken, and is asked for another", third=third)
    third.enter("eve")
    third.until("eve at")
    third.enter("hello! took me two attempts to get in")
    ann.until("two attempts")
    ann.enter("hi eve, 你好 and welcome 👋")
    third.until("welcome 👋")
    bob.enter("/wohami")
    bob.until("Nothing was sent")
    bob.paste("for n in range(3):\n    print(n)")
    bob.until("print(n)")
    bob.press("Enter")
    bob.until("(y/n)")
    record.note("A mistyped command, and a paste of two lines before it is sent", bob=bob)
    bob.enter("y")
    ann.until("print(n)")
    third.enter("/who")
    third.until("heard of since")
    record.note("Three people chat", ann=ann, bob=bob, eve=third)

    ann.type("this was half written when")
    ann.until("> this was half written when")
    server.stop()
    ann.until("| /reconnect: at once")
    ann.enter(" the server went")
    ann.until("(not sent yet)")
    ann.type("and this is a draft")
    ann.until("> and this is a draft")
    record.note("The server is stopped while ann writes", ann=ann)
    server.start()
    bob.until("bob at")
    third.until("eve at")
    ann.until("(y/n)")
    record.note("It is started again: everybody is back, and ann is asked", ann=ann)
    ann.enter("y")
    ann.until("> and this is a draft")
    bob.until("this was half written when the server went")
    third.enter("/quit")
    third.until("status 0")
    bob.until("[eve] left the chat")
    record.note("What ann wrote has arrived, her draft is still there, and eve has left", ann=ann, bob=bob, eve=third)


def main() -> None:
    """Prints the page."""
    record = Recorder()
    with tempfile.TemporaryDirectory() as folder, Tmux({"XDG_STATE_HOME": folder}) as tmux:
        server = RealServer(5050)
        try:
            play(tmux, server, record)
        finally:
            server.stop()
    print("\n".join(record.pages), end="")


if __name__ == "__main__":
    main()
