"""The features of the Arm architecture that aarch64 machine code needs, and where, by Capstone.

Instructions have one size, so each word that occurs is decoded once, however often it occurs. Capstone names the
instruction; which feature an instruction belongs to is in the tables below.

Instructions that older processors take for no operation do not count (BTI, the pointer authentication of return
addresses). Nor do the helpers of outline atomics: gcc and clang call them in place of an atomic instruction, and they
look at a variable before they use LSE.

Source: Arm Architecture Reference Manual for A-profile (DDI 0487), chapters A2 and C6 to C8.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

from dualvariant.audit.arm_plain import PLAIN, SHIFT
from dualvariant.audit.disassembly import CodeLocation, DisassemblerMissingError
from dualvariant.binary.elf import Code, Function

__all__ = ["ArmCode", "find_arm_feature", "read_arm_code"]

_MNEMONICS = {
    "FEAT_LSE": r"casp?[al]{0,2}[bh]?|swp[al]{0,2}[bh]?|(ld|st)(add|clr|eor|set|[su]max|[su]min)(a|l|al)?[bh]?",
    "FEAT_CRC32": r"crc32c?[bhwx]",
    "FEAT_RDM": r"sqrdml[as]h",
    "FEAT_DotProd": r"[su]dot",
    "FEAT_FCMA": r"fcmla|fcadd",
    "FEAT_JSCVT": r"fjcvtzs",
    "FEAT_LRCPC": r"ldapr[bh]?",
    "FEAT_LRCPC2": r"ldapurs?[bhw]?|stlur[bh]?",
    "FEAT_FlagM": r"cfinv|rmif|setf(8|16)",
    "FEAT_FlagM2": r"axflag|xaflag",
    "FEAT_FRINTTS": r"frint(32|64)[xz]",
    "FEAT_PAuth": r"(pac|aut)[id][ab]|(pac|aut)[id]z[ab]|pacga|reta[ab]|blra[ab]z?|bra[ab]z?|ldra[ab]|xpac[id]",
    "FEAT_I8MM": r"(s|u|us)mmla|usdot|sudot",
    "FEAT_BF16": r"bf(dot|mmla|mlal[bt]|cvt(n2?|nt)?)",
    "FEAT_FHM": r"fml[as]l2?",
    "FEAT_AES": r"aes(e|d|mc|imc)",
    "FEAT_SHA1": r"sha1(c|h|m|p|su[01])",
    "FEAT_SHA256": r"sha256(h2?|su[01])",
    "FEAT_SHA512": r"sha512(h2?|su[01])",
    "FEAT_SHA3": r"eor3|rax1|xar|bcax",
    "FEAT_SM3": r"sm3\w+",
    "FEAT_SM4": r"sm4\w+",
    "FEAT_MTE": r"irg|addg|subg|gmi|subps?|ldg|st[z2]{0,2}g|stgp",
    "FEAT_MOPS": r"cpyf?[pme]\w*|set[pme](t?n?)?",
    "FEAT_LS64": r"ld64b|st64b(v0?)?",
    "FEAT_SME": r"smstart|smstop|[fsu]mop[as]|zero",
    "FEAT_CSSC": r"ctz|cnt|abs|[su](max|min)",
}
_FEATURES = [(re.compile(pattern), feature) for feature, pattern in _MNEMONICS.items()]
#: Instructions of SVE2 that SVE has not; an instruction of SVE works on registers z and p.
_SVE2 = re.compile(
    r"[su](ab|ml|qdml|q)\w*[bt]|adcl[bt]|sbcl[bt]|bcax|bsl[12]?n?|nbsl|eor3|eorbt|eortb|xar|[su]?addp|faddp|fmaxp|fminp"
    r"|fmlal[bt]|fmlsl[bt]|histcnt|histseg|match|nmatch|pmul\w*|cmla|cadd|cdot|sqcadd|sqrdcmlah|sqrdml[as]h|sqrshl|srshl"
    r"|suqadd|usqadd|whilege|whilegt|whilehi|whilehs|whilerw|whilewr|ldnt1s\w|tbx|sli|sri|[su]rsra|[su]sra|[su]shll[bt]"
    r"|shrn[bt]|rshrn[bt]|sqx?tu?n[bt]|flogb|fcvtlt|fcvtnt|fcvtx|fcvtxnt|urecpe|ursqrte|sqabs|sqneg|mul",
)
_SCALABLE = re.compile(r"\bz[0-9]+\b|\bp[0-9]+\b|\{z[0-9]")
#: Registers that hold one half-precision number, or vectors of them.
_HALF = re.compile(r"\bh[0-9]+\b|\.[48]h\b")
_HALF_MNEMONIC = re.compile(r"f(?!mov$|cvt)\w+|[su]cvtf|fcvt[anmpz][su]")
_VECTOR = re.compile(r"\bv[0-9]+\.")
_ATOMIC = "FEAT_LSE"
#: Instructions between the look at the variable and the atomic instruction, in a helper of outline atomics.
_HELPER = 4
#: Registers that identify the processor.
_QUESTION = re.compile(r", (id_aa64|midr_el1)")
#: An instruction so near to a word that is none may be data.
_NEAR = 16
_CONDITION = re.compile(r"(cbz|cbnz|tbz|tbnz) [wx]1[67],")


def find_arm_feature(mnemonic: str, operands: str) -> str | None:
    """The feature that an instruction belongs to; None for one that every Armv8 processor with Linux has.

    Args:
        mnemonic: the instruction's name, as Capstone writes it.
        operands: its operands.
    """
    if (("z" in operands or "p" in operands) and _SCALABLE.search(operands)) or mnemonic in (
        "rdvl",
        "addvl",
        "addpl",
        "cntb",
        "cnth",
        "cntw",
        "cntd",
        "setffr",
    ):
        return "FEAT_SVE2" if _SVE2.fullmatch(mnemonic) and not _is_plain_sve(mnemonic, operands) else "FEAT_SVE"
    if mnemonic in ("msr", "mrs") and operands.lower().startswith("dit"):
        return "FEAT_DIT"
    if mnemonic == "dc" and operands.startswith("cva"):
        return {"cvap": "FEAT_DPB", "cvadp": "FEAT_DPB2"}.get(operands.split(",")[0])
    if mnemonic in ("pmull", "pmull2") and ("1q" in operands):
        return "FEAT_PMULL"
    for feature in _find_candidates(mnemonic):
        if _fits(feature, mnemonic, operands):
            return feature
    if "h" in operands and _is_for_halves(mnemonic) and _HALF.search(operands):
        return "FEAT_FP16"
    return None


@cache
def _is_for_halves(mnemonic: str) -> bool:
    return _HALF_MNEMONIC.fullmatch(mnemonic) is not None


@cache
def _find_candidates(mnemonic: str) -> tuple[str, ...]:
    return tuple(feature for pattern, feature in _FEATURES if pattern.fullmatch(mnemonic))


def _fits(feature: str, mnemonic: str, operands: str) -> bool:
    """Whether an instruction of this name is the feature's: some names are those of older instructions too."""
    if feature == "FEAT_CSSC":
        return not _VECTOR.search(operands) and re.match(r"[wx][0-9]", operands) is not None
    if feature in ("FEAT_MTE", "FEAT_MOPS"):
        return not _VECTOR.search(operands) and not operands.startswith(("v", "{"))
    if feature == "FEAT_SME":
        return mnemonic.startswith("sm") or "za" in operands
    return True


def _is_plain_sve(mnemonic: str, operands: str) -> bool:
    """Whether SVE has this form of an instruction too: ``mul`` with a predicate or a number."""
    return mnemonic == "mul" and ("/m" in operands or "#" in operands)


class ArmCode:
    """The instructions of one module by feature.

    Args:
        sections: its code.
        functions: its functions by address.
    """

    def __init__(self, sections: Sequence[Code], functions: Sequence[Function]) -> None:
        self._sections, self._functions = sections, functions
        self._starts = [function.address for function in functions]
        self._words = [array("I", code.content[: len(code.content) & ~3]) for code in sections]
        #: How often each instruction word occurs: two modules with the same numbers are the same program.
        self.kinds: Counter[int] = Counter()
        for words in self._words:
            self.kinds.update(words)
        self._feature: dict[int, str] = {}
        self._invalid: set[int] = set()
        self._questions = 0
        self._read_words()
        self._places: dict[str, list[tuple[Code, int]]] = {}
        for code, words in zip(sections, self._words, strict=True):
            self._collect(code, words)

    def _read_words(self) -> None:
        """Decode each word that occurs, once; most are plain instructions with other numbers, and need no decoding."""
        known = [word for word in self.kinds if not PLAIN[word >> SHIFT]]
        buffer = array("I", known).tobytes()
        disassembler = _disassembler()
        disassembler.skipdata = True
        decoded = disassembler.disasm_lite(buffer, 0)
        for word, (_, _, mnemonic, operands) in zip(known, decoded, strict=True):
            if mnemonic.startswith("."):
                self._invalid.add(word)
                continue
            feature = find_arm_feature(mnemonic, operands)
            if feature is not None:
                self._feature[word] = feature
            elif mnemonic == "mrs" and _QUESTION.search(operands.lower()):
                self._questions += 1

    def _collect(self, code: Code, words: array[int]) -> None:
        known = self._feature
        for number in [number for number, word in enumerate(words) if word in known]:
            feature = known[words[number]]
            if feature != _ATOMIC or not _is_helper(words, number):
                self._places.setdefault(feature, []).append((code, number))

    @property
    def counts(self) -> dict[str, int]:
        """How many instructions need each feature."""
        return {feature: len(places) for feature, places in self._places.items()}

    @property
    def asks(self) -> tuple[str, ...]:
        """How code asks the processor: by reading a register that identifies it."""
        return ("ID registers",) if self._questions else ()

    def is_doubtful(self, feature: str) -> bool:
        """Whether each instruction that needs a feature is near words that are none, as data among code are."""
        return all(self._is_near_data(code, number) for code, number in self._places[feature])

    def _is_near_data(self, code: Code, number: int) -> bool:
        words = self._words[self._sections.index(code)]
        return any(word in self._invalid for word in words[max(0, number - _NEAR) : number + _NEAR])

    def places(self, feature: str, limit: int = 3) -> tuple[CodeLocation, ...]:
        """Where instructions are that need a feature, function by function."""
        first: dict[tuple[str, str | None], tuple[int, int]] = {}
        numbers: Counter[tuple[str, str | None]] = Counter()
        for code, number in self._places.get(feature, ()):
            address = code.address + 4 * number
            where = (code.name, self._function_at(address))
            numbers[where] += 1
            first.setdefault(where, (address, int.from_bytes(code.content[4 * number : 4 * number + 4], "little")))
        found: Iterator[tuple[tuple[str, str | None], tuple[int, int]]] = iter(list(first.items())[:limit])
        return tuple(
            CodeLocation(*where, address, " ".join(_decode(word) or ("?",)), numbers[where])
            for where, (address, word) in found
        )

    def _function_at(self, address: int) -> str | None:
        at = bisect_right(self._starts, address) - 1
        if at < 0 or address >= self._functions[at].address + max(self._functions[at].size, 1):
            return None
        name = self._functions[at].name
        return None if name.startswith("$") else name


def _is_helper(words: array[int], number: int) -> bool:
    """Whether an atomic instruction is the fast way of a helper of outline atomics, behind its condition."""
    return any(_is_condition(words[at]) for at in range(max(0, number - _HELPER), number))


@cache
def _is_condition(word: int) -> bool:
    decoded = _decode(word)
    return decoded is not None and _CONDITION.match(" ".join(decoded)) is not None


def _decode(word: int) -> tuple[str, str] | None:
    """Name and operands of an instruction; None for a word that is none."""
    for _, _, mnemonic, operands in _disassembler().disasm_lite(word.to_bytes(4, "little"), 0):
        return mnemonic, operands
    return None


@cache
def _disassembler():  # type: ignore[no-untyped-def]  # capstone comes without types
    try:
        import capstone  # type: ignore[import-untyped]
    except (ImportError, OSError) as error:  # OSError: its library is for another machine, or damaged
        raise DisassemblerMissingError("Arm's machine code", "capstone", error) from None
    return capstone.Cs(getattr(capstone, "CS_ARCH_AARCH64", getattr(capstone, "CS_ARCH_ARM64", 1)), 0)


def read_arm_code(sections: Sequence[Code], functions: Sequence[Function]) -> ArmCode:
    """Decode all code of a module.

    Raises:
        DisassemblerMissingError: capstone is not installed, or cannot be used.
    """
    _disassembler()
    return ArmCode(sections, functions)
