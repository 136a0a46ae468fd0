"""The words of Arm code that are not decoded, against Capstone: each is an instruction, and of no later feature."""

from __future__ import annotations

import random
from array import array

import pytest

from dualvariant.audit.arm import find_arm_feature, read_arm_code
from dualvariant.audit.arm_plain import PLAIN, SHIFT
from dualvariant.binary.elf import Code

capstone = pytest.importorskip("capstone", reason="capstone is not installed (extra dualvariant[audit])")

PREFIXES = [first for first in range(len(PLAIN)) if PLAIN[first]]
WORDS = 300


def is_overlapping_pair(word: int) -> bool:
    """Whether two registers that are loaded are one, or one of a pair is the base that is written back."""
    if word & 0x3A000000 != 0x28000000:
        return False
    first, base, second = word & 31, word >> 5 & 31, word >> 10 & 31
    is_load, writes_back, is_vector = word >> 22 & 1, word >> 23 & 1, word >> 26 & 1
    written = writes_back and not is_vector and base != 31 and base in (first, second)
    return bool(written) or (bool(is_load) and first == second)


def test_plain_words_are_instructions_of_every_processor() -> None:
    generator = random.Random(8)
    disassembler = capstone.Cs(capstone.CS_ARCH_ARM64, 0)
    disassembler.skipdata = True
    words = array("I", [first << SHIFT | generator.getrandbits(SHIFT) for first in PREFIXES for _ in range(WORDS)])
    decoded = list(disassembler.disasm_lite(words.tobytes(), 0))
    assert len(decoded) == len(words) > 10_000
    for word, (_, _, mnemonic, operands) in zip(words, decoded, strict=True):
        if is_overlapping_pair(word):
            continue  # unpredictable, which Capstone calls data
        assert not mnemonic.startswith("."), hex(word)
        assert find_arm_feature(mnemonic, operands) is None, (hex(word), mnemonic, operands)
        assert mnemonic != "mrs"


def test_the_forms_are_those_that_programs_are_made_of() -> None:
    """Branches, addresses, additions, moves, loads and stores; and nothing that a later feature shares a form with."""
    plain = {
        "bl": 0x94000001, "cbz": 0xB4000040, "tbnz": 0x37000040, "adrp": 0x90000000, "add": 0x91000400,
        "movz": 0xD2800020, "ldr": 0xF9400000, "ldr q0": 0x3DC00000, "stp": 0xA9BF7BFD,
    }  # fmt: skip
    decoded = {
        "ldadd": 0xB8210020, "fadd h0": 0x1EE02820, "addg": 0x91800400, "stgp": 0x69000000, "mrs": 0xD5380600,
        "smax": 0x91C00400, "udot": 0x6E829420, "data": 0x00000000, "retaa": 0xD65F0BFF,
    }  # fmt: skip
    assert all(PLAIN[word >> SHIFT] for word in plain.values())
    assert not any(PLAIN[word >> SHIFT] for word in decoded.values())


def test_what_is_found_is_the_same_as_by_decoding_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random words, all kinds of them: numbers, places and doubts."""
    generator = random.Random(9)
    content = array("I", [generator.getrandbits(32) for _ in range(20_000)]).tobytes()
    code = Code(".text", 0x1000, content)
    quick = read_arm_code([code], [])
    monkeypatch.setattr("dualvariant.audit.arm.PLAIN", bytes(len(PLAIN)))
    slow = read_arm_code([code], [])
    assert quick.counts == slow.counts and len(quick.counts) > 10
    assert quick.kinds == slow.kinds and quick.asks == slow.asks
    for feature in quick.counts:
        assert quick.places(feature) == slow.places(feature)
        assert quick.is_doubtful(feature) == slow.is_doubtful(feature)
