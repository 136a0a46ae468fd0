"""What the fuzzer feeds with damaged data: every reader of something that a stranger writes.

Each target is a function of a :class:`~mutations.Mutator` and a folder. It makes one damaged input and returns it with
a function that reads it. That function may raise what :data:`REFUSALS` has for the target, and nothing else.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from packaging.utils import InvalidSdistFilename, canonicalize_name

from dualvariant.audit.module import read_module
from dualvariant.audit.wheel import audit_wheel
from dualvariant.binary.elf import parse_elf, read_elf
from dualvariant.builder.declaration.parse import parse_declaration
from dualvariant.core.errors import DualvariantError
from dualvariant.core.toml import parse_toml
from dualvariant.host.answer import parse_answer
from dualvariant.host.discovery import find_providers, installed_distributions
from dualvariant.network.urls import Url, is_http, is_secure, local_path, redact_url
from dualvariant.repository.listed_file import parse_listed_file
from dualvariant.repository.page import File
from dualvariant.repository.page_parser import parse_filename, parse_html_page, parse_json_page
from dualvariant.repository.page_renderer import render_html_page, render_json_page
from dualvariant.requirements.local_wheel import find_local_variant
from dualvariant.requirements.request import parse_request, read_preferences
from dualvariant.requirements.requirement_files import RequirementFiles
from dualvariant.settings.pip_config import make_transport, read_pip_config
from dualvariant.settings.priorities import apply_priority
from dualvariant.static_index.entry import read_entry
from dualvariant.target.installed import describe_missing, find_distributions
from elf_files import make_library
from mutations import Mutator
from variantlib.dialects import hashes
from variantlib.dialects.labels.combine import combine
from variantlib.dialects.labels.document import dump_document, parse_document
from variantlib.errors import IndexMetadataError, ProfileError, VariantError, WheelFileError, WheelNameError
from variantlib.meta import VariantDescription
from variantlib.profile import HostProfile
from variantlib.selection import Preferences, TagRanks, select
from variantlib.verdict import Candidate
from variantlib.wheel_archive import WheelArchive, add_headers
from variantlib.wheel_name import Dialect, parse_wheel_name

__all__ = ["REFUSALS", "TARGETS", "Case", "Target"]

#: A damaged input, and the function that reads it.
Case = tuple[object, Callable[[], object]]
Target = Callable[[Mutator, Path], Case]

LEVEL = VariantDescription.from_strings(["x86_64 :: level :: v3"])
PROJECT = canonicalize_name("demo")
NAMES = [
    "demo-1.0-py3-none-any.whl",
    "demo-1.0~a496bd9c-py3-none-any.whl",
    "demo-1.0-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "demo-1.0-1~a496bd9c-cp311-abi3-linux_x86_64.whl",
    "demo-1.0-py3-none-any-x8664_v3.whl",
    "a.b_c-1!2.0rc1.post2.dev3+loc.1-py2.py3-none-any.whl",
    "demo-1.0.tar.gz",
    "demo-1.0.zip",
]
WHEELS = [parse_wheel_name(name) for name in NAMES if name.endswith(".whl")]
METADATA = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Python: >=3.8\n"
VARIANT_LINES = "Variant-hash: a496bd9c\nVariant: x86_64 :: level :: v3\n"
HTML = (
    '<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.1"><base href="/x/"></head><body>'
    '<a href="../../files/demo-1.0-py3-none-any.whl#sha256=aa" data-requires-python="&gt;=3.8,&lt;4" '
    'data-core-metadata="sha256=bb" data-yanked="r">demo-1.0-py3-none-any.whl</a><br>'
    '<a href="https://u:p@h:80/demo-1.0~a496bd9c-py3-none-any.whl">d</a><a href="demo-1.0.tar.gz">x</a></body></html>'
)
JSON: dict[str, Any] = {
    "meta": {"api-version": "1.1", "tracks": ["http://a/"]},
    "name": "demo",
    "versions": ["1.0"],
    "files": [
        {
            "filename": "demo-1.0-py3-none-any.whl",
            "url": "../../files/demo-1.0-py3-none-any.whl",
            "hashes": {"sha256": "aa"},
            "requires-python": ">=3.8",
            "yanked": False,
            "size": 3,
            "core-metadata": {"sha256": "bb"},
        },
        {
            "filename": "demo-1.0~a496bd9c-py3-none-any.whl",
            "url": "https://u:p@h/x/demo-1.0~a496bd9c-py3-none-any.whl",
            "hashes": {},
            "yanked": "why",
            "upload-time": "2020-01-01T00:00:00Z",
        },
    ],
}
LABELS = {
    "$schema": "https://variants-schema.wheelnext.dev/peps/850/v0.2.0.json",
    "default-priorities": {"namespace": ["x86_64", "blas", "abi"]},
    "providers": {
        "x86_64": {"requires": ["x86-64-variant-provider >=0.2,<1"], "plugin-api": "a:b", "optional": False},
        "blas": {"static-properties": {"lib": ["openblas", "mkl"], "x": ["1"]}, "feature-order": ["x", "lib"]},
        "abi": {"builtin": "abi_dependency"},
    },
    "variants": {"v3": {"x86_64": {"level": ["v3", "v2"]}, "blas": {"lib": ["mkl"]}}, "null": {}},
}
VARIANTS = {
    "schema": hashes.SCHEMA,
    "variants": {
        "a496bd9c": ["x86_64 :: level :: v3"],
        "36266d4d": [
            "fictional_hw :: architecture :: HAL9000",
            "fictional_hw :: compute_accuracy :: 0",
            "fictional_hw :: compute_capability :: 6",
            "fictional_hw :: humor :: 2",
        ],
    },
}
PROFILE = {
    "schema": "dualvariant/profile/1",
    "digest": "x",
    "providers": [
        {
            "provider": "x86_64",
            "configs": [{"key": "level", "values": ["v3", "v2", "v1"]}, {"key": "avx2", "values": ["on"]}],
        },
        {"provider": "gpu", "configs": [{"key": "arch", "values": ["sm90"]}]},
    ],
}
SETTINGS = [
    '[variantlib]\nprovider_priority = ["x86_64", "gpu"]\n',
    '[tool.variantlib]\nprovider_priority=["a"]\n[tool.x]\ny={a=1,b=[1,2.0,1979-05-27T07:32:00Z]}\n',
    'x = 1\n[variantlib]\nprovider_priority = [\n"a", # c\n]\nz = """m"""\n',
]
DECLARATION: dict[str, Any] = {
    "build-system": {"requires": ["setuptools"], "build-backend": "setuptools.build_meta"},
    "tool": {
        "variantlib": {
            "build": {
                "cflags": ["-O3"],
                "backend": "setuptools.build_meta",
                "backend-path": ["."],
                "linux_x86_64": {
                    "variants": ["x86_64 :: level :: v3", ["x86_64 :: level :: v2", "a :: b :: c"]],
                    "matrix": ["x86_64 :: level = v3,v4"],
                    "exclude": ["x86_64 :: level :: v4"],
                },
                "configurations": {"fast": {"properties": ["x86_64 :: level :: v3"], "cflags": ["-O2"]}},
                "overrides": [
                    {"select": ["x86_64 :: level :: v3"], "ldflags": ["-s"], "test-command": "python -c 1"},
                ],
            }
        }
    },
}
REQUIREMENTS = (
    'demo>=1.0,<2 ; python_version >= "3" and (sys_platform == "linux" or extra == "x") --hash=sha256:'
    + "a" * 64
    + "\n"
    "-r other.txt\n# c\n--index-url https://u:p@h/simple\n--find-links ./x\n-e ./y\n"
    "demo[a,b] @ https://h/demo-1.0-py3-none-any.whl#egg=demo\n./demo-1.0~a496bd9c-py3-none-any.whl\n"
    "long \\\n  ==1\n${VAR}\n--no-binary :all:\n--pre\n"
)
PIP_CONFIG = (
    "[global]\nindex-url = https://u:p@h/simple\nextra-index-url =\n  http://a\n  http://b\ntimeout = 10\n"
    "trusted-host = h\nno_binary = :all:\n[install]\nretries=3\nno-index = yes\nproxy = http://p:1\n"
    '[variantlib]\nprovider_priority = ["x86_64"]\n'
)
ANSWER = {
    "name": "x86_64",
    "version": "1",
    "depends_on": {"env:A": "x", "/tmp": [1, 2, 3]},
    "config": {"provider": "x86_64", "configs": [{"key": "level", "values": ["v3"]}]},
}


def _never_fails(work: Callable[[], object]) -> None:
    """Call a function that has no input to refuse."""
    try:
        work()
    except Exception as error:
        raise AssertionError(f"it raises {error!r}") from error


def names(mutator: Mutator, folder: Path) -> Case:
    name = mutator.text(mutator.random.choice(NAMES))

    def read() -> None:
        _never_fails(lambda: parse_listed_file(File(name, f"http://h/{name}"), 0, PROJECT))
        _never_fails(lambda: parse_filename(f"http://h/{name}"))
        _never_fails(lambda: find_local_variant(f"demo @ {name}"))
        parse_wheel_name(name)

    return name, read


def urls(mutator: Mutator, folder: Path) -> Case:
    url = mutator.text(mutator.random.choice(["https://u:p@h:80/simple/x?y#z", "file:///tmp/x", "http://[::1]:8/a b"]))

    def read() -> None:
        for ask in (redact_url, is_http, local_path):
            _never_fails(lambda ask=ask: ask(url))  # type: ignore[misc]
        is_secure(url)
        _ = Url.parse(url).path

    return url, read


def metadata(mutator: Mutator, folder: Path) -> Case:
    lines = mutator.random.choice(["", VARIANT_LINES])
    content = mutator.encoded(f"{METADATA}{lines}\nbody\n".replace("\n", mutator.random.choice(["\n", "\r\n"])))
    name = mutator.random.choice(WHEELS)

    def read() -> None:
        add_headers(content, [("Variant", "x")])
        hashes.parse_metadata(content, name)

    return (name.filename, content), read


def installed(mutator: Mutator, folder: Path) -> Case:
    info = folder / "demo-1.0.dist-info"
    info.mkdir(exist_ok=True)
    content = mutator.encoded(f"{METADATA}{VARIANT_LINES}\nbody\n")
    points = mutator.encoded("[variantlib.plugins]\nx = a.b:C.d [e]\n# c\n[other]\ny=z\n")
    (info / "METADATA").write_bytes(content)
    (info / "entry_points.txt").write_bytes(points)
    (info / "RECORD").write_bytes(mutator.encoded("a/b.py,sha256=xx,1\n"))
    document = mutator.json({**LABELS, "variants": {"v3": LABELS["variants"]["v3"]}})  # type: ignore[index]
    if mutator.random.random() < 0.5:
        (info / "variant.json").write_bytes(document)

    def read() -> None:
        for distribution in find_distributions([folder]):
            distribution.to_dict()
            describe_missing(distribution, _profile())
        find_providers(installed_distributions([str(folder)]))

    return (content, points, document), read


def variants(mutator: Mutator, folder: Path) -> Case:
    content = mutator.json(VARIANTS)
    return content, lambda: hashes.parse_index(content)


def label_document(mutator: Mutator, folder: Path) -> Case:
    content = mutator.json(LABELS)

    def read() -> None:
        for label in (None, "v3"):
            with suppress(IndexMetadataError):
                metadata = parse_document(content, label)
                found = [Candidate(WHEELS[1], metadata.variant(name)) for name in metadata.variants]
                for verdict in select(found, _profile(), TagRanks(("py3-none-any",)), Preferences()):
                    verdict.to_dict()
                combine([("a", metadata), ("b", metadata)])
                dump_document(metadata)
        parse_document(content)

    return content, read


def profile(mutator: Mutator, folder: Path) -> Case:
    content = mutator.json(PROFILE)

    def read() -> None:
        found = HostProfile.from_json(content)
        found.to_dict()
        select([Candidate(WHEELS[1], LEVEL)], found, TagRanks(("py3-none-any",)), Preferences())

    return content, read


@cache
def _profile() -> HostProfile:
    return HostProfile.from_json(json.dumps(PROFILE))


def _use_files(files: Sequence[File]) -> None:
    render_html_page("demo", files)
    render_json_page("demo", files)
    for file in files:
        redact_url(file.url)
        local_path(file.url)
        parse_listed_file(file, 0, PROJECT)


def html_page(mutator: Mutator, folder: Path) -> Case:
    text = mutator.text(HTML)

    def read() -> None:
        files = parse_html_page(text, "http://h:1/simple/demo/").files
        _never_fails(lambda: _use_files(files))

    return text, read


def json_page(mutator: Mutator, folder: Path) -> Case:
    text = mutator.json(JSON).decode("utf-8", "replace")

    def read() -> None:
        files = parse_json_page(text, "http://h:1/simple/demo/").files
        _never_fails(lambda: _use_files(files))

    return text, read


def settings(mutator: Mutator, folder: Path) -> Case:
    """A settings file in the working directory, which the fuzzer has set to the folder."""
    content = mutator.encoded(mutator.random.choice(SETTINGS))
    file = folder / mutator.random.choice(["variant.toml", "pyproject.toml"])

    def read() -> None:
        file.write_bytes(content)
        try:
            apply_priority(_profile(), ["x86_64"], None, {}, lambda message: None)
        finally:
            file.unlink()

    return content, read


def declaration(mutator: Mutator, folder: Path) -> Case:
    if mutator.random.random() < 0.5:
        document = mutator.document(DECLARATION)
        return document, lambda: parse_declaration(document, "pyproject.toml")
    text = mutator.text(mutator.random.choice(SETTINGS))
    return text, lambda: parse_declaration(parse_toml(text, "pyproject.toml"), "pyproject.toml")


def pip_config(mutator: Mutator, folder: Path) -> Case:
    content = mutator.encoded(PIP_CONFIG)

    def read() -> None:
        (folder / "pip.conf").write_bytes(content)
        config = read_pip_config(folder)
        config.engine_environment()
        config.words("find-links")
        make_transport(config)

    return content, read


def requirement_file(mutator: Mutator, folder: Path) -> Case:
    content = mutator.encoded(REQUIREMENTS)

    def fetch(url: str) -> bytes:
        raise WheelFileError(url, "there is no network here")

    def read() -> None:
        (folder / "other.txt").write_text("x\n")
        (folder / "r.txt").write_bytes(content)
        copies = folder / "copies"
        shutil.rmtree(copies, ignore_errors=True)
        copies.mkdir()
        RequirementFiles(copies, fetch).add("-r", str(folder / "r.txt"))

    return content, read


def requirement(mutator: Mutator, folder: Path) -> Case:
    line, wish = mutator.text(mutator.random.choice(REQUIREMENTS.splitlines())), mutator.text("demo=a496bd9c,x")
    return (line, wish), lambda: read_preferences([wish], [parse_request(line)])


def answer(mutator: Mutator, folder: Path) -> Case:
    document = mutator.document(ANSWER)
    entry = next(iter(find_providers()))
    return document, lambda: parse_answer(entry, document, "run", 1.0)


@cache
def _libraries() -> list[bytes]:
    return [make_library(code) for code in (b"\xc5\xfc\x58\xc1\xc3", b"\x0f\xa2\xc3" * 100)]


def elf(mutator: Mutator, folder: Path) -> Case:
    content = mutator.elf(mutator.random.choice(_libraries()))

    def read() -> None:
        parse_elf(content)
        read_elf(content)
        read_module("a.so", "ELF", content, frozenset()).to_dict()

    return content, read


_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


@cache
def _wheel(method: int, lines: str) -> bytes:
    files = {
        "demo/__init__.py": b"x = 1\n",
        "demo/_c.so": _libraries()[0],
        "demo-1.0.dist-info/METADATA": f"{METADATA}{lines}\n".encode(),
        "demo-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode()},{len(content)}\n"
        for path, content in files.items()
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for path, content in {**files, "demo-1.0.dist-info/RECORD": record.encode()}.items():
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), content, method)
    return out.getvalue()


def wheel(mutator: Mutator, folder: Path) -> Case:
    lines = mutator.random.choice(["", VARIANT_LINES])
    content = mutator.zip(_wheel(mutator.random.choice(_METHODS), lines))
    path = folder / NAMES[1 if lines else 0]
    name = parse_wheel_name(path.name)

    def read() -> None:
        path.write_bytes(content)
        try:
            for work in (hashes.read_wheel, audit_wheel, read_entry, _tag):
                with suppress(*REFUSALS["wheel"]):
                    work(path)
        finally:
            path.unlink()

    def _tag(path: Path) -> None:
        if name.dialect is Dialect.STANDARD:
            with WheelArchive(path, name) as archive:
                hashes.write_wheel(archive, LEVEL, io.BytesIO())

    return content, read


@cache
def _sdist(kind: str) -> bytes:
    out, info = io.BytesIO(), METADATA.encode()
    if kind == ".zip":
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("demo-1.0/PKG-INFO", info)
    else:
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for path in ("demo-1.0/PKG-INFO", "demo-1.0/" + "é" * 120):
                member = tarfile.TarInfo(path)
                member.size = len(info)
                tar.addfile(member, io.BytesIO(info))
    return out.getvalue()


def sdist(mutator: Mutator, folder: Path) -> Case:
    kind = mutator.random.choice([".zip", ".tar.gz"])
    content = _sdist(kind)
    if kind == ".zip":
        content = mutator.zip(content)
    elif mutator.random.random() < 0.7:
        content = gzip.compress(mutator.data(content), 1)
    else:
        content = mutator.data(gzip.compress(content, 1))
    path = folder / f"demo-1.0{kind}"

    def read() -> None:
        path.write_bytes(content)
        read_entry(path)

    return content, read


TARGETS: dict[str, Target] = {
    target.__name__: target
    for target in (
        names, urls, metadata, installed, variants, label_document, profile, html_page, json_page, settings,
        declaration, pip_config, requirement_file, requirement, answer, elf, wheel, sdist,
    )
}  # fmt: skip

#: What each target may raise: an error that names the input, and that a command reports as a message.
REFUSALS: Mapping[str, tuple[type[Exception], ...]] = {
    "names": (WheelNameError,),
    "urls": (ValueError,),
    "metadata": (WheelFileError,),
    "installed": (),
    "variants": (IndexMetadataError,),
    "label_document": (IndexMetadataError,),
    "profile": (ProfileError,),
    "html_page": (ValueError,),
    "json_page": (ValueError,),
    "settings": (DualvariantError,),
    "declaration": (DualvariantError,),
    "pip_config": (DualvariantError,),
    "requirement_file": (DualvariantError, VariantError),
    "requirement": (DualvariantError, VariantError),
    "answer": (ValueError,),
    "elf": (),
    "wheel": (DualvariantError, VariantError, InvalidSdistFilename, OSError),
    "sdist": (VariantError, InvalidSdistFilename, OSError),
}
