"""The smallest wheel that there is: one module, so that an install is nothing but its fixed costs."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

__all__ = ["PROJECT", "write_wheel"]

PROJECT = "tiny_project"

_WHEEL = "Wheel-Version: 1.0\nGenerator: benchmarks\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_METADATA = f"Metadata-Version: 2.1\nName: {PROJECT}\nVersion: 1.0\nSummary: nothing\n"


def write_wheel(folder: Path) -> Path:
    """Write ``tiny_project-1.0-py3-none-any.whl``."""
    info = f"{PROJECT}-1.0.dist-info"
    files = {f"{PROJECT}/__init__.py": '"""Nothing."""\n', f"{info}/METADATA": _METADATA, f"{info}/WHEEL": _WHEEL}
    record = "".join(f"{name},sha256={_digest(text)},{len(text)}\n" for name, text in files.items())
    path = folder / f"{PROJECT}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(name, text)
    return path


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
