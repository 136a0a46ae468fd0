"""The choice of a stub, compiled here with a processor that the test gives it, against the founding order.

The expected answers come from what does not know of stubs: the providers' answer for the same registers, and
:class:`variantlib.order.Ranking`.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import pytest

from cpu_dumps import DATA, X86Dump, read_json, x86_dump
from dualvariant.fuse.conditions import write_conditions
from dualvariant_providers import aarch64, x86_64
from fusing import FAKE_PYTHON
from long_form import rounds
from variantlib.cpu.answers import make_x86_64_answer
from variantlib.cpu.probes import Registers
from variantlib.cpu.tables import OSXSAVE_BIT, OSXSAVE_LEAF, load_x86_64
from variantlib.fused import FusedVariant, FusedWheel, name_variant
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.order import Ranking
from variantlib.profile import HostProfile

MODELS = sorted(path.stem for path in (DATA / "cpuid").glob("*.json"))

#: Python and the loader are not there; the processor's answers come from standard input, a case a line: the value of
#: DUALVARIANT_FUSED ('-' for none), then a number for each source. Printed is the name of the choice.
HARNESS = r"""
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
static uint64_t given[64];
STUB
static uint64_t ask(const source *about) { return given[about - sources]; }
FAKE_PYTHON
int main(int count, char **arguments)
{
    char asked[100];
    const unsigned known = sizeof sources / sizeof *sources;
    for (unsigned at = 0; at < known; at++)
        printf("%d %u %u %d\n", sources[at].kind, sources[at].leaf, sources[at].subleaf, sources[at].number);
    puts("-");
    while (scanf("%99s", asked) == 1) {
        for (unsigned at = 0; at < known; at++)
            if (scanf("%lu", &given[at]) != 1) return 1;
        if (asked[0] == '-') unsetenv("DUALVARIANT_FUSED"); else setenv("DUALVARIANT_FUSED", asked, 1);
        int chosen = choose();
        puts(chosen < 0 ? "error" : chosen == NONE ? "none" : names[chosen]);
    }
    return 0;
}
"""


class Choice:
    """``choose`` of a stub as a program."""

    def __init__(self, folder: Path, architecture: str, variants: Sequence[FusedVariant]) -> None:
        if shutil.which("gcc") is None:
            pytest.skip("there is no gcc")
        source = files("dualvariant.fuse").joinpath("stub.c").read_text()
        taken = "static uint64_t ask(const source *about)\n"
        assert source.count(taken) == 1
        stub = source.replace(taken, f"static uint64_t ask(const source *about);\n{taken.replace('ask', 'really_ask')}")
        described = [(variant.name, variant.description) for variant in variants]
        (folder / "conditions.h").write_text(write_conditions(architecture, described))  # type: ignore[arg-type]
        (folder / "module.h").write_text(
            "static const char files[][2] = {{0}}; static const unsigned char file_of[] = {0};\n#define ENTRY_POINTS\n"
        )
        (folder / "harness.c").write_text(HARNESS.replace("STUB", stub).replace("FAKE_PYTHON", FAKE_PYTHON))
        command = ["gcc", "-w", "-O1", "harness.c", "-o", "harness", "-ldl"]
        subprocess.run(command, cwd=folder, check=True)
        self._program = folder / "harness"
        self.sources = [tuple(map(int, line.split())) for line in self._run("").partition("-\n")[0].splitlines()]

    def _run(self, text: str) -> str:
        return subprocess.run([self._program], input=text, capture_output=True, text=True, check=True).stdout

    def __call__(self, cases: Sequence[tuple[str, Sequence[int]]]) -> list[str]:
        lines = [f"{asked or '-'} {' '.join(map(str, answers))}" for asked, answers in cases]
        return self._run("\n".join(lines)).partition("-\n")[2].splitlines()


def x86_answers(sources: Sequence[tuple[int, ...]], dump: X86Dump) -> list[int]:
    found = []
    for kind, leaf, subleaf, number in sources:
        if kind == 0:
            found.append({26: dump.hwcap2}[number])
        elif kind == 1:
            found.append(dump.registers.get((leaf, subleaf), (0, 0, 0, 0))[number])
        else:
            found.append(dump.xcr0 or 0)
    return found


def expected(variants: Sequence[FusedVariant], profile: HostProfile) -> str:
    """The best variant that the profile supports, by the founding order alone."""
    ranking = Ranking(profile)
    keys = {variant.name: ranking.key(variant.description) for variant in variants}
    fitting = {name: key for name, key in keys.items() if isinstance(key, int)}
    return min(fitting, key=fitting.__getitem__) if fitting else "none"


def ordered(architecture: str, everything: HostProfile, properties: Sequence[Sequence[VariantMeta]]) -> FusedWheel:
    ranking = Ranking(everything)
    descriptions = sorted(map(VariantDescription, map(list, properties)), key=lambda d: int(str(ranking.key(d))))
    variants = {name_variant(ranking.by_importance(each)): each for each in descriptions}
    listed = tuple(FusedVariant(name, each, "x.whl") for name, each in variants.items())
    return FusedWheel(architecture, "x.whl", listed, {})


def change(dump: X86Dump, chance: random.Random) -> X86Dump:
    """A processor, or an operating system, that lacks something that this one has."""
    registers = {
        where: Registers(value & ~(1 << chance.randrange(32)) & ~(1 << chance.randrange(32)) for value in values)
        for where, values in dump.registers.items()
    }
    xcr0 = chance.choice([dump.xcr0, None, 0x3, 0x7, 0xE7])
    eax, ebx, ecx, edx = registers[OSXSAVE_LEAF]
    bit = 1 << OSXSAVE_BIT
    registers[OSXSAVE_LEAF] = Registers((eax, ebx, ecx & ~bit if xcr0 is None else ecx | bit, edx))
    return X86Dump(registers, xcr0, chance.choice([0, 2]))


def known_names(wheel: FusedWheel, levels: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*wheel.names, *levels, "v9", ""]))


@pytest.mark.parametrize("seed", range(rounds(6, night=200)))
def test_a_stub_chooses_by_the_founding_order(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    names = [feature.name for feature in load_x86_64().features]
    likely = ["avx", "avx2", "fma", "bmi2", "popcnt", "avx512f", "fsgsbase", "aes", "avx512vbmi", "xsavec"]
    properties = []
    for _ in range(chance.randint(1, 7)):
        chosen = {VariantMeta("x86_64", name, "on") for name in chance.sample(likely, chance.randint(0, 3))}
        chosen |= {VariantMeta("x86_64", chance.choice(names), "on")} if chance.random() < 0.2 else set()
        if not chosen or chance.random() < 0.7:
            chosen.add(VariantMeta("x86_64", "level", chance.choice(["v1", "v2", "v3", "v4"])))
        properties.append(sorted(chosen, key=str))
    everything = HostProfile([make_x86_64_answer(frozenset(names))])
    wheel = ordered("x86_64", everything, properties)
    choice = Choice(tmp_path, "x86_64", wheel.variants)
    dumps = [x86_dump(model) for model in MODELS]
    dumps += [change(chance.choice(dumps), chance) for _ in range(60)]
    profiles = [HostProfile([x86_64.config_from(dump.registers, dump.xcr0, dump.hwcap2)]) for dump in dumps]
    answers = [x86_answers(choice.sources, dump) for dump in dumps]
    assert [expected(wheel.variants, profile) for profile in profiles] == choice([("", each) for each in answers])
    for asked in known_names(wheel, ["v1", "v2", "v3", "v4"]):
        said = [wheel.find_active(profile, asked) or "error" for profile in profiles]
        assert said == choice([(asked, each) for each in answers]), asked


@pytest.mark.parametrize("asked", ["8a", "8.1a", "8.2a", "8.3a", "8.4a", "none", "", "v3"])
def test_a_stub_for_arm_chooses_by_the_kernels_word(asked: str, tmp_path: Path) -> None:
    values = ["8.4a", "8.2a", "8.1a"]
    everything = HostProfile([aarch64.config_from(0xFFFF_FFFF)])
    wheel = ordered("aarch64", everything, [[VariantMeta("aarch64", "version", value)] for value in values])
    choice = Choice(tmp_path, "aarch64", wheel.variants)
    assert choice.sources == [(0, 0, 0, 16)]
    chance = random.Random(asked)
    machines: Mapping[str, Mapping[str, str]] = {
        path.stem: read_json(f"hwcap/{path.name}") for path in sorted((DATA / "hwcap").glob("*.json"))
    }
    words = [int(entry["hwcap"], 16) for entry in machines.values() if "hwcap" in entry]
    words += [0xFFFF_FFFF & ~(1 << chance.randrange(32)) for _ in range(60)]
    profiles = [HostProfile([aarch64.config_from(word)]) for word in words]
    found = choice([(asked, [word]) for word in words])
    assert [wheel.find_active(profile, asked) or "error" for profile in profiles] == found
    if not asked:
        assert [expected(wheel.variants, profile) for profile in profiles] == found
        assert {*found} > {"8.4a", "8.2a"}
