"""The pictures of the documentation are those that the script draws, from the results that are committed."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.figures.gains import read_gains  # noqa: E402
from tools.figures.pictures import PICTURES  # noqa: E402
from tools.figures.svg import WIDTH  # noqa: E402

FOLDER = ROOT / "docs" / "figures"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_is_what_the_script_draws(name: str) -> None:
    assert (FOLDER / f"{name}.svg").read_text(encoding="utf-8") == PICTURES[name](), "python -m tools.figures"


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_has_words_and_both_schemes(name: str) -> None:
    text = PICTURES[name]()
    root = ElementTree.fromstring(text)
    assert "prefers-color-scheme: dark" in text
    title, description = root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")
    assert title and description and len(description) > 80


@pytest.mark.parametrize("name", PICTURES)
def test_everything_is_inside_of_the_picture(name: str) -> None:
    """By a guess of the width of text: of its size 0.61 for each character in code, else 0.52."""
    root = ElementTree.fromstring(PICTURES[name]())
    height = float(root.attrib["height"])
    for box in root.iter(f"{SVG}rect"):
        x, y, w, h = (float(box.get(key, "0")) for key in ("x", "y", "width", "height"))
        assert 0 <= x and x + w <= WIDTH and 0 <= y and y + h <= height
    for text in root.iter(f"{SVG}text"):
        kind = text.get("class", "")
        size = 14 if "soft" in kind or "mono" in kind else 16
        width = len(text.text or "") * size * (0.61 if "mono" in kind else 0.52)
        start = float(text.attrib["x"]) - {"start": 0, "middle": width / 2, "end": width}[text.attrib["text-anchor"]]
        assert 4 <= start and start + width <= WIDTH - 4, text.text
        assert 0 < float(text.attrib["y"]) <= height - 6


def test_the_numbers_in_the_texts_are_those_of_the_benchmarks() -> None:
    gains, about = read_gains()
    for page in (ROOT / "README.md", ROOT / "docs" / "index.md"):
        text = page.read_text(encoding="utf-8")
        assert f"level v3 is {gains['v3']:.1f} times as fast as the standard wheel" in text
        assert f"the variant for v4 {gains['v4']:.1f} times, measured on an {about['processor']}" in text
