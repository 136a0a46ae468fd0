"""Look for dead links in the built site: files that are not there, and places in a page that do not exist.

usage: python docs/check_site.py docs/_build/html

Addresses on other servers are not asked.
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """One page of the site.

    Args:
        path: its file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.places = {"", "top"}
        self.links: list[str] = []
        self.images_without_words: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.places |= {value for value in (values.get("id"), values.get("name")) if value}
        self.links += [value for key in ("href", "src") if (value := values.get(key))]
        if tag == "img" and not values.get("alt"):
            self.images_without_words.append(values.get("src") or "?")


def find_faults(folder: Path) -> list[str]:
    """Every dead link, and every picture without words, with the page that it is on."""
    folder = folder.resolve()
    pages = {path: Page(path) for path in sorted(folder.rglob("*.html")) if "_static" not in path.parts}
    faults = []
    for path, page in pages.items():
        name = path.relative_to(folder)
        faults += [f"{name}: a picture has no words: {image}" for image in page.images_without_words]
        for link in dict.fromkeys(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or not (parts.path or parts.fragment):
                continue
            target = path if not parts.path else (path.parent / unquote(parts.path)).resolve()
            if not target.exists():
                faults.append(f"{name}: there is no such file: {link}")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].places:
                faults.append(f"{name}: there is no such place: {link}")
    return faults


def main() -> int:
    """Check the site; 1 if something is wrong."""
    faults = find_faults(Path(sys.argv[1]))
    print("\n".join(faults) or "no dead links")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
