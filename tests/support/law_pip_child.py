"""pip as the oracle: a real ``pip install``, up to the moment when it would build or install what it has downloaded.

It is the module of a kept child (:mod:`kept_child`) in an interpreter that has a released pip, and nothing of ours.
Options, settings, requirement files, pages, the resolver, the download and the check of hashes are all pip's. Three
things are replaced, none of which decides anything: what pip asks the system for its User-Agent, the certificates of
the system (the cases have none), and the build of an sdist, whose metadata are those in its ``PKG-INFO``.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import pkgutil
import sys
import tarfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

#: What the standard library and pip import when they are called.
_OTHERS = (
    "encodings.cp437",
    "encodings.idna",
    "html.parser",
    "http.client",
    "netrc",
    "pip._vendor.truststore",
    "zipfile",
)

_install: Any
_main: Any


def prepare() -> None:
    """Import pip, with everything that it would import later, and put the three replacements in."""
    global _install, _main
    _main = importlib.import_module("pip._internal.cli.main")
    _install = importlib.import_module("pip._internal.commands.install")
    for package in ("pip._internal", "pip._vendor.rich", "pip._vendor.urllib3", "pip._vendor.requests"):
        _import_all(package)
    for module in _OTHERS:
        importlib.import_module(module)
    session: Any = importlib.import_module("pip._internal.network.session")
    agent = session.user_agent()
    session.user_agent = lambda: agent
    commands: Any = importlib.import_module("pip._internal.cli.index_command")
    context = commands._create_truststore_ssl_context()
    commands._create_truststore_ssl_context = lambda: context
    sdist = importlib.import_module("pip._internal.distributions.sdist").SourceDistribution
    sdist.prepare_distribution_metadata = lambda self, *arguments, **options: None
    sdist.get_metadata_distribution = _describe_sdist


def _import_all(name: str) -> None:
    package = importlib.import_module(name)
    for found in pkgutil.walk_packages(package.__path__, f"{name}."):
        if "windows" not in found.name and "win32" not in found.name and not found.name.endswith("__main__"):
            with suppress(Exception):  # a module for another system, or for a library that is not there
                importlib.import_module(found.name)


def _describe_sdist(self: Any) -> Any:
    metadata = importlib.import_module("pip._internal.metadata")
    utils = importlib.import_module("pip._vendor.packaging.utils")
    path = Path(self.req.local_file_path)
    with tarfile.open(path) as archive:
        (entry,) = [name for name in archive.getnames() if name.count("/") == 1 and name.endswith("/PKG-INFO")]
        content = archive.extractfile(entry)
        assert content is not None
        project = path.name.rpartition("-")[0]
        found = metadata.get_metadata_distribution(content.read(), path.name, utils.canonicalize_name(project))
        self.req._metadata = found.metadata
        return found


def work(order: dict[str, Any], answer: Callable[[object], NoReturn]) -> None:
    """Run pip with the order's ``arguments``; the answer is its exit code, and the files that it would install.

    Of each file: the project, the version, the file's name as pip sees it, and the sha256 of its bytes.
    """

    def stop(requirements: Any, **options: object) -> NoReturn:
        answer({"code": 0, "files": [_describe(each) for each in everything if each.link is not None]})

    everything: list[Any] = []

    def note(self: Any, requirements: Any) -> Any:
        everything.extend(requirements)
        complete(self, list(everything))

    preparer = importlib.import_module("pip._internal.operations.prepare").RequirementPreparer
    complete = preparer.prepare_linked_requirements_more
    preparer.prepare_linked_requirements_more = note
    _install.build = stop
    sys.argv = ["pip", *order["arguments"]]
    os.environ["PIP_NO_CACHE_DIR"] = "1"
    try:
        code = _main.main(order["arguments"])
    except SystemExit as error:  # wrong options, --help
        code = error.code
    answer({"code": code, "files": []})


def _describe(requirement: Any) -> dict[str, str | None]:
    path = Path(requirement.local_file_path) if requirement.local_file_path else None
    metadata = requirement.metadata
    return {
        "name": str(importlib.import_module("pip._vendor.packaging.utils").canonicalize_name(metadata["name"])),
        "version": metadata["version"],
        "filename": None if path is None else path.name,
        "sha256": None if path is None else hashlib.sha256(path.read_bytes()).hexdigest(),
    }
