"""The instruction sets that x86-64 machine code needs, and where, by iced-x86.

Each section is decoded once, from its first byte to its last, and only the number of each kind of instruction is kept,
for each stretch of some thousand instructions. What instruction sets a kind needs is looked up afterwards, and only
stretches that hold something of interest are decoded a second time, to find where it is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from attrs import frozen

from dualvariant.audit.instruction_sets import find_feature
from dualvariant.binary.elf import Code, Function
from dualvariant.core.errors import UsageError

if TYPE_CHECKING:
    import iced_x86

__all__ = [
    "CodeLocation",
    "DisassemblerMissingError",
    "Disassembly",
    "disassemble",
    "find_needs",
    "require_disassembler",
]

_STRETCH = 16384  # instructions
#: An instruction so near to bytes that are no instruction may be data.
_NEAR = 16  # instructions
_INVALID = 0  # Code.INVALID


@frozen
class CodeLocation:
    """Instructions of one kind in one function.

    Args:
        section: the section.
        symbol: the function; None where it has no name.
        address: that of the first of them.
        instruction: the first of them, in Intel's notation.
        count: how many there are in the function.
    """

    section: str
    symbol: str | None
    address: int
    instruction: str
    count: int

    def __str__(self) -> str:
        where = self.symbol or self.section
        more = f" (and {self.count - 1} more)" if self.count > 1 else ""
        return f"{self.instruction} in {where} at {self.address:#x}{more}"


class DisassemblerMissingError(UsageError):
    """A disassembler is not installed, or cannot be imported.

    Args:
        what: what it reads.
        package: its name.
        error: what its import raised.
    """

    code = "disassembler-missing"

    def __init__(self, what: str, package: str, error: Exception) -> None:
        why = "it is not installed" if isinstance(error, ModuleNotFoundError) else f"it cannot be imported: {error}"
        super().__init__(
            f"reading {what} needs the package {package!r} ({why})", "python -m pip install 'dualvariant[audit]'"
        )


def require_disassembler() -> None:
    """Check that iced-x86 is installed.

    Raises:
        DisassemblerMissingError: it is not installed, or cannot be used.
    """
    try:
        import iced_x86  # noqa: F401
    except (ImportError, OSError) as error:  # OSError: its library is for another machine, or damaged
        raise DisassemblerMissingError("machine code", "iced-x86", error) from None


@lru_cache(maxsize=8192)
def find_needs(code: int) -> frozenset[str]:
    """The instruction sets above the baseline that a kind of instruction needs."""
    import iced_x86

    if code in _list_uncounted():
        return frozenset()
    if code in (iced_x86.Code.LAHF, iced_x86.Code.SAHF):
        return frozenset({"lahf_lm"})
    instruction = iced_x86.Instruction()
    instruction.code = code  # type: ignore[assignment]  # the stub wants an enumeration, the code is a number
    found = {find_feature(_names()[number]) for number in instruction.cpuid_features()}
    return frozenset(name for name in found if name is not None)


@lru_cache(maxsize=1)
def _names() -> dict[int, str]:
    import iced_x86

    features = iced_x86.CpuidFeature
    return {value: name for name, value in vars(features).items() if name.isupper() and isinstance(value, int)}


@lru_cache(maxsize=1)
def _list_uncounted() -> frozenset[int]:
    """TZCNT is what every older processor takes for ``rep bsf``, which compilers write on purpose; XGETBV asks."""
    import iced_x86

    kinds = iced_x86.Code
    named = {"XGETBV", "TZCNT_R16_RM16", "TZCNT_R32_RM32", "TZCNT_R64_RM64"}
    return frozenset(getattr(kinds, name) for name in named)


class _Stretch(NamedTuple):
    code: Code
    start: int
    end: int
    kinds: Counter[int]


class Disassembly:
    """The instructions of one module, by kind.

    Args:
        sections: its code.
        functions: its functions by address.
    """

    def __init__(self, sections: Sequence[Code], functions: Sequence[Function]) -> None:
        self._functions = functions
        self._starts = [function.address for function in functions]
        self._stretches = [stretch for code in sections for stretch in _stretches(code)]
        #: How many there are of each kind (``iced_x86.Code``): two modules with the same numbers are the same program.
        self.kinds: Counter[int] = Counter()
        for stretch in self._stretches:
            self.kinds.update(stretch.kinds)

    @property
    def counts(self) -> Counter[str]:
        """How many instructions need each instruction set above the baseline."""
        found: Counter[str] = Counter()
        for kind, number in self.kinds.items():
            for feature in find_needs(kind):
                found[feature] += number
        return found

    @property
    def asks(self) -> tuple[str, ...]:
        """The instructions with which code asks the processor what it has."""
        import iced_x86

        named = {"CPUID": iced_x86.Code.CPUID, "XGETBV": iced_x86.Code.XGETBV}
        return tuple(name for name, kind in named.items() if self.kinds[kind])

    def find_questions(self) -> list[int]:
        """The addresses of every CPUID and XGETBV."""
        import iced_x86

        wanted = {iced_x86.Code.CPUID, iced_x86.Code.XGETBV}
        found: list[int] = []
        for stretch in self._stretches:
            if wanted & set(stretch.kinds):
                decoder = _decoder(stretch.code, stretch.start, stretch.end)
                found += [instruction.ip for instruction in decoder if instruction.code in wanted]
        return found

    def describe(self, address: int) -> str:
        """One instruction in Intel's notation, and where it is."""
        code = next(stretch.code for stretch in self._stretches if _holds(stretch.code, address))
        return f"{_shown(code, address)} in {self._function_at(address) or code.name} at {address:#x}"

    def places(self, feature: str, *, limit: int = 3, whole: bool = True) -> tuple[list[CodeLocation], bool]:
        """Where instructions are that need an instruction set, function by function.

        Args:
            feature: the instruction set.
            limit: the largest number of functions to return.
            whole: look at all code, so that the numbers are whole; else stop as soon as there is something to show.

        Returns:
            The first functions, and whether this is doubtful: each such instruction is near bytes that are none, as
            data among code are.
        """
        first: dict[tuple[str, str | None], tuple[_Stretch, int]] = {}
        numbers: Counter[tuple[str, str | None]] = Counter()
        doubtful = True
        for stretch in self._stretches:
            wanted = {kind for kind in stretch.kinds if feature in find_needs(kind)}
            if not wanted:
                continue
            decoder = _decoder(stretch.code, stretch.start, stretch.end)
            pairs = list(map(attrgetter("code", "ip"), decoder))
            invalid = [at for at, (kind, _) in enumerate(pairs) if kind == _INVALID] if stretch.kinds[_INVALID] else []
            for at, (kind, address) in enumerate(pairs):
                if kind in wanted:
                    where = (stretch.code.name, self._function_at(address))
                    numbers[where] += 1
                    first.setdefault(where, (stretch, address))
                    doubtful = doubtful and _near(at, invalid)
            if not whole and not doubtful:
                break
        found = [
            CodeLocation(*where, address, _shown(stretch.code, address), numbers[where])
            for where, (stretch, address) in list(first.items())[:limit]
        ]
        return found, doubtful

    def _function_at(self, address: int) -> str | None:
        at = bisect_right(self._starts, address) - 1
        if at < 0 or address >= self._functions[at].address + max(self._functions[at].size, 1):
            return None
        return self._functions[at].name


def _holds(code: Code, address: int) -> bool:
    return 0 <= address - code.address < len(code.content)


def _near(at: int, invalid: Sequence[int]) -> bool:
    after = bisect_right(invalid, at)
    return any(abs(at - other) <= _NEAR for other in invalid[max(after - 1, 0) : after + 1])


def _shown(code: Code, address: int) -> str:
    """One instruction in Intel's notation."""
    import iced_x86

    at = address - code.address
    (instruction,) = islice(_decoder(code, at, at + 15), 1)
    return iced_x86.Formatter(iced_x86.FormatterSyntax.INTEL).format(instruction)


def _decoder(code: Code, start: int, end: int) -> iced_x86.Decoder:
    import iced_x86

    return iced_x86.Decoder(64, code.content[start:end], ip=code.address + start)


def _stretches(code: Code) -> Iterator[_Stretch]:
    decoder = _decoder(code, 0, len(code.content))
    kind_of, start = attrgetter("code"), 0
    kinds = map(kind_of, decoder)
    while decoder.can_decode:
        counted = Counter(islice(kinds, _STRETCH))
        end = decoder.position
        yield _Stretch(code, start, end, counted)
        start = end


def disassemble(sections: Sequence[Code], functions: Sequence[Function]) -> Disassembly:
    """Decode all code of a module.

    Raises:
        UsageError: iced-x86 is not installed.
    """
    require_disassembler()
    return Disassembly(sections, functions)
