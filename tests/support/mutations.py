"""Damaged data: small changes to texts, bytes, JSON documents, zip archives and ELF files, by one random generator."""

from __future__ import annotations

import json
import struct
from copy import deepcopy
from random import Random
from typing import Any

__all__ = ["Mutator"]

#: What breaks parsers: delimiters, numbers, encodings, nesting, and the words of the formats.
_TOKENS = [
    *"~-_.:=,\"'\\\n\r\0[]{}()<>&%#@!+*|$;\t/",
    "::", " :: ", "../", "//", "'''", '"""', "\r\n", "\x1b[31m", "\x1b]0;x\x07", "\u202e", "\ufeff",
    "\x85", "\u2028", "é", "ß",
    "İ", "٣", "Ａ", "\udcff", "0", "-1", "9" * 20, "9" * 5000, "1e400", "NaN", "null", "true", "1979-05-27",
    "0x", "a" * 300,
    " " * 500, "[" * 2000, "(" * 2000, '{"a":' * 2000, "a=" * 500, "- " * 500, "\n" * 500, "#" * 500,
    "\\\n" * 200, "%7E", "%00",
    "%2F", "%0A", "%1b", "file:///dev/zero", "file:///etc/passwd", "http://", "http://[::1",
    "http://h:99999999/", "ftp://h/",
    "data:x", "#sha256=", "#egg=", "py3", "cp311", "none", "any", "manylinux_2_17_x86_64", "${HOME}", "${",
    "@ ", "--hash=sha256:",
    "--hash=", "-r ", "-c ", "-e ", "-r r.txt\n", "--index-url ", "--index-url=", "--pre\n",
    '; python_version > "3"', "!--", "<!",
    "<![CDATA[", "<![[[[", "</", '<a href="', "<base href=", "<?", "&#x110000;", "&#0;", "&#xd800;",
    "&#" + "9" * 5000 + ";", "[x]",
    "[[x]]", "[variantlib]\n", "== ", "===", "<=1.0.*", "~=1", "Variant: x", "Variant-hash: x\n",
]  # fmt: skip
#: Values for numbers of binary formats, in little-endian order.
_NUMBERS = [
    b"\xff\xff", b"\0\0", b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\0\0\0\x80",
    b"\xff" * 8, b"\xff" * 7 + b"\x7f",
    b"\x01\0", b"\x0c\0", b"\x0e\0", b"\x08\0", b"\x63\0", b"\x09\0",
]  # fmt: skip
_VALUES: list[Any] = [
    None, True, False, 0, -1, 1.5, 1e308, 10**30, "", "x", "x" * 500, "\x1b", "\ud800", "1.0", "2.0", "v3",
    [], {}, [[]], {"a": 1},
    [None], [[[["x"]]]],
]  # fmt: skip

_LARGEST_TEXT = 100_000


class Mutator:
    """Changes data at random.

    Args:
        random: the generator; the same one in the same state makes the same changes.
    """

    def __init__(self, random: Random) -> None:
        self.random = random

    def text(self, text: str) -> str:
        """Insert, remove, replace or repeat at a few places."""
        choose = self.random
        for _ in range(choose.choice([1, 1, 1, 2, 3, 8])):
            at = choose.randrange(len(text) + 1)
            end = min(len(text), at + choose.choice([0, 1, 2, 5, 20, 200]))
            token = choose.choice(_TOKENS)
            match choose.randrange(7):
                case 0:
                    text = text[:at] + token + text[at:]
                case 1:
                    text = text[:at] + text[end:]
                case 2:
                    text = text[:at] + token + text[end:]
                case 3:
                    text = text[:at] + text[at:end] * choose.choice([2, 3, 50]) + text[end:]
                case 4:
                    character = chr(choose.choice([choose.randrange(128), choose.randrange(0x110000)]))
                    text = text[:at] + character + text[at + 1 :]
                case 5:
                    text = text[:at]
                case _:
                    other = choose.randrange(len(text) + 1)
                    text = text[:at] + text[other : other + 30] + text[at:]
            text = text[:_LARGEST_TEXT]
        return text

    def data(self, content: bytes) -> bytes:
        """Change bits, bytes and numbers, cut, and copy from one place to another."""
        choose, data = self.random, bytearray(content)
        for _ in range(choose.choice([1, 1, 2, 4, 16])):
            data = data or bytearray(b"x")
            at, other = choose.randrange(len(data)), choose.randrange(len(data))
            match choose.randrange(8):
                case 0:
                    data[at] ^= 1 << choose.randrange(8)
                case 1:
                    data[at] = choose.choice([0, 255, 127, 128, 1, choose.randrange(256)])
                case 2:
                    del data[at : at + choose.choice([1, 2, 8, 100])]
                case 3:
                    data[at:at] = choose.randbytes(choose.choice([1, 4, 16]))
                case 4:
                    self._put_number(data, at)
                case 5:
                    del data[at:]
                case 6:
                    data[at : at + 8] = data[other : other + 8]
                case _:
                    data[at:at] = data[other : other + choose.choice([4, 40, 400])]
        return bytes(data)

    def encoded(self, text: str) -> bytes:
        """A changed text, or its changed bytes."""
        if self.random.random() < 0.3:
            return self.data(text.encode())
        return self.text(text).encode("utf-8", "surrogatepass")

    def document(self, document: Any) -> Any:
        """A document of JSON or TOML with a few changed, missing, new or repeated values."""
        changed = json.loads(json.dumps(document))
        for _ in range(self.random.choice([1, 1, 2, 3])):
            self._change_value(changed)
        return changed

    def json(self, document: Any) -> bytes:
        """The bytes of a JSON document whose values, or whose text, have changed."""
        if self.random.random() < 0.6:
            return json.dumps(self.document(document)).encode()
        return self.encoded(json.dumps(document))

    def zip(self, content: bytes) -> bytes:
        """A zip archive with changes in its headers, its directory and its end, or anywhere."""
        choose = self.random
        data = bytearray(self.data(content) if choose.random() < 0.4 else content)
        for _ in range(choose.choice([1, 1, 2, 4])):
            signature = choose.choice([b"PK\5\6", b"PK\1\2", b"PK\3\4"])
            start = data.find(signature, choose.randrange(len(data) + 1))
            start = data.find(signature) if start < 0 else start
            if start >= 0:
                self._put_number(data, start + choose.randrange(46))
        return bytes(data)

    def elf(self, content: bytes) -> bytes:
        """An ELF file with changes in its header and in the tables of its segments and sections."""
        choose, data = self.random, bytearray(content)
        segments, sections = struct.unpack_from("<QQ", content, 32)
        for _ in range(choose.choice([1, 2, 4, 8])):
            place = choose.random()
            if place < 0.3:
                at = choose.randrange(64)
            elif place < 0.6:
                at = sections + choose.randrange(64 * 40)
            elif place < 0.8:
                at = segments + choose.randrange(56 * 10)
            else:
                at = choose.randrange(len(data))
            self._put_number(data, at)
        return bytes(data[: choose.randrange(len(data))] if choose.random() < 0.1 else data)

    def _value(self) -> Any:
        return deepcopy(self.random.choice(_VALUES))  # a list that is put in can be changed afterwards

    def _put_number(self, data: bytearray, at: int) -> None:
        number = self.random.choice([*_NUMBERS, self.random.randbytes(1)])
        if at + len(number) <= len(data):
            data[at : at + len(number)] = number

    def _change_value(self, place: Any) -> None:
        choose = self.random
        while isinstance(place, (dict, list)) and place:
            key = choose.choice(list(place)) if isinstance(place, dict) else choose.randrange(len(place))
            if isinstance(place[key], (dict, list)) and choose.random() < 0.6:
                place = place[key]
                continue
            match choose.randrange(4):
                case 0:
                    place[key] = self._value()
                case 1:
                    del place[key]
                case 2 if isinstance(place, dict):
                    place[str(self._value())] = self._value()
                case _:
                    place[key] = self.text(place[key]) if isinstance(place[key], str) else self._value()
            return
