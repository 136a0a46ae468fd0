"""Runs in the target interpreter: introduce it, make ready, wait for the word, become pip.

pip spends most of a short install on importing itself. This script lets it do that while dualvariant reads pages and
chooses, and yet nothing of pip runs before the choice stands: if there is an error, this process ends without having
done a thing.

It speaks one line of JSON in each direction over the socket whose descriptor is its first argument; the second one is
the folder of the ``packaging`` that computes the interpreter's tags. The standard library is all it needs otherwise,
and it has to run on every Python that ``packaging`` runs on.
"""

import gc
import importlib.util
import json
import os
import platform
import runpy
import signal
import site
import socket
import sys
import sysconfig
from pathlib import Path


def load_packaging(folder: str) -> None:
    """Import ``packaging`` from a folder without touching the path on which pip finds its modules."""
    spec = importlib.util.spec_from_file_location(
        "packaging", folder + "/__init__.py", submodule_search_locations=[folder]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["packaging"] = module
    spec.loader.exec_module(module)


def pip_version() -> "str | None":
    """The version of this interpreter's pip, or None."""
    try:
        import pip
    except ImportError:
        return None
    return pip.__version__


def introduction(packaging: str) -> "dict[str, object]":
    """What dualvariant needs to know of this interpreter."""
    load_packaging(packaging)
    from packaging.tags import sys_tags

    tags = [str(tag) for tag in sys_tags()]
    for name in [name for name in sys.modules if name.split(".")[0] == "packaging"]:
        del sys.modules[name]
    paths = sysconfig.get_paths()
    return {
        "executable": sys.executable,
        "version": ".".join(map(str, sys.version_info[:3])),
        "prefix": sys.prefix,
        "site": [paths["purelib"], paths["platlib"]],
        "user_site": site.getusersitepackages(),
        "path": [entry for entry in sys.path if entry],
        "pip": pip_version(),
        "tags": tags,
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


def warm_up() -> None:
    """Import what ``pip install`` will need; the collector, which would look at all of it again and again, rests."""
    gc.disable()
    try:
        import pip._internal.cli.main
        import pip._internal.commands.install  # noqa: F401
    except Exception:
        pass  # only time is lost: pip will say what is wrong with it when it runs
    gc.freeze()
    gc.enable()


def main() -> None:
    # A Ctrl-C that comes before pip runs is dualvariant's to report.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.path and sys.path[0] == str(Path(__file__).absolute().parent):
        del sys.path[0]
    line = b""
    try:
        with socket.socket(fileno=int(sys.argv[1])) as channel:
            channel.sendall(json.dumps(introduction(sys.argv[2])).encode() + b"\n")
            if sys.argv[3:] == ["--warm"]:
                warm_up()
            # With the first byte comes the lock of the environment, if there is one. It stays open as long as this
            # process lives, and nothing that pip starts inherits it.
            _, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
            for descriptor in descriptors:
                os.set_inheritable(descriptor, False)
            with channel.makefile("rb") as stream:
                line = stream.readline()
    except OSError:
        pass  # dualvariant has found an error, said so, and gone
    if not line:
        return
    order = json.loads(line)
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["pip"] + order["arguments"]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


main()
