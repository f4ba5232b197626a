"""`python -m tests.mutation.warm`: runs tests in forks of a process that has imported all that no mutant changes.

Most of the time of a short run of tests goes into imports. On standard input stands one request a line, in JSON: the
arguments of pytest, the file for what it prints, and whether compiled modules may be kept. The answers are the process id
of the fork, which leads a session of its own, and when it has ended its exit status.
"""

import json
import os
import sys
import traceback

import construct  # noqa: F401  # so that the forks have it
import hypothesis.stateful  # noqa: F401  # so that the forks have it
import jsonschema  # noqa: F401  # so that the forks have it
import pytest

import spec.requirements
import spec.wire  # so that the forks have it


def main() -> None:
    """Serves requests until standard input ends."""
    assert not any(name.startswith("conformance") for name in sys.modules)
    spec.requirements.register()
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _run(request["arguments"], request["output"], compiling=request["compiling"])
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


def _run(arguments: list[str], output: str, *, compiling: bool) -> None:
    """In the fork: runs the tests, and never returns."""
    os.setsid()
    for number, place, flags in ((0, os.devnull, os.O_RDONLY), (1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)):
        os.dup2(os.open(place, flags), number)
    os.dup2(1, 2)
    sys.dont_write_bytecode = not compiling
    status = 3
    try:
        status = int(pytest.main(arguments))
    except BaseException:  # noqa: BLE001  # whatever it is, this process must not go on
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
