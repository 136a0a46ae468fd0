"""From a recorded expression to a program of planes: the chain rule, shared results, registers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dual_autodiff.pipeline.differentiate import ONE, RULES
from dual_autodiff.pipeline.fuse import PAIRS, Node, fused

__all__ = ["ONE", "CompiledProgram", "Step", "compile_program"]

#: A recorded step: its operation and the numbers of its arguments. The operations "input" and "constant" have the
#: number of the input or constant as their one argument.
Step = tuple[str, tuple[int, ...]]
_COMMUTE = {"add", "mul"}
_FOLDED = {"add", "sub", "mul", "div", "neg"}


class CompiledProgram:
    """Code for an engine, and what its operands are.

    *code* holds ``(operation, to, from)``; operands are numbered inputs, outputs, constants, registers. *derived* holds
    constants that come from others, ``(operation, arguments)`` each, to be computed in order when it runs.
    """

    __slots__ = ("code", "constants", "derived", "engine", "inputs", "outputs", "registers")

    def __init__(self, builder: _Builder, results: Sequence[int]) -> None:
        self.derived = builder.derived
        self.inputs = builder.input_count
        self.outputs = len(results)
        self.code, self.constants, self.registers = _allocated(builder, results)
        self.engine: Any = None


def compile_program(
    steps: Sequence[Step],
    inputs: Sequence[int],
    results: Sequence[int],
    directions: int,
    constants: int,
    seeds: Sequence[Any],
    with_value: bool,
    with_derivative: bool,
) -> CompiledProgram:
    """A program for *steps*.

    *inputs* is the number of planes; *seeds* tells of each recorded input's derivatives: ``None`` (constant), ``ONE``,
    or the numbers of the input planes that hold them, one for each direction. *results* are the steps whose value and
    derivatives are put out: the value if *with_value*, then the derivatives if *with_derivative*.
    """
    b = _Builder(len(inputs), constants)
    values: list[int] = []
    slopes: list[list[Any]] = []
    for name, arguments in steps:
        if name == "input":
            values.append(b.input(arguments[0]))
            seed = seeds[arguments[0]]
            if seed is None or seed == ONE:
                slopes.append([seed] * directions)
            else:
                slopes.append([b.input(plane) for plane in seed])
        elif name == "constant":
            values.append(b.constant(arguments[0]))
            slopes.append([None] * directions)
        else:
            value, tangents = RULES[name](b, name, [values[j] for j in arguments], [slopes[j] for j in arguments])
            values.append(value)
            slopes.append(tangents)
    planes: list[int] = []
    for result in results:
        if with_value:
            planes.append(values[result])
        if with_derivative:
            planes += [b.plane(slope) for slope in slopes[result]]
    return CompiledProgram(b, planes)


class _Builder:
    """Collects operations; the same one on the same planes is there once."""

    def __init__(self, inputs: int, constants: int) -> None:
        self.input_count = inputs
        self.given = constants
        self.nodes: list[Node] = []
        self.known: dict[tuple[Any, ...], int] = {}
        self.derived: list[tuple[str, tuple[int, ...]]] = []

    def _node(self, operation: str, sources: tuple[int, ...], part: int = 0) -> int:
        key = (operation, sources, part)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = len(self.nodes)
            self.nodes.append(key)
        return found

    def input(self, number: int) -> int:
        return self._node("input", (number,))

    def constant(self, number: int) -> int:
        return self._node("constant", (number,))

    def literal(self, value: float) -> int:
        """A constant of the chain rule itself."""
        key = repr(value)
        for j, (operation, arguments) in enumerate(self.derived):
            if operation == "literal" and repr(arguments[0]) == key:
                return self.constant(self.given + j)
        self.derived.append(("literal", (value,)))  # type: ignore[arg-type]
        return self.constant(self.given + len(self.derived) - 1)

    def plane(self, slope: Any) -> int:
        if slope is None:
            return self.literal(0.0)
        return self.literal(1.0) if slope == ONE else int(slope)

    def __call__(self, operation: str, *sources: int, part: int = 0) -> int:
        if operation in _FOLDED and all(self.nodes[s][0] == "constant" for s in sources):
            step = (operation, tuple(self.nodes[s][1][0] for s in sources))
            if step not in self.derived:
                self.derived.append(step)
            return self.constant(self.given + self.derived.index(step))
        if operation == "sub" and self.nodes[sources[1]][0] == "constant":
            operation, sources = "add", (sources[0], self("neg", sources[1]))
        if operation in _COMMUTE:
            sources = tuple(sorted(sources))
        return self._node(operation, sources, part)

    # Derivatives: None is zero, ONE is one. Zero is left out and not multiplied: it may meet an infinity.

    def times(self, factor: int, slope: Any) -> Any:
        return None if slope is None else factor if slope == ONE else self("mul", factor, slope)

    def over(self, slope: Any, divisor: int) -> Any:
        return None if slope is None else self("div", self.plane(slope), divisor)

    def minus(self, slope: Any) -> Any:
        return None if slope is None else self("neg", self.plane(slope))

    def plus(self, first: Any, second: Any) -> Any:
        if first is None or second is None:
            return first if second is None else second
        return self("add", self.plane(first), self.plane(second))

    def two_times(self, x: int, slope_x: Any, y: int, slope_y: Any) -> Any:
        """``x·x' + y·y'``."""
        if slope_x is None or slope_y is None or ONE in (slope_x, slope_y):
            return self.plus(self.times(x, slope_x), self.times(y, slope_y))
        return self("mul_add", x, slope_x, y, slope_y)


def _allocated(
    b: _Builder, results: Sequence[int]
) -> tuple[list[tuple[str, tuple[int, ...], tuple[int, ...]]], int, int]:
    """The code for what *results* need, the number of constants and of registers."""
    outputs = len(results)
    constants = b.given + len(b.derived)
    first_constant, first_register = b.input_count + outputs, b.input_count + outputs + constants
    needed = [False] * len(b.nodes)
    for node in results:
        needed[node] = True
    for node in range(len(b.nodes) - 1, -1, -1):
        if needed[node] and b.nodes[node][0] not in ("input", "constant"):
            for source in b.nodes[node][1]:
                needed[source] = True
    # Operations of two results are done once, where the first of them stands.
    steps: list[tuple[str, tuple[int, ...], dict[int, int]]] = []
    of_pair: dict[tuple[str, tuple[int, ...]], dict[int, int]] = {}
    for node, (operation, sources, part) in enumerate(b.nodes):
        if not needed[node] or operation in ("input", "constant"):
            continue
        parts = of_pair.get((operation, sources))
        if parts is None:
            parts = of_pair[operation, sources] = {}
            steps.append((operation, sources, parts))
        parts[part] = node
    steps = fused(b.nodes, steps, set(results))
    last_use: dict[int, int] = {}
    for j, (_, sources, _) in enumerate(steps):
        for source in sources:
            last_use[source] = j
    place: dict[int, int] = {}
    for node, (operation, sources, _) in enumerate(b.nodes):
        if operation == "input":
            place[node] = sources[0]
        elif operation == "constant":
            place[node] = first_constant + sources[0]
    wanted: dict[int, list[int]] = {}
    for j, node in enumerate(results):
        wanted.setdefault(node, []).append(b.input_count + j)
    free: list[int] = []
    registers = 0

    def fresh() -> int:
        nonlocal registers
        if free:
            return free.pop()
        registers += 1
        return first_register + registers - 1

    code: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = []
    for j, (operation, sources, parts) in enumerate(steps):
        to = []
        unused = []
        for part in range(2 if operation in PAIRS else 1):
            node_of_part = parts.get(part)
            if node_of_part is None:
                to.append(fresh())
                unused.append(to[-1])
            elif node_of_part in wanted:
                place[node_of_part] = wanted[node_of_part].pop(0)
                to.append(place[node_of_part])
            else:
                place[node_of_part] = fresh()
                to.append(place[node_of_part])
        code.append((operation, tuple(to), tuple(place[source] for source in sources)))
        free += unused
        for source in set(sources):
            if last_use[source] == j and place[source] >= first_register:
                free.append(place[source])
    for node, places in wanted.items():
        code += [("copy", (target,), (place[node],)) for target in places]
    return code, constants, registers
