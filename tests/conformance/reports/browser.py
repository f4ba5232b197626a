"""Pages as a browser sees them: headless Chromium, and a strict reader for what needs none."""

import html
import html.parser
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DEADLINE_S = 60.0
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "rect"}

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of opening a page: its DOM once its script has run, and the lines of the console."""

    dom: "Page"
    console: list[str]


# No browser of a test speaks to anybody.
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-default-apps"),
    *("--allow-file-access-from-files", "--enable-logging=stderr", "--v=0", "--dump-dom"),
]
# Opens every page in a frame of its own, and when all are there writes down what has become of them.
FRAMES = """<!doctype html><meta charset="utf-8"><body>{frames}<script>
addEventListener("load", () => setTimeout(() => {{
  for (const frame of [...document.querySelectorAll("iframe")]) {{
    const text = document.createElement("pre");
    text.id = frame.name;
    text.textContent = "<!doctype html>" + frame.contentDocument.documentElement.outerHTML;
    frame.replaceWith(text);
  }}
}}));
</script></body>"""


def opened(pages: dict[str, tuple[str, str]], folder: Path) -> dict[str, Seen]:
    """Opens pages from files, as somebody does who has been sent them; all in one browser, because it starts slowly.

    Args:
        pages: by a name, each page and the fragment with which it is opened, empty or with its `#`.
    """
    assert CHROMIUM is not None
    for name, (page, _) in pages.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    frames = "".join(
        f'<iframe name="{name}" width="1200" height="800" src="{name}.html{html.escape(fragment)}"></iframe>'
        for name, (_, fragment) in pages.items()
    )
    (folder / "index.html").write_text(FRAMES.format(frames=frames), encoding="utf-8")
    command = [CHROMIUM, *FLAGS, "--virtual-time-budget=5000", f"--user-data-dir={folder / 'profile'}"]
    ran = subprocess.run(
        [*command, (folder / "index.html").as_uri()], capture_output=True, timeout=DEADLINE_S, check=True
    )
    lines = [line for line in ran.stderr.decode(errors="replace").splitlines() if "CONSOLE" in line]
    frame_texts = read(ran.stdout.decode())
    return {
        name: Seen(read(frame_texts.by_id(name).text), [line for line in lines if f"/{name}.html" in line])
        for name in pages
    }


@dataclass(slots=True)
class Element:
    """An element with its attributes, its text with that of the elements in it, and what it stands in."""

    tag: str
    attributes: dict[str, str]
    parent: "Element | None"
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All of it, as it stands in the file."""
        return "".join(self.pieces)

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def is_hidden(self) -> bool:
        """Whether the attribute hides it, or one that it stands in."""
        return "hidden" in self.attributes or (self.parent is not None and self.parent.is_hidden)


@dataclass(slots=True)
class Page:
    """The elements of a page in their order; unbalanced tags are errors."""

    elements: list[Element] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def all(self, tag: str = "", cls: str = "") -> list[Element]:
        """The elements with this tag and this class."""
        return [one for one in self.elements if (not tag or one.tag == tag) and (not cls or cls in one.classes)]

    def by_id(self, identifier: str) -> Element:
        """The element of this id, of which there is exactly one."""
        [found] = [one for one in self.elements if one.attributes.get("id") == identifier]
        return found


class _Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.page.errors.append(f"<{tag}> has an attribute twice: {names}")
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open[-1] if self._open else None)
        self.page.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open[-1].tag != tag:
            self.page.errors.append(f"</{tag}> closes {self._open[-1].tag if self._open else 'nothing'}")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.pieces.append(data)

    def handle_comment(self, data: str) -> None:
        self.page.errors.append(f"a comment: {data}")


def read(text: str) -> Page:
    """Reads a page."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    reader.page.errors += [f"<{one.tag}> is never closed" for one in reader._open]
    return reader.page
