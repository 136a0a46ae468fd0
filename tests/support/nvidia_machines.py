"""Machines with NVIDIA's GPUs: a driver library for our provider, and an ``nvidia-smi`` for uv, as recorded."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cpu_dumps import read_json

__all__ = ["MACHINES", "VISIBLE", "build_driver", "needs_compiler", "write_nvidia_smi"]

MACHINES: dict[str, dict[str, Any]] = read_json("nvidia/machines.json")["machines"]

needs_compiler = pytest.mark.skipif(shutil.which("gcc") is None, reason="the driver library is compiled")

#: CUDA_VISIBLE_DEVICES → what cuInit answered on a recorded machine with one GPU.
VISIBLE: dict[str, int] = read_json("nvidia/machines.json")["visible"]

DRIVER = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static const int devices[][2] = {DEVICES {0, 0}};
#define ALL ((int)(sizeof devices / sizeof *devices - 1))
static int seen[64], number;
static int find(const char *text, size_t length) {
    char uuid[64], *end;
    long index = strtol(text, &end, 10);
    if (end != text) return index >= 0 && index < ALL ? (int)index : -1;
    for (int i = 0; i < ALL; i++) {
        sprintf(uuid, "GPU-%08d-0000-0000-0000-000000000000", i);
        if (length > 4 && !strncmp(uuid, text, length)) return i;
    }
    return -1;
}
/* The list counts up to the first entry that names no GPU; naming one twice is an error. */
static int look(void) {
    const char *text = getenv("CUDA_VISIBLE_DEVICES");
    for (number = 0; !text && number < ALL; number++) seen[number] = number;
    while (text && *text) {
        int found = find(text, strcspn(text, ","));
        if (found < 0) break;
        for (int i = 0; i < number; i++) if (seen[i] == found) return 101;
        seen[number++] = found;
        text += strcspn(text, ",");
        if (*text) text++;
    }
    return number ? 0 : 100;
}
int cuInit(unsigned flags) { return INIT ? INIT : look(); }
int cuDriverGetVersion(int *version) { *version = VERSION; return 0; }
int cuDeviceGetCount(int *found) { *found = number; return number ? 0 : 3; }
int cuDeviceGet(int *device, int nth) { *device = seen[nth]; return 0; }
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
*driver_version*) echo DRIVER ;;
*compute_cap*) printf 'CAPABILITIES' ;;
-q) printf 'Driver Version : DRIVER\\nCUDA Version : VERSION\\n' ;;
esac
"""


def write_nvidia_smi(folder: Path, machine: dict[str, Any]) -> Path:
    """An ``nvidia-smi`` that answers as the machine's does; it fails where the driver does not work."""
    folder.mkdir(exist_ok=True)
    capabilities = "".join(f"{major}.{minor}\\n" for major, minor in machine["devices"])
    version = f"{machine['version'] // 1000}.{machine['version'] % 1000 // 10}"
    text = NVIDIA_SMI.replace("CAPABILITIES", capabilities).replace("VERSION", version)
    text = text.replace("DRIVER", machine.get("driver", "550.54.14"))
    program = folder / "nvidia-smi"
    program.write_text("#!/bin/sh\nexit 9\n" if machine["init"] else text)
    program.chmod(0o755)
    return folder
