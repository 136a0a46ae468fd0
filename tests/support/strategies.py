"""Inputs for property tests: names, values and the parts of a wheel file name, made of plain alphabets.

A strategy from a regular expression takes Hypothesis many times as long to draw from as text over an alphabet does.
"""

from __future__ import annotations

from string import ascii_letters, ascii_lowercase, digits

from hypothesis import strategies as st

__all__ = [
    "BROKEN_URLS",
    "BUILDS",
    "FOREIGN_NAMES",
    "HASHES",
    "LABELS",
    "NAMES",
    "NAME_ALPHABET",
    "PROJECTS",
    "PYTHON_TAGS",
    "SHORT_NAMES",
    "TAGS",
    "VALUES",
    "VERSIONS",
    "numbers",
]

#: The characters of the names of providers and keys.
NAME_ALPHABET = ascii_letters + digits + "_"

#: Names of providers and keys.
NAMES = st.text(NAME_ALPHABET, min_size=1)

#: As :data:`NAMES`, at most six characters long: large structures of them are still small.
SHORT_NAMES = st.text(NAME_ALPHABET, min_size=1, max_size=6)

#: Values of a key.
VALUES = st.text(NAME_ALPHABET + ".", min_size=1)

#: Texts that are not names: each has a character from outside the alphabet, or none at all.
FOREIGN_NAMES = st.just("") | st.builds(
    "{}{}{}".format,
    st.text(NAME_ALPHABET, max_size=3),
    st.characters(exclude_characters=NAME_ALPHABET),
    st.text(NAME_ALPHABET, max_size=3),
)


def numbers(max_digits: int) -> st.SearchStrategy[str]:
    """Decimal numbers as text; leading zeros are allowed."""
    return st.text(digits, min_size=1, max_size=max_digits)


def _joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """The parts, one behind the other."""
    return st.tuples(*parts).map("".join)


def _optional(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """The parts joined, or the empty text."""
    return st.just("") | _joined(*parts)


def _dotted(part: st.SearchStrategy[str], max_size: int) -> st.SearchStrategy[str]:
    """One to ``max_size`` parts with dots between."""
    return st.lists(part, min_size=1, max_size=max_size).map(".".join)


_DIGIT = st.sampled_from(digits)
_LETTER_OR_DIGIT = st.sampled_from(ascii_letters + digits)

#: Distribution names as wheel file names have them, in any case.
PROJECTS = _joined(_LETTER_OR_DIGIT, _optional(st.text(ascii_letters + digits + "._", max_size=8), _LETTER_OR_DIGIT))

#: Versions (PEP 440) with every part that a version may have.
VERSIONS = _joined(
    _optional(st.sampled_from(digits[1:]), st.just("!")),
    _dotted(numbers(3), 4),
    _optional(st.sampled_from(["a", "b", "rc"]), _DIGIT),
    _optional(st.just(".post"), _DIGIT),
    _optional(st.just(".dev"), _DIGIT),
    _optional(
        st.just("+"),
        st.text(ascii_lowercase + digits, min_size=1, max_size=5),
        _optional(st.just("."), st.text(ascii_lowercase + digits, min_size=1, max_size=3)),
    ),
)

#: Build numbers of wheel file names.
BUILDS = _joined(
    numbers(4),
    _optional(st.sampled_from(ascii_lowercase + "_"), st.text(ascii_lowercase + digits + "_.", max_size=4)),
)

#: Python tags, one or two of them compressed into one.
PYTHON_TAGS = _joined(
    st.sampled_from(["py", "cp", "pp"]),
    numbers(3),
    _optional(st.just("."), st.sampled_from(["py", "cp"]), numbers(3)),
)

#: ABI and platform tags, up to three of them compressed into one.
TAGS = _dotted(st.text(NAME_ALPHABET, min_size=1, max_size=12), 3)

#: Hashes of variants, as file names have them.
HASHES = st.text("0123456789abcdef", min_size=8, max_size=8)

#: Labels of variants.
LABELS = st.text(digits + ascii_lowercase + "_.", min_size=1, max_size=12)

#: Texts around what a URL is made of, most of them not quite URLs.
BROKEN_URLS = st.lists(
    st.sampled_from(["http://", "https://", "file://", "//", "/", ":", "@", "[", "]", "%", "%40", "?", "#", " ", "\t"])
    | st.sampled_from(["host", "[::1]", "80", "x", "é", "\uff20", "\\"]),
    max_size=10,
).map("".join)
