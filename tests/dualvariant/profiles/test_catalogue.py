"""Machines by name: our levels, and archspec's CPUs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dualvariant.core.errors import UnknownNameError
from dualvariant.profiles.algebra import intersect, list_properties
from dualvariant.profiles.catalogue import find_machine, list_machines
from messages import error_code
from variantlib.cpu.tables import load_aarch64, load_x86_64
from variantlib.meta import VariantMeta

#: The best level of machines, by their makers' descriptions.
KNOWN = {
    "nehalem": "v2",
    "sandybridge": "v2",
    "haswell": "v3",
    "zen2": "v3",
    "zen3": "v3",
    "zen4": "v4",
    "skylake_avx512": "v4",
    "icelake": "v4",
    "graviton2": "8.2a",
    "graviton3": "8.4a",
    "neoverse_v1": "8.4a",
}


@pytest.mark.parametrize("name", KNOWN)
def test_the_level_of_a_machine(name: str) -> None:
    pytest.importorskip("archspec")
    (answer,) = find_machine(name).providers
    assert answer.configs[0].values[0] == KNOWN[name]
    assert name in list_machines()


def test_the_instruction_sets_of_a_machine() -> None:
    """Beside those of its level, those that its description lists, by the names of the provider."""
    pytest.importorskip("archspec")
    found = set(list_properties(find_machine("zen4")))
    assert {VariantMeta("x86_64", key, "on") for key in ("avx512_bf16", "avx512_vnni", "aes", "lahf_lm")} <= found
    assert VariantMeta("x86_64", "amx_tile", "on") not in found


def test_no_machine_contradicts_its_level() -> None:
    """A machine has all that the levels it offers are made of, and offers every level that it has all of."""
    pytest.importorskip("archspec")
    table = load_x86_64()
    for name in list_machines():
        (answer,) = find_machine(name).providers
        if answer.provider == "x86_64":
            keys = {config.key for config in answer.configs}
            assert table.of_level(answer.configs[0].values[0]) <= keys | table.of_level("v1"), name


@pytest.mark.parametrize(
    "name", [f"x86_64_{v}" for v in load_x86_64().values] + [f"armv{v}" for v in load_aarch64().values]
)
def test_the_levels_need_no_archspec(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "archspec", None)
    monkeypatch.setitem(sys.modules, "archspec.cpu", None)
    (answer,) = find_machine(name).providers
    assert name.endswith(answer.configs[0].values[0])
    assert intersect([find_machine(name)]) == find_machine(name)


def test_without_archspec_the_error_says_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "archspec", None)
    monkeypatch.setitem(sys.modules, "archspec.cpu", None)
    with pytest.raises(UnknownNameError) as caught:
        find_machine("zen4")
    assert "archspec" in (caught.value.next_step or "")


def test_a_name_with_a_mistake() -> None:
    pytest.importorskip("archspec")
    with pytest.raises(UnknownNameError) as caught:
        find_machine("zen_4")
    assert caught.value.next_step == "did you mean 'zen4'?"


@pytest.mark.parametrize("content", [None, "{", "[]", "{}", '{"microarchitectures": {"x": {"from": ["y"]}}}'])
def test_data_of_archspec_that_cannot_be_used(content: str | None, tmp_path: Path) -> None:
    """The variable is archspec's own."""
    pytest.importorskip("archspec")
    if content is not None:
        (tmp_path / "microarchitectures.json").write_text(content)
    done = subprocess.run(
        [sys.executable, "-m", "dualvariant", "profile", "show", "zen4"],
        env={**os.environ, "ARCHSPEC_CPU_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, error_code(done.stderr)) == (5, "bad-data"), done.stderr
