"""Errors in the suite's own code: they are never verdicts, and never hide that a run was told to end."""

INTERRUPTED = 130  # exit status of what was ended by Ctrl-C
TERMINATED = 143  # by SIGTERM


class Terminated(KeyboardInterrupt):  # no error, either
    """SIGTERM has come: whoever sends it, as `timeout` and runners of jobs do, wants what Ctrl-C brings about."""


def status_of(told: KeyboardInterrupt) -> int:
    """The exit status of a command that was told to end."""
    return TERMINATED if isinstance(told, Terminated) else INTERRUPTED


def end_if_told(error: BaseException) -> None:
    """Lets a Ctrl-C, or a SIGTERM, go on its way out where an error came up while it was on it: it arrives anywhere, between
    two steps that belong together as well.

    Raises:
        KeyboardInterrupt, SystemExit: that was what the error came of.
    """
    context = error.__context__
    while context is not None:
        if isinstance(context, KeyboardInterrupt | SystemExit):
            raise context
        context = context.__context__


def of_ours(error: Exception) -> str:
    """What a report says of an error of ours.

    Raises:
        KeyboardInterrupt, SystemExit: see `end_if_told`.
    """
    end_if_told(error)
    return f"an error in the suite: {type(error).__name__}: {error}"
