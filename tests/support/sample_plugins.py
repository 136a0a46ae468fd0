"""Third-party providers for tests: distributions of one module, written to a folder on ``sys.path``."""

from __future__ import annotations

import base64
import hashlib
import sys
import venv
from pathlib import Path
from textwrap import dedent, indent

from attrs import frozen

__all__ = ["Site", "make_environment", "provider"]


def provider(
    run: str,
    *,
    name: str = "sample",
    version: str = "1.0",
    before: str = "",
    more: str = "",
) -> str:
    """The source of a module with the class ``Provider``.

    Args:
        run: the body of its ``run``; ``answer(KEY=[VALUE, …])`` makes an answer without anything of variantlib.
        name: ``__provider_name__``.
        version: ``__version__``.
        before: code in front of the class.
        more: code inside the class, in front of ``run``.
    """
    return (
        "import os, sys, time\nfrom types import SimpleNamespace as Namespace\n\n"
        f"def answer(provider={name!r}, **keys):\n"
        "    configs = [Namespace(key=key, values=values) for key, values in keys.items()]\n"
        "    return Namespace(provider=provider, configs=configs)\n\n"
        f"{dedent(before)}\n\n"
        "class Provider:\n"
        f"    __provider_name__ = {name!r}\n"
        f"    __version__ = {version!r}\n\n"
        f"{indent(dedent(more), '    ')}\n\n"
        "    def run(self):\n"
        f"{indent(dedent(run), '        ')}\n"
    )


@frozen
class Site:
    """A folder of installed distributions, as site-packages is one."""

    path: Path

    def install(
        self,
        module: str,
        source: str,
        *,
        version: str = "1.0",
        target: str | None = None,
        editable: bool = False,
    ) -> None:
        """Install, or replace, the distribution ``{module}-plugin`` with its module and one entry point.

        Args:
            module: the module's name, and the entry point's.
            source: its content.
            version: the distribution's version.
            target: the entry point's object; the module's ``Provider`` by default.
            editable: leave the module out of RECORD, as an editable install does.
        """
        self.path.mkdir(exist_ok=True)
        code = self.path / f"{module}.py"
        code.write_text(source)
        info = self.path / f"{module}_plugin-1.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {module}-plugin\nVersion: {version}\n\nVersion: of the text\n"
        )
        (info / "entry_points.txt").write_text(
            f"[console_scripts]\n{module} = {module}:main\n\n"
            f"[variantlib.plugins]\n{module} = {target or f'{module}:Provider'}\n"
        )
        digest = base64.urlsafe_b64encode(hashlib.sha256(source.encode()).digest()).rstrip(b"=")
        row = f"{module}.py,sha256={digest.decode()},{len(source)}\n"
        (info / "RECORD").write_text(("" if editable else row) + f"{info.name}/RECORD,,\n")


def make_environment(folder: Path, *sites: Path) -> Path:
    """Make an environment that has what this one has, and the distributions of more folders.

    dualvariant does not look for plugins in ``PYTHONPATH``.

    Args:
        folder: where to make it.
        sites: folders like site-packages.

    Returns:
        Its interpreter.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    (installed,) = folder.glob("lib/python3*/site-packages")
    ours = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    (installed / "more.pth").write_text("".join(f"{path}\n" for path in (*sites, *ours)))
    return folder / "bin" / "python"
