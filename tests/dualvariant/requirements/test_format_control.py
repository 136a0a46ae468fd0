"""``--no-binary`` and ``--only-binary`` as uv reads them: on the command line, in a requirement file, in its own file.

That they are read as pip reads them is a part of the law (tests/law).
"""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

import samples
from dualvariant.core.toml import format_toml
from dualvariant.requirements.format_control import FORMAT_OPTIONS, FormatControl
from dualvariant.settings.uv_config import read_uv_config
from property_tests import examples
from uv_resolution import resolve_demo

DEMO = canonicalize_name("demo")
_OPTION = st.sampled_from(["--no-binary", "--only-binary"])
_NAME = st.sampled_from(["demo", ":all:", ":none:", "other"])
#: Some of these options; of a line in a file, uv reads one name alone.
_OPTIONS = st.lists(st.tuples(_OPTION, st.lists(_NAME, min_size=1, max_size=2).map(",".join)), max_size=3)
_LINES = st.lists(st.tuples(_OPTION, _NAME), max_size=2)
_PACKAGES = st.lists(st.sampled_from(["demo", "other"]), min_size=1, max_size=2, unique=True)
_TOP = {
    **{f"no-{kind}": st.booleans() for kind in ("binary", "build")},
    **{f"no-{kind}-package": _PACKAGES for kind in ("binary", "build")},
}
_NAMES = st.lists(_NAME, min_size=1, max_size=2)
_PIP = {"no-binary": _NAMES, "only-binary": _NAMES, "no-build": st.booleans()}
#: A file of uv, with its table ``pip``.
_DOCUMENTS = st.fixed_dictionaries({"pip": st.fixed_dictionaries({}, optional=_PIP)}, optional=_TOP)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder with a wheel of ``demo``, one with an sdist that needs no build to be resolved, and one for files."""
    root = tmp_path_factory.mktemp("formats")
    samples.make_wheel(root / "wheels", "demo", "1.0")
    (root / "sdists").mkdir()
    content = b"Metadata-Version: 2.2\nName: demo\nVersion: 1.0\n"
    with tarfile.open(root / "sdists" / "demo-1.0.tar.gz", "w:gz") as archive:
        entry = tarfile.TarInfo("demo-1.0/PKG-INFO")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
        archive.addfile(tarfile.TarInfo("demo-1.0/pyproject.toml"))
    return {"wheels": root / "wheels", "sdists": root / "sdists", "files": root}


@examples(25)
@given(typed=_OPTIONS, lines=_LINES, document=_DOCUMENTS)
def test_as_uv(
    typed: list[tuple[str, str]], lines: list[tuple[str, str]], document: dict[str, Any], folders: dict[str, Path]
) -> None:
    files = folders["files"]
    (files / "uv.toml").write_text(format_toml(document))
    (files / "requirements.txt").write_text("".join(f"{' '.join(line)}\n" for line in [*lines, ("demo",)]))

    control = FormatControl(as_uv=True)
    configured = read_uv_config(files, {"UV_CONFIG_FILE": "uv.toml"}).as_pip_values()
    for option, value in [*typed, *((f"--{key}", value) for key, value in configured.items())]:
        if option in FORMAT_OPTIONS:
            control = control.apply(option, value)
    for option, value in lines:
        control = control.apply(option, value, of_file=True)
    words = [word for option in typed for word in option]
    found = [
        resolve_demo(files, "--no-index", "--find-links", folders[kind], *words, "-r", files / "requirements.txt")
        for kind in ("wheels", "sdists")
    ]
    assert [control.wheels(DEMO), control.sources(DEMO)] == [release is not None for release in found]
