"""The provider aarch64 on emulated Arm processors: what getauxval really answers there."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from cpu_models import ARM_MODELS, ARM_VERSIONS
from emulation import arm, arm_python, arm_tree, environment

ASK = """
import json, sys
from dualvariant_providers.aarch64 import AArch64Provider
from dualvariant_providers.x86_64 import X8664Provider
from variantlib.cpu import probes as cpu
config = AArch64Provider().run()
answer = {entry.key: entry.values for entry in config.configs}
foreign = X8664Provider().run() is None
print(json.dumps({"config": answer, "identity": cpu.identity().hex(), "foreign": foreign}))
"""


def ask(command: list[str]) -> Any:
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("model", ARM_MODELS)
def test_the_provider_reports_the_emulated_cpu(model: str) -> None:
    answer = ask(arm(model, arm_python(), "-c", ASK))
    values = answer["config"]["version"]
    assert values[0] in ARM_MODELS[model]
    assert ARM_VERSIONS[ARM_VERSIONS.index(values[0]) :] == values
    assert answer["foreign"], "x86_64 has nothing to say on Arm"


def test_identity_tells_models_apart() -> None:
    seen = {ask(arm(m, arm_python(), "-c", ASK))["identity"] for m in ("cortex-a72", "cortex-a76")}
    assert len(seen) == 2


def test_a_child_process_sees_the_emulated_processor_too() -> None:
    child = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', sys.argv[1]]))"
    answer = ask(arm_tree("cortex-a76", arm_python(), "-c", child, ASK))
    assert answer["config"]["version"] == ["8.2a", "8.1a", "8a"]
