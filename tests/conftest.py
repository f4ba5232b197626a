"""What holds for all tests: what they start leaves nothing in the folders of the one who runs them."""

from collections.abc import Iterator

import pytest

from reference_tools.running import UNLISTED


@pytest.fixture(autouse=True, scope="session")
def _nothing_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Servers keep their journal in a folder of the tests, and stand in no register, where `chat-stop` would find them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        patch.setenv(UNLISTED, "1")
        yield
