"""Runs in the target interpreter: describe it as one line of JSON.

As a script its arguments are the descriptor to write to and the folder of the ``packaging`` that computes the
interpreter's tags. The engine's child (:mod:`dualvariant.engines._pip_child`) loads it for the same description. The
standard library is all it needs otherwise, and it has to run on Python 3.9, also where that ``packaging`` does not.
"""

import importlib
import importlib.util
import json
import os
import platform
import site
import sys
import sysconfig
from contextlib import suppress
from pathlib import Path


def load_packaging(folder: str) -> None:
    """Import ``packaging`` from a folder without touching the path on which the target finds its own modules."""
    spec = importlib.util.spec_from_file_location(
        "packaging", folder + "/__init__.py", submodule_search_locations=[folder]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["packaging"] = module
    spec.loader.exec_module(module)


def pip_version() -> "str | None":
    """The version of this interpreter's pip; None where there is none that can be imported."""
    try:
        import pip

        return pip.__version__
    except Exception:  # whatever an installation that broke off has left
        return None


def find_tags(packaging: str) -> "list[str] | None":
    """The tags of this interpreter, best first; None if there is no ``packaging`` that runs here.

    The newest ``packaging`` may not run on an old Python. The one inside the interpreter's own pip does.
    """
    try:
        load_packaging(packaging)
        from packaging.tags import sys_tags

        return [str(tag) for tag in sys_tags()]
    except Exception:
        pass
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == "packaging"]:
            del sys.modules[name]
    for name in ("pip._vendor.packaging.tags", "packaging.tags"):
        try:
            return [str(tag) for tag in importlib.import_module(name).sys_tags()]
        except Exception:
            continue
    return None


def describe(packaging: str) -> "dict[str, object]":
    """What dualvariant needs to know of this interpreter; ``packaging`` is the folder of that package."""
    tags = find_tags(packaging)
    paths = sysconfig.get_paths()
    return {
        "executable": sys.executable,
        "version": ".".join(map(str, sys.version_info[:3])),
        "prefix": sys.prefix,
        "site": [paths["purelib"], paths["platlib"]],
        "user_site": site.getusersitepackages(),
        "user_site_enabled": site.ENABLE_USER_SITE,
        "path": [entry for entry in sys.path if entry],
        "pip": pip_version(),
        "tags": tags,
        "debug": bool(sysconfig.get_config_var("Py_DEBUG")),
        "platform": sysconfig.get_platform(),
        "libc": platform.libc_ver()[0],
        "markers": {
            "implementation_name": sys.implementation.name,
            "os_name": os.name,
            "platform_machine": platform.machine(),
            "platform_python_implementation": platform.python_implementation(),
            "platform_release": platform.release(),
            "platform_system": platform.system(),
            "platform_version": platform.version(),
            "python_full_version": platform.python_version(),
            "python_version": ".".join(platform.python_version_tuple()[:2]),
            "sys_platform": sys.platform,
        },
    }


def main() -> None:
    """Write the description to the descriptor that the first argument names."""
    if sys.path and sys.path[0] == str(Path(__file__).absolute().parent):
        del sys.path[0]
    # Who asked may have ended before the answer; nobody reads a traceback about that.
    with suppress(BrokenPipeError), os.fdopen(int(sys.argv[1]), "w", encoding="ascii") as answer:
        answer.write(json.dumps(describe(sys.argv[2])) + "\n")


if __name__ == "__main__":
    main()
