"""Targets of the fuzzer that are texts: names, addresses, pages, metadata, settings and requirements."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from dualvariant.builder.declaration.parse import parse_declaration
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
from dualvariant.target.installed import describe_missing, find_distributions
from fuzz_case import Case, never_fails
from fuzz_documents import (
    ANSWER,
    DECLARATION,
    HTML,
    JSON,
    LABELS,
    LEVEL,
    METADATA,
    NAMES,
    PIP_CONFIG,
    PROFILE,
    PROJECT,
    REQUIREMENTS,
    SETTINGS,
    VARIANT_LINES,
    VARIANTS,
    WHEELS,
)
from mutations import Mutator
from variantlib.dialects import hashes
from variantlib.dialects.labels.combine import combine
from variantlib.dialects.labels.document import dump_document, parse_document
from variantlib.errors import IndexMetadataError, WheelFileError
from variantlib.profile import HostProfile
from variantlib.selection import Preferences, TagRanks, select
from variantlib.verdict import Candidate
from variantlib.wheel_archive import add_headers
from variantlib.wheel_name import parse_wheel_name

__all__ = [
    "answer",
    "declaration",
    "html_page",
    "installed",
    "json_page",
    "label_document",
    "metadata",
    "names",
    "pip_config",
    "profile",
    "requirement",
    "requirement_file",
    "settings",
    "urls",
    "variants",
]


def names(mutator: Mutator, folder: Path) -> Case:
    name = mutator.text(mutator.random.choice(NAMES))

    def read() -> None:
        never_fails(lambda: parse_listed_file(File(name, f"http://h/{name}"), 0, PROJECT))
        never_fails(lambda: parse_filename(f"http://h/{name}"))
        never_fails(lambda: find_local_variant(f"demo @ {name}"))
        parse_wheel_name(name)

    return name, read


def urls(mutator: Mutator, folder: Path) -> Case:
    url = mutator.text(mutator.random.choice(["https://u:p@h:80/simple/x?y#z", "file:///tmp/x", "http://[::1]:8/a b"]))

    def read() -> None:
        for ask in (redact_url, is_http, local_path):
            never_fails(lambda ask=ask: ask(url))  # type: ignore[misc]
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
        never_fails(lambda: _use_files(files))

    return text, read


def json_page(mutator: Mutator, folder: Path) -> Case:
    text = mutator.json(JSON).decode("utf-8", "replace")

    def read() -> None:
        files = parse_json_page(text, "http://h:1/simple/demo/").files
        never_fails(lambda: _use_files(files))

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
