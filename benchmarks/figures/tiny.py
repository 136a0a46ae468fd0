"""The smallest wheel that there is: one module, so that an install is nothing but its fixed costs; or with ballast."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

__all__ = ["PROJECT", "write_wheel"]

PROJECT = "tiny_project"

_WHEEL = b"Wheel-Version: 1.0\nGenerator: benchmarks\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def write_wheel(folder: Path, project: str = PROJECT, ballast: bytes = b"") -> Path:
    """Write ``{project}-1.0-py3-none-any.whl``, nothing in it compressed."""
    info = f"{project}-1.0.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {project}\nVersion: 1.0\nSummary: nothing\n"
    files = {
        f"{project}/__init__.py": b'"""Nothing."""\n',
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": _WHEEL,
    }
    if ballast:
        files[f"{project}/ballast.bin"] = ballast
    record = "".join(f"{name},sha256={_digest(content)},{len(content)}\n" for name, content in files.items())
    path = folder / f"{project}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n".encode()}.items():
            archive.writestr(name, content)
    return path


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
