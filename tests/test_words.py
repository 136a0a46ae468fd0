"""Plain words: phrases that are gone from documents and messages, and must not come back."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "plugins").glob("*/README.md")})
SOURCES = sorted(
    path
    for folder in ("variantlib/variantlib", "plugins/dualvariant_providers", "resolver/dualvariant")
    for path in (ROOT / folder).rglob("*.py")
)
#: Phrase → what to write instead.
GONE = {
    r"\bas ever\b": "say who does what",
    r"\ball the same\b": "nevertheless, or nothing",
    r"\bnonsense\b": "say what is wrong",
    r"\bspeaks? for\b": "answers for, reports",
    r"(?<!`)\blies?\b(?!`)": "is, or: does not match the label",
    r"\bwhoever\b": "say who",
    r"\bslip of the pen\b": "mistake",
    r"\btells? the truth\b": "matches",
    r"\b(nothing|anything) to say\b": "reports nothing",
    r"\bcannot be meant\b": "there is no property, no such name",
    r"\bgo(es)? round\b": "does not use",
    r"\bdies? of\b": "ends with",
    r"\bon its behalf\b": "say who does what",
    r"\bno whole\b": "not a complete",
    r"\bthe suspect\b": "say which file to check",
}


def is_built(path: Path) -> bool:
    """Whether a file is in a folder that a build makes."""
    return bool({"_build", "build"} & set(path.parts))


def read_messages(path: Path) -> Iterator[str]:
    """The texts in a module that users can see: all but its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


@pytest.mark.parametrize("phrase", GONE)
def test_a_phrase_is_gone_from_documents(phrase: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in DOCUMENTS
        if not is_built(path)
        for match in re.finditer(phrase, _without_code(path), re.IGNORECASE)
    ]
    assert found == [], GONE[phrase]


@pytest.mark.parametrize("phrase", GONE)
def test_a_phrase_is_gone_from_messages(phrase: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {text}"
        for path in SOURCES
        for text in read_messages(path)
        if text != "lies" and re.search(phrase, text, re.IGNORECASE)  # "lies" is a key of documents
    ]
    assert found == [], GONE[phrase]


def _without_code(path: Path) -> str:
    """The document without blocks of code, and without what is in code marks."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"`[^`\n]+`", "", text)
