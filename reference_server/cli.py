"""`chat-server`: the command line, the consoles, the signals."""

import argparse
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from types import FrameType

from reference_server import keeping, log_command, pollers, sinks
from reference_server import options as bounds
from reference_server.console import Console, ConsoleHandler
from reference_server.journal import JournalError
from reference_server.options import within as _within
from reference_server.server import Server
from reference_server.settings import Settings
from reference_server.status import on_signal
from reference_tools import running
from spec import wire

if sys.platform != "win32":
    import resource

CANNOT_LISTEN = 1
STARTED = "---Server Started---"  # the origin's line, exactly; programs wait for it
MOST_DESCRIPTORS = 65_536

log = logging.getLogger(__name__)


def parser() -> argparse.ArgumentParser:
    """The command line of `chat-server`."""
    defaults = Settings()
    made = bounds.Parser(
        "chat-server",
        description="The reference server of the framed console chat protocol.",
        epilog="`chat-server log` shows what was recorded: see `chat-server log --help`.",
    )
    made.add_argument("--host", default=defaults.host, help="name or address to listen on (%(default)s)")
    made.add_argument("--port", type=_port, default=defaults.port, help="0 for a free one (%(default)s)")
    made.add_argument("--selector", choices=pollers.NAMES, default="auto", help="how to wait for sockets (%(default)s)")
    made.add_argument(
        "--max-body",
        type=_max_body,
        default=defaults.max_body_octets,
        metavar="N",
        help=f"octets of the largest body, {wire.SERVER_MAX_BODY_OCTETS} to {wire.LARGEST_MAX_BODY_OCTETS} (%(default)s)",
    )
    made.add_argument(
        "--join-timeout",
        type=_join_timeout,
        default=defaults.join_timeout_s,
        metavar="S",
        help="seconds that a connection has for its join, 10 to 60 (%(default)g)",
    )
    made.add_argument(
        "--delay",
        type=_delay,
        default=0.0,
        metavar="MS",
        help="let messages gather for so long, 0 to 50 milliseconds: less work at a moderate load, but later (%(default)g)",
    )
    bounds.add(made)
    keeping.add_options(made)
    made.add_argument("--quiet", action="store_true", help="do not print the conversation")
    made.add_argument("--version", action="version", version=f"%(prog)s {_version()}")
    return made


def _port(text: str) -> int:
    return _within(text, int, 0, 65_535, "a port")


def _max_body(text: str) -> int:
    least, most = wire.SERVER_MAX_BODY_OCTETS, wire.LARGEST_MAX_BODY_OCTETS
    return _within(text, int, least, most, "the largest body (FRAME-7, FRAME-8)")


def _join_timeout(text: str) -> float:
    return _within(text, float, 10.0, 60.0, "the seconds for a join (ROBUST-4)")


def _delay(text: str) -> float:
    return _within(text, float, 0.0, 50.0, "the milliseconds of a delay")


def _version() -> str:
    try:
        return metadata.version("chatproto-conformance")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the server until it is told to stop; with the first argument `log`, shows a journal instead.

    Returns:
        0 after SIGINT, SIGTERM or SIGHUP, 1 if it cannot listen, 2 for a wrong command line, 3 if the journal fails.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["log"]:
        return log_command.main(arguments[1:])
    options = parser().parse_args(arguments)
    if options.selector not in ("auto", *pollers.available()):
        parser().error(f"no selector {options.selector} here, only {', '.join(pollers.available())}")
    _occupy_standard_descriptors()
    _raise_descriptor_limit()
    output = Console(sinks.for_descriptor(1), encoding=getattr(sys.stdout, "encoding", None) or "utf-8")
    operators = Console(sinks.for_descriptor(2))
    handler = ConsoleHandler(operators)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    settings = _settings(options)
    try:
        server = Server(settings, None if options.quiet else output, (output, operators))
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)
        operators.write(f"chat-server: cannot listen on {options.host or repr('')} port {options.port}: {why}")
        operators.flush()
        return CANNOT_LISTEN
    try:
        recorder = keeping.begin(server.hall, options, int(server.address.rpartition(":")[2]))
    except JournalError as error:
        operators.write(f"chat-server: {error} (another: --journal FILE; without: --journal none)")
        operators.flush()
        server.close()
        return keeping.NO_JOURNAL
    for warning in bounds.warnings(settings, server.room):
        log.warning(warning)
    keeper = contextlib.closing(recorder) if recorder else contextlib.nullcontext()
    listed = running.listed(running.SERVER, server.address)
    with listed, _signals(server), on_signal(server.report), keeper:
        log.info("listening on %s (selector %s)", server.address, server.selector)
        output.write(STARTED)
        output.flush()
        server.run()
    return keeping.NO_JOURNAL if server.hall.broken_off else 0


def _settings(options: argparse.Namespace) -> Settings:
    return Settings(
        options.host,
        options.port,
        options.selector,
        options.max_body,
        options.join_timeout,
        max_clients=options.max_clients,
        max_per_address=options.max_per_address,
        rate=options.rate,
        status_interval_s=options.status_interval,
        delay_s=options.delay / 1000,
    )


def _occupy_standard_descriptors() -> None:
    """Opens those of 0, 1 and 2 that are closed: else a socket gets the number, and the console prints into it."""
    for fd in range(3):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one


def _raise_descriptor_limit() -> None:
    """Takes as many descriptors as it may: the usual soft limit, 1024, is there for programs that use select()."""
    if sys.platform != "win32":
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            with contextlib.suppress(OSError, ValueError):  # refused: then fewer connections are served
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@contextlib.contextmanager
def _signals(server: Server) -> Iterator[None]:
    """SIGINT, SIGTERM and SIGHUP ask the server to stop; the second of them ends the process at once."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
        numbers.append(signal.SIGHUP)

    def stop(number: int, frame: FrameType | None) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_DFL)
        server.stop()

    # The handler runs between two instructions; the descriptor also ends a wait that begins just after the signal.
    signal.set_wakeup_fd(server.waker.fileno(), warn_on_full_buffer=False)
    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
