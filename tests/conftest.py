"""For all tests: what they start is not in the register of the one who runs them, where `chat-stop` would find it."""

import os

from reference_tools.running import UNLISTED

os.environ[UNLISTED] = "1"
