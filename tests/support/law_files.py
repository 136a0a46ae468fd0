"""The files of a case: wheels, variants, sdists and damaged ones, made in memory and kept for the next case."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path

from attrs import evolve, frozen
from packaging.tags import sys_tags

import samples
from label_documents import CPU_PROVIDER, document, label_wheel
from variantlib.meta import VariantDescription

__all__ = ["Blob", "make_tables", "metadata_of"]

#: A tag of this interpreter and this machine.
NATIVE = next(str(tag) for tag in sys_tags() if "linux" in tag.platform)

#: A build backend without any requirement (PEP 517), inside the sdist.
_BACKEND = """
import pathlib, zipfile

NAME, VERSION = {name!r}, {version!r}
METADATA = pathlib.Path("PKG-INFO").read_text()

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    filename = f"{{NAME}}-{{VERSION}}-py3-none-any.whl"
    info = f"{{NAME}}-{{VERSION}}.dist-info"
    entries = {{
        f"{{NAME}}.py": f"__version__ = {{VERSION!r}}\\nPROPERTIES = 'sdist'\\n",
        f"{{info}}/METADATA": METADATA,
        f"{{info}}/WHEEL": "Wheel-Version: 1.0\\nGenerator: case\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }}
    record = "".join(f"{{path}},,\\n" for path in [*entries, f"{{info}}/RECORD"])
    with zipfile.ZipFile(pathlib.Path(wheel_directory, filename), "w") as archive:
        for path, text in [*entries.items(), (f"{{info}}/RECORD", record)]:
            archive.writestr(path, text)
    return filename
"""


@frozen
class Blob:
    """A file of a release.

    Args:
        project: the project.
        version: its release.
        kind: ``wheel`` or ``sdist``.
        properties: of a variant; none for a standard wheel.
        called: the label of a label wheel; a variant without one is a hash wheel.
        tag: the wheel's tags; ``{native}`` is a tag of this machine.
        build: the build number.
        requires: the dependencies.
        damage: of a variant: ``cut`` (no archive), ``unnamed`` (its METADATA has no properties), ``other`` (those of
            another variant).
    """

    project: str
    version: str
    kind: str = "wheel"
    properties: tuple[str, ...] = ()
    called: str = ""
    tag: str = "py3-none-any"
    build: str | None = None
    requires: tuple[str, ...] = ()
    damage: str = ""

    @property
    def filename(self) -> str:
        return _make(self)[0]

    @property
    def content(self) -> bytes:
        return _make(self)[1]

    @property
    def standard_filename(self) -> str:
        """The name under which an installer sees it."""
        return _standard(self).filename

    @property
    def label(self) -> str:
        """The hash in a variant's name."""
        return VariantDescription.from_strings(self.properties).hexdigest

    def digest(self, algorithm: str) -> str:
        return hashlib.new(algorithm, self.content).hexdigest()


@lru_cache(maxsize=4096)
def _make(blob: Blob) -> tuple[str, bytes]:
    if blob.kind == "sdist":
        return _make_sdist(blob)
    with tempfile.TemporaryDirectory() as folder:
        path = samples.make_wheel(
            Path(folder),
            blob.project,
            blob.version,
            properties=None if blob.called else blob.properties or None,
            requires=blob.requires,
            build=blob.build,
            tag=blob.tag.format(native=NATIVE),
            body=f"__version__ = {blob.version!r}\nPROPERTIES = {sorted(blob.properties)!r}\n",
        )
        if blob.called:
            path = label_wheel(path, blob.called, _document([blob]))
        content = path.read_bytes()
    if blob.damage == "cut":
        content = content[: len(content) // 2]
    elif blob.damage == "unnamed":
        content = _standard(blob).content
    elif blob.damage == "other":
        content = evolve(blob, properties=("x86_64 :: level :: v1",), damage="").content
    return path.name, content


def _standard(blob: Blob) -> Blob:
    """The standard wheel that a variant stands for."""
    return evolve(blob, properties=(), called="", damage="")


def _document(blobs: list[Blob]) -> str:
    """What the label dialect says of these variants of one release."""
    variants: dict[str, dict[str, dict[str, list[str]]]] = {}
    for blob in blobs:
        features = variants.setdefault(blob.called, {})
        for name in blob.properties:
            namespace, feature, value = name.split(" :: ")
            features.setdefault(namespace, {})[feature] = [value]
    return document({"x86_64": CPU_PROVIDER, "gpu": {"requires": ["gpu-variant-provider"]}}, variants)


def _make_sdist(blob: Blob) -> tuple[str, bytes]:
    name = blob.project.replace("-", "_")
    requires = "".join(f"Requires-Dist: {text}\n" for text in blob.requires)
    entries = {
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {blob.project}\nVersion: {blob.version}\n{requires}",
        "backend.py": _BACKEND.format(name=name, version=blob.version),
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    }
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as archive:
        for path, text in entries.items():
            entry = tarfile.TarInfo(f"{name}-{blob.version}/{path}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    content = out.getvalue()
    # The time in the header of gzip; the same call gives the same bytes.
    return f"{name}-{blob.version}.tar.gz", content[:4] + b"\0\0\0\0" + content[8:]


def metadata_of(blob: Blob) -> bytes:
    """The wheel's METADATA, as the file beside it has it (PEP 658); that of the sound wheel if it is no archive."""
    with zipfile.ZipFile(
        io.BytesIO(evolve(blob, damage="").content if blob.damage == "cut" else blob.content)
    ) as wheel:
        (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
        return wheel.read(name)


def make_tables(blobs: list[Blob], state: str) -> dict[str, bytes | None]:
    """The index metadata of the variants of one release, right or wrong, by file name; None for one that is missing.

    Args:
        blobs: the variants, of either dialect.
        state: ``right``, ``partial``, ``false``, ``garbage`` or ``missing``.
    """
    release = f"{blobs[0].project.replace('-', '_')}-{blobs[0].version}"
    hashed, called = ([blob for blob in blobs if bool(blob.called) == is_label] for is_label in (False, True))
    found: dict[str, bytes | None] = {}
    for name, variants in ((f"{release}~variants.json", hashed), (f"{release}-variants.json", called)):
        said = {
            blob: ("x86_64 :: level :: v1",) if state == "false" else blob.properties
            for blob in (variants[1:] if state == "partial" else variants)
        }
        if variants is called:
            text = _document([evolve(blob, properties=properties) for blob, properties in said.items()])
        else:
            table = {blob.label: sorted(properties) for blob, properties in said.items()}
            text = json.dumps({"schema": "dualvariant/hashes/1", "variants": table})
        if variants:
            found[name] = None if state == "missing" else text[: 45 if state == "garbage" else None].encode()
    return found
