"""The provider x86_64 on emulated processors: what CPUID and XGETBV really answer there."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from cpu_models import X86_LEVELS, X86_MODELS
from emulation import environment, x86, x86_tree

ASK = """
import json, sys
from dualvariant_providers.x86_64 import X8664Provider
from variantlib.cpu import probes as cpu
config = X8664Provider().run()
answer = {entry.key: entry.values for entry in config.configs}
imported = "cpuinfo" in sys.modules
print(json.dumps({"config": answer, "identity": cpu.identity().hex(), "cpuinfo": imported}))
"""


def ask(command: list[str]) -> Any:
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("model", X86_MODELS)
def test_the_provider_reports_the_emulated_cpu(model: str) -> None:
    level, avx2 = X86_MODELS[model]
    answer = ask(x86(model, sys.executable, "-c", ASK))
    assert X86_LEVELS[X86_LEVELS.index(level) :] == answer["config"].pop("level")
    assert avx2 == ("avx2" in answer["config"])
    assert all(values == ["on"] for values in answer["config"].values())
    assert not answer["cpuinfo"], "py-cpuinfo's second is never paid on Linux"


def test_identity_tells_models_apart_and_one_hidden_flag() -> None:
    models = ["Haswell", "Haswell,-movbe", "Haswell,-xsave", "Nehalem"]
    seen = [ask(x86(model, sys.executable, "-c", ASK))["identity"] for model in models]
    assert len(models) == len(set(seen))
    assert seen[0] == ask(x86("Haswell", sys.executable, "-c", ASK))["identity"]


def test_a_child_process_sees_the_emulated_processor_too() -> None:
    """As the providers run: each in a child of its own."""
    child = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', sys.argv[1]]))"
    answer = ask(x86_tree("Nehalem", sys.executable, "-c", child, ASK))
    assert answer["config"]["level"] == ["v2", "v1"]
