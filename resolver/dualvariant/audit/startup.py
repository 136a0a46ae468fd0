"""Machine code that runs when a library is loaded or imported and that no question to the processor comes before.

Constructors, ``PyInit_NAME``, the functions of ``Py_mod_exec`` slots and what these call are followed step by step,
both ways of each branch. A path ends where the processor was asked: at CPUID or XGETBV, at a call of a function that
asks, and where code reads a variable that such a function writes. What was met before an end runs on every processor.
Calls by pointers, and of other libraries, are not followed. So what is found does run at import, or on a way to an
error; what is not found may run too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import iced_x86
from attrs import field, frozen

from dualvariant.binary.elf import Code
from dualvariant.binary.startup import Startup

__all__ = ["UnguardedCode", "find_unguarded"]

#: Instructions that are followed in one library; Rust's largest modules reach more, and the rest of them is not seen.
_MOST = 250_000
_BLOCK = 4096  # bytes

_FLOW = iced_x86.FlowControl
_ASKING_CODES = frozenset({iced_x86.Code.CPUID, iced_x86.Code.XGETBV})
_LEA = frozenset({iced_x86.Code.LEA_R64_M, iced_x86.Code.LEA_R32_M})
_COMPARISONS = frozenset(
    {iced_x86.Mnemonic.CMP, iced_x86.Mnemonic.TEST, iced_x86.Mnemonic.PUSH, iced_x86.Mnemonic.UCOMISD}
)
#: How many calls above a function that asks its answer may be stored.
_ANSWER_CALLS = 2


class UnguardedCode(NamedTuple):
    """An instruction that runs at startup.

    Args:
        feature: the instruction set that it needs.
        address: its address.
        entry: what leads to it: ``PyInit_NAME``, or a constructor.
    """

    feature: str
    address: int
    entry: str


class _Step(NamedTuple):
    """One instruction: where it leads, what it calls and what data it refers to."""

    following: tuple[int, ...]
    call: int | None
    data: int | None
    writes: bool
    takes_address: bool
    code: int


@frozen
class _Function:
    steps: dict[int, _Step] = field(factory=dict, hash=False)

    @property
    def calls(self) -> set[int]:
        return {step.call for step in self.steps.values() if step.call is not None}

    @property
    def has_question(self) -> bool:
        return any(step.code in _ASKING_CODES for step in self.steps.values())


def find_unguarded(
    sections: Iterable[Code],
    startup: Startup,
    questions: Iterable[int],
    needs: Callable[[int], frozenset[str]],
    asking: frozenset[str],
) -> list[UnguardedCode]:
    """The instructions above the label that run at startup, the first of each instruction set.

    Args:
        sections: the library's code.
        startup: what the loader sees of it.
        questions: the addresses of every CPUID and XGETBV.
        needs: the instruction sets above the label that a kind of instruction needs.
        asking: names of other libraries' functions and variables that are questions to the processor.
    """
    return _Search(tuple(sections), startup, needs, asking).run(questions)


class _Search:
    def __init__(
        self,
        sections: tuple[Code, ...],
        startup: Startup,
        needs: Callable[[int], frozenset[str]],
        asking: frozenset[str],
    ) -> None:
        self.sections, self.startup, self.needs = sections, startup, needs
        self.functions: dict[int, _Function] = {}
        self.left = _MOST
        self.answers = {address for address, name in startup.imports.items() if name in asking}

    def run(self, questions: Iterable[int]) -> list[UnguardedCode]:
        entries = self._collect()
        asked = {found[0] for found in map(self.startup.find_function, questions) if found is not None}
        for address in asked:
            self.functions.setdefault(address, self._read(address))
        asks = self._find_asking(asked)
        found: dict[str, UnguardedCode] = {}
        for name, address in entries:
            for feature, at in self._walk(address, asks):
                found.setdefault(feature, UnguardedCode(feature, at, name))
        return list(found.values())

    def _collect(self) -> list[tuple[str, int]]:
        """Read every function that startup reaches; the functions that it begins with, and how they are called."""
        entries = [("a constructor", address) for address in self.startup.constructors]
        entries += [(name, address) for name, address in self.startup.inits.items()]
        for name, address in self.startup.inits.items():
            function = self.functions.setdefault(address, self._read(address))
            definitions = {step.data for step in function.steps.values() if step.data is not None}
            entries += [(name, slot) for one in sorted(definitions) for slot in self.startup.find_exec_slots(one)]
        waiting = [address for _, address in entries]
        while waiting:
            address = waiting.pop()
            if address not in self.functions:
                self.functions[address] = self._read(address)
            waiting += [call for call in self.functions[address].calls if call not in self.functions]
            if self.left <= 0:
                break
        return entries

    def _read(self, entry: int) -> _Function:
        steps: dict[int, _Step] = {}
        waiting = [entry]
        while waiting and self.left > 0:
            start = waiting.pop()
            if start in steps:
                continue
            for instruction in self._decode(start):
                address = instruction.ip
                if address in steps:
                    break
                step = steps[address] = self._make_step(instruction)
                self.left -= 1
                ahead = instruction.next_ip
                waiting += [each for each in step.following if each != ahead]
                if ahead not in step.following:
                    break
            else:
                if start in steps:
                    waiting.append(address + instruction.len)
        return _Function(steps)

    def _decode(self, address: int) -> Iterator[iced_x86.Instruction]:
        for section in self.sections:
            at = address - section.address
            if 0 <= at < len(section.content):
                yield from iced_x86.Decoder(64, section.content[at : at + _BLOCK], ip=address)

    def _make_step(self, instruction: iced_x86.Instruction) -> _Step:
        flow = instruction.flow_control
        following: tuple[int, ...] = (instruction.next_ip,)
        call: int | None = None
        if flow in (_FLOW.UNCONDITIONAL_BRANCH, _FLOW.CONDITIONAL_BRANCH):
            other = instruction.near_branch_target
            following = (other,) if flow == _FLOW.UNCONDITIONAL_BRANCH else (instruction.next_ip, other)
        elif flow == _FLOW.CALL:
            call = instruction.near_branch_target
        elif flow not in (_FLOW.NEXT, _FLOW.INDIRECT_CALL):
            following = ()
        data = instruction.ip_rel_memory_address if instruction.is_ip_rel_memory_operand else None
        writes = (
            data is not None
            and flow == _FLOW.NEXT
            and instruction.op0_kind == iced_x86.OpKind.MEMORY
            and instruction.mnemonic not in _COMPARISONS
        )
        if instruction.code == 0:  # bytes that are no instruction
            following = ()
        return _Step(following, call, data, writes, instruction.code in _LEA, instruction.code)

    def _find_asking(self, asked: set[int]) -> set[int]:
        """The functions that ask, or call one that does; what they write down are answers from now on."""
        direct = {address for address, function in self.functions.items() if function.has_question} | asked
        direct |= {
            address
            for address, function in self.functions.items()
            if any(step.data in self.answers for step in function.steps.values())
        }
        callers: dict[int, set[int]] = {}
        for address, function in self.functions.items():
            for call in function.calls:
                callers.setdefault(call, set()).add(address)
        asks, latest = set(direct), direct
        for distance in range(len(self.functions) + 1):
            if distance <= _ANSWER_CALLS:
                self._note_answers(latest, by_address=distance == 0)
            latest = {caller for address in latest for caller in callers.get(address, ())} - asks
            if not latest:
                break
            asks |= latest
        return asks

    def _note_answers(self, functions: Iterable[int], *, by_address: bool) -> None:
        """Note the variables that functions write; those that ask may write by an address, too."""
        for address in functions:
            for step in self.functions[address].steps.values():
                writes = step.writes or (by_address and step.takes_address)
                if writes and step.data is not None and self.startup.is_variable(step.data):
                    self.answers.add(step.data)

    def _walk(self, entry: int, asks: set[int]) -> Iterator[tuple[str, int]]:
        """What runs from an entry on before the processor is asked."""
        waiting, seen = [(entry, entry)], set[tuple[int, int]]()
        while waiting:
            place = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            owner, address = place
            function = self.functions.get(owner)
            step = function.steps.get(address) if function is not None else None
            if step is None or step.code in _ASKING_CODES or step.data in self.answers:
                continue
            for feature in self.needs(step.code):
                yield feature, address
            if step.call is not None:
                waiting.append((step.call, step.call))
                if step.call in asks:
                    continue
            waiting += [(owner, each) for each in step.following]
