"""Install the compiler driver as ``dualvariant build`` does, and print the variables that lead a build to it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from dualvariant.builder.toolchain.choice import choose_toolchain
from dualvariant.builder.toolchain.driver import install_driver


def main() -> None:
    """Take a folder that does not exist, in which the driver goes."""
    toolchain = choose_toolchain("linux_x86_64", "local", {})
    environ = {**toolchain.environment({}, {}, {}), "PATH": os.environ["PATH"]}
    driver = install_driver(toolchain, {}, environ, Path(sys.argv[1]))
    print(json.dumps({"bare": environ, "driven": {**environ, **driver.environ}}))


if __name__ == "__main__":
    main()
