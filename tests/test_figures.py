"""The pictures of the documentation are those that the script draws, from the results that are committed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import demo  # noqa: E402
from tools.figures.gains import read_gains  # noqa: E402
from tools.figures.pictures import PICTURES, TEXTS  # noqa: E402
from tools.figures.svg import WIDTH  # noqa: E402
from tools.figures.terminal import read_recording  # noqa: E402

FOLDER = ROOT / "docs" / "figures"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_is_what_the_script_draws(name: str) -> None:
    assert (FOLDER / f"{name}.svg").read_text(encoding="utf-8") == PICTURES[name](), "python -m tools.figures"


@pytest.mark.parametrize("name", TEXTS)
def test_the_text_is_what_the_script_writes(name: str) -> None:
    assert (FOLDER / f"{name}.txt").read_text(encoding="utf-8") == TEXTS[name](), "python -m tools.figures"


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
        if "term" in kind.split():
            continue  # the window over them cuts what has left it; the widest line is tested below
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


def test_a_terminal_is_read_as_it_looks(tmp_path: Path) -> None:
    """A bar that is drawn again and erased, a line that is too long, bold letters, and a cursor that goes up."""
    printed = [
        (0.5, "\x1b[1m# head\x1b[0m\r\n$ run\r\n"),
        (1.0, "\r[#--] 1"),
        (2.0, "\r\x1b[K"),
        (2.5, "done\r\n"),
        (3.0, "0123456789ab\r\n"),
        (4.0, "one\r\ntwo\r\n\x1b[2Asix\x1b[2B\r\n"),
    ]
    events = [json.dumps({"version": 2, "width": 10, "height": 5})]
    events += [json.dumps([second, "o", text]) for second, text in printed]
    path = tmp_path / "x.cast"
    path.write_text("\n".join(events), encoding="utf-8")
    lines = read_recording(path)
    assert [line.text for line in lines] == ["# head", "$ run", "done", "0123456789", "ab", "six", "two"]
    assert [line.bold for line in lines] == [True, *[False] * 6]
    assert [line.second for line in lines] == [0.5, 0.5, 2.5, 3.0, 3.0, 4.0, 4.0]


def test_the_recording_is_of_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every headline and command that the demo prints now, in its order, and none besides."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo, "VARIANTS", ["x86_64 :: level :: v3", "x86_64 :: level :: v4"])
    monkeypatch.setattr(sys, "executable", str(demo.COMMANDS / "python"))
    monkeypatch.setattr(subprocess, "run", lambda command: subprocess.CompletedProcess(command, 0))
    monkeypatch.setattr(subprocess, "Popen", lambda command, stdin: subprocess.CompletedProcess(command, 0))
    for name, value in (("wait", lambda self: 0), ("terminate", lambda self: None)):
        monkeypatch.setattr(subprocess.CompletedProcess, name, value, raising=False)
    demo.main(Path("demo"))
    said = capsys.readouterr().out.replace(str(tmp_path), "/home/user/dualvariant").splitlines()
    session = "".join(TEXTS["demo"]().split())
    place = 0
    for line in filter(None, said):
        wanted = "".join(line.split())
        assert wanted in session[place:], line
        place = session.index(wanted, place) + len(wanted)
    lines = TEXTS["demo"]().splitlines()
    assert sum(line.startswith("$ ") for line in lines) == sum(line.startswith("$ ") for line in said)


def test_the_recorded_session_fits_the_picture() -> None:
    """64 characters of 13 units: 0.61 of that each."""
    assert max(len(line) for line in TEXTS["demo"]().splitlines()) * 13 * 0.61 <= WIDTH - 24
    root = ElementTree.fromstring(PICTURES["demo"]())
    assert len([text for text in root.iter(f"{SVG}text") if "term" in text.get("class", "")]) > 60
