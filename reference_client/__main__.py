"""`python -m reference_client`, the same as the command `chat-client`."""

import sys

from reference_client.cli import main

if __name__ == "__main__":
    sys.exit(main())
