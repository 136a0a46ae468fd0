"""Operations of a program taken together, where each then rounds as it did alone: less goes through memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

__all__ = ["PAIRS", "Fused", "Node", "fused"]

#: A result: its operation, the results or planes that this reads, and which of the operation's results it is.
Node: TypeAlias = tuple[str, tuple[int, ...], int]
#: An operation, what it reads, and which node each of its results is.
Fused: TypeAlias = tuple[str, tuple[int, ...], dict[int, int]]

#: Steps of Horner's scheme that are one operation at most; the operations are "horner1" and so on.
_MOST_STEPS = 5
#: Operations with two results.
PAIRS = {"sincos", "sinhcosh", "tanh"}
PAIRS |= {f"horner{steps}" for steps in range(1, _MOST_STEPS + 1)}
PAIRS |= {f"polynomial{steps + 1}" for steps in range(1, _MOST_STEPS + 1)}


def fused(nodes: Sequence[Node], steps: Sequence[Fused], results: set[int]) -> list[Fused]:
    """A negated or single-use product is taken into the operation that uses it, if that rounds the same way."""
    users: dict[int, list[str]] = {node: ["result", "result"] for node in results}
    for operation, sources, _ in steps:
        for source in sources:
            users.setdefault(source, []).append(operation)

    def alone(node: int, operation: str) -> bool:
        return nodes[node][0] == operation and len(users.get(node, ())) == 1

    def in_two_sums(node: int) -> bool:
        """Whether this is a product of two sums: to compute it twice costs less than to keep it."""
        return nodes[node][0] == "mul" and users.get(node) == ["add", "add"]

    gone: set[int] = set()
    once: set[int] = set()  # products that one of their two sums has taken in
    found: list[Fused] = []
    for operation, sources, parts in reversed(steps):
        if operation not in PAIRS and parts[0] in gone:
            continue
        if operation not in PAIRS and parts[0] in once:  # it stays, and so must all that it reads
            found.append((operation, sources, parts))
            continue
        if operation == "mul_add":
            for one, two, other in ((0, 1, 2), (1, 0, 2), (2, 3, 0), (3, 2, 0)):
                if alone(sources[one], "neg"):
                    gone.add(sources[one])
                    positive = nodes[sources[one]][1][0]
                    operation, sources = "mul_sub", (sources[other], sources[other + 1], positive, sources[two])
                    break
        elif operation in ("add", "sub"):
            x, y = sources
            if alone(x, "mul") and alone(y, "mul") and x != y:
                gone |= {x, y}
                operation, sources = ("mul_add" if operation == "add" else "mul_sub"), nodes[x][1] + nodes[y][1]
            elif operation == "add" and (alone(x, "mul") or alone(y, "mul")):
                product, other = (x, y) if alone(x, "mul") else (y, x)
                gone.add(product)
                operation, sources = "mul_plus", (*nodes[product][1], other)
            elif operation == "add" and x != y and (in_two_sums(x) or in_two_sums(y)):
                product, other = (x, y) if in_two_sums(x) else (y, x)
                (gone if product in once else once).add(product)
                operation, sources = "mul_plus", (*nodes[product][1], other)
                for source in nodes[product][1]:
                    users[source].append(operation)
            elif operation == "add" and x != y and (alone(x, "add") or alone(y, "add")):
                total, other = (x, y) if alone(x, "add") else (y, x)
                gone.add(total)
                operation, sources = "add_add", (*nodes[total][1], other)
        elif operation == "div" and alone(sources[0], "mul"):
            x, y = nodes[sources[0]][1]
            x, y = (x, y) if nodes[x][0] == "neg" else (y, x)
            if nodes[x][0] == "neg":
                gone.add(sources[0])
                gone |= {x} if alone(x, "neg") else set()
                operation, sources = "neg_mul_div", (nodes[x][1][0], y, sources[1])
        elif operation == "mul" and (alone(sources[0], "mul") or alone(sources[1], "mul")) and sources[0] != sources[1]:
            product, other = sources if alone(sources[0], "mul") else sources[::-1]
            gone.add(product)
            operation, sources = "mul_mul", (*nodes[product][1], other)
        found.append((operation, sources, parts))
    return _polynomials(nodes, _chained(_paired(found[::-1]), users), users)


def _polynomials(nodes: Sequence[Node], steps: Sequence[Fused], users: dict[int, list[str]]) -> list[Fused]:
    """Horner's scheme from its first step on, with constants alone, is one operation."""
    found: list[Fused] = []
    for step in steps:
        before = found[-1] if found else None
        if before and before[0] == "mul_plus" and step[0].startswith("horner"):
            (_, (highest, x, second), first), (operation, (y, value, slope, *added), parts) = before, step
            if x != y:
                highest, x = x, highest
            constant = all(nodes[each][0] == "constant" for each in (highest, second, *added))
            # Its value is in the next value and in its derivative, and nowhere else.
            if constant and y == x and value == first[0] and slope == highest and len(users[value]) == 2:
                steps_so_far = int(operation.removeprefix("horner")) + 1
                found[-1] = f"polynomial{steps_so_far}", (x, highest, second, *added), parts
                continue
        found.append(step)
    return found


def _paired(steps: Sequence[Fused]) -> list[Fused]:
    """A step of Horner's scheme beside its derivative is one operation."""
    paired: list[Fused] = []
    for step in steps:
        before = paired[-1] if paired else None
        if before and step[0] == before[0] == "mul_plus" and before[2][0] not in step[1]:
            both = _horner(before, step) or _horner(step, before)
            if both:
                paired[-1] = both
                continue
        paired.append(step)
    return paired


def _horner(value: Fused, slope: Fused) -> Fused | None:
    """The two as one operation if *value* is x·v + c and *slope* x·s + v, else None."""
    (_, (x, v, c), value_parts), (_, (y, s, added), slope_parts) = value, slope
    if added == x:
        x, v = v, x
    if s == x:
        y, s = s, y
    if added != v or y != x:
        return None
    return "horner1", (x, v, s, c), {0: value_parts[0], 1: slope_parts[0]}


def _chained(steps: Sequence[Fused], users: dict[int, list[str]]) -> list[Fused]:
    """Steps of Horner's scheme, each of which alone uses the results of the one before it, are one operation."""
    chained: list[Fused] = []
    for step in steps:
        before = chained[-1] if chained else None
        if before and step[0] == "horner1" and before[0].startswith("horner"):
            (_, (x, *_), ends), (_, sources, parts) = before, step
            # A value is in the next value and in its derivative.
            alone = len(users[ends[0]]) == 2 and len(users[ends[1]]) == 1
            steps_so_far = len(before[1]) - 3
            if alone and sources[:3] == (x, ends[0], ends[1]) and steps_so_far < _MOST_STEPS:
                chained[-1] = f"horner{steps_so_far + 1}", (*before[1], sources[3]), parts
                continue
        chained.append(step)
    return chained
