"""Which words of aarch64 code are instructions that every Armv8 processor has, by their first eleven bits alone.

Most of a program's different words are branches, addresses, additions, moves, loads and stores with all their
numbers. These need no decoding. Only forms are named here of which every word is an instruction, and of no later
feature; everything else is decoded. (A pair of registers that overlap is unpredictable, and no compiler writes it.)

Source: Arm Architecture Reference Manual for A-profile (DDI 0487), section C4.1, "A64 instruction set encoding".
"""

from __future__ import annotations

__all__ = ["PLAIN", "SHIFT"]

#: How far a word is shifted to get the index into :data:`PLAIN`.
SHIFT = 21


def _is_plain(first: int) -> bool:
    """Whether all words with these first eleven bits are instructions of Armv8.0.

    Args:
        first: the bits 31 to 21 of a word.
    """
    word = first << SHIFT
    size, vector, form = word >> 30, word >> 26 & 1, word >> 22 & 3
    if word & 0x7C000000 == 0x14000000 or word & 0x7C000000 == 0x34000000:
        return True  # B, BL; CBZ, CBNZ, TBZ, TBNZ
    if word & 0x1F000000 == 0x10000000 or word & 0x1F800000 == 0x11000000:
        return True  # ADR, ADRP; ADD, ADDS, SUB, SUBS with a number
    if word & 0x1F800000 == 0x12800000:
        # MOVN, MOVZ, MOVK; of 32-bit registers only the two lower halves can be named.
        return word >> 29 & 3 != 1 and (word >> 31 == 1 or word >> 22 & 1 == 0)
    if word & 0x3B000000 == 0x39000000:
        # LDR, STR and the like with a scaled number: size and form say which register, and not all of them exist.
        return (
            (form < 2 or size == 0)
            if vector
            else (form < 2 or (size, form) in {(0, 2), (0, 3), (1, 2), (1, 3), (2, 2)})
        )
    if word & 0x3A000000 == 0x28000000 and word >> 23 & 3:
        # LDP, STP, of two words or double words, or of vectors; not STGP and LDPSW, which share a size.
        return size != 3 and not (size == 1 and not vector)
    return False


#: For each value of the first eleven bits 1 where it is plain, else 0.
PLAIN = bytes(_is_plain(first) for first in range(1 << 32 - SHIFT))
