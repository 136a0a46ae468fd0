"""Machines with NVIDIA's GPUs: a driver library for our provider, and an ``nvidia-smi`` for uv, as recorded."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cpu_dumps import read_json

__all__ = ["MACHINES", "build_driver", "needs_compiler", "write_nvidia_smi"]

MACHINES: dict[str, dict[str, Any]] = read_json("nvidia/machines.json")["machines"]

needs_compiler = pytest.mark.skipif(shutil.which("gcc") is None, reason="the driver library is compiled")

DRIVER = """
#include <stdlib.h>
#include <string.h>
static const int devices[][2] = {DEVICES {0, 0}};
static int count(void) {
    const char *visible = getenv("CUDA_VISIBLE_DEVICES");
    int all = sizeof devices / sizeof *devices - 1;
    if (!visible) return all;
    int seen = *visible ? 1 : 0;
    for (const char *at = visible; *at; at++) seen += *at == ',';
    return seen < all ? seen : all;
}
static int nth(int number) {
    const char *visible = getenv("CUDA_VISIBLE_DEVICES");
    for (; visible && number > 0; number--) visible = strchr(visible, ',') + 1;
    return visible ? atoi(visible) : number;
}
int cuInit(unsigned flags) { return INIT ? INIT : count() ? 0 : 100; }
int cuDriverGetVersion(int *version) { *version = VERSION; return 0; }
int cuDeviceGetCount(int *found) { *found = count(); return 0; }
int cuDeviceGet(int *device, int number) { *device = nth(number); return 0; }
int cuDeviceGetAttribute(int *value, int attribute, int device) {
    *value = devices[device][attribute - 75];
    return attribute == 75 || attribute == 76 ? 0 : 1;
}
"""


def build_driver(folder: Path, machine: dict[str, Any]) -> Path:
    """A driver library that answers as the machine's does."""
    folder.mkdir(exist_ok=True)
    devices = "".join(f"{{{major}, {minor}}}, " for major, minor in machine["devices"])
    text = DRIVER.replace("DEVICES ", devices).replace("INIT", str(machine["init"]))
    (folder / "driver.c").write_text(text.replace("VERSION", str(machine["version"])))
    library = folder / "libcuda.so.1"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(library), str(folder / "driver.c")], check=True)
    return folder


#: uv asks for the version of the driver, then for that of CUDA, then for the GPUs.
NVIDIA_SMI = """#!/bin/sh
case "$*" in
*driver_version*) echo 550.54.14 ;;
*compute_cap*) printf 'CAPABILITIES' ;;
-q) printf 'Driver Version : 550.54.14\\nCUDA Version : VERSION\\n' ;;
esac
"""


def write_nvidia_smi(folder: Path, machine: dict[str, Any]) -> Path:
    """An ``nvidia-smi`` that answers as the machine's does; it fails where the driver does not work."""
    folder.mkdir(exist_ok=True)
    capabilities = "".join(f"{major}.{minor}\\n" for major, minor in machine["devices"])
    version = f"{machine['version'] // 1000}.{machine['version'] % 1000 // 10}"
    text = NVIDIA_SMI.replace("CAPABILITIES", capabilities).replace("VERSION", version)
    program = folder / "nvidia-smi"
    program.write_text("#!/bin/sh\nexit 9\n" if machine["init"] else text)
    program.chmod(0o755)
    return folder
