"""What every executable runs: the command that its file is named after; or, in the place of Python, a module of ours.

The commands start each other, the reference server and their own helpers as `PYTHON -P -m MODULE`, with `sys.executable`
for Python. Frozen, that is this program; so it takes these words as Python would, for modules of ours and no others.
"""

import os
import runpy
import sys
from multiprocessing import freeze_support
from pathlib import Path

COMMANDS = {
    "chat-server": "reference_server",
    "chat-client": "reference_client",
    "chat-conformance": "conformance",
    "chat-demo": "reference_tools.demo",
    "chat-stop": "reference_tools.stop",
}
OURS = ("spec", "reference_server", "reference_client", "reference_tools", "conformance")
CAGE = "conformance.grading.cage"  # run as a file, for which there is none here


def module() -> str:
    """The module to become; `sys.argv` is what is left for it."""
    words = sys.argv[1:4]
    if words[:2] == ["-P", "-m"] and len(words) == 3 and words[2].partition(".")[0] in OURS:
        del sys.argv[1:4]
        return words[2]
    if words[:2] == ["-I", "-S"] and len(words) == 3 and Path(words[2]).stem == "cage":
        del sys.argv[1:4]
        return CAGE
    return COMMANDS[Path(sys.executable).stem]


def restore_library_path() -> None:
    """Gives what is started from here its own libraries: on Linux, ours were put in front of them to start this one."""
    original = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    if original is not None:
        os.environ["LD_LIBRARY_PATH"] = original
    elif os.environ.get("LD_LIBRARY_PATH") == getattr(sys, "_MEIPASS", None):
        os.environ.pop("LD_LIBRARY_PATH", None)


if __name__ == "__main__":
    freeze_support()  # the workers of selftest are this program again, and do not come back from here
    restore_library_path()
    runpy.run_module(module(), run_name="__main__", alter_sys=True)
