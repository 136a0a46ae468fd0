"""Runs a case on both sides and names each difference that the law does not allow."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import packaging
from attrs import field, frozen
from packaging.utils import canonicalize_name
from packaging.version import Version

import clients
from dualvariant.target.probe import DESCRIBE_SCRIPT
from kept_child import KeptChild
from law_cases import Case
from law_files import Blob
from law_world import PROFILE, Side, World, opened_world
from messages import error_code

__all__ = ["Difference", "Judge", "Outcome", "describe_case", "opened_judge"]

_SUPPORTED = {
    f"{provider['provider']} :: {config['key']} :: {value}"
    for provider in PROFILE["providers"]  # type: ignore[attr-defined]
    for config in provider["configs"]
    for value in config["values"]
}


@frozen
class Difference:
    """What the law does not allow.

    Args:
        kind: a word for it.
        text: what happened.
    """

    kind: str
    text: str


@frozen
class Outcome:
    """How one run ended.

    Args:
        code: the exit code.
        files: project → version and sha256 of what is installed.
        error: the code of our message, if we refused.
        output: standard output and standard error.
        served: what was asked of the engine, if there was one.
    """

    code: int
    files: dict[str, tuple[str, str]] = field(factory=dict)
    error: str | None = None
    output: str = ""
    served: Any = None


class Judge:
    """Asks the oracle and dualvariant, and compares.

    Args:
        world: where cases are written.
        pip: the kept child of pip.
        ours: that of dualvariant.
        target: the interpreter that both install for, as it describes itself.
        python: its path.
    """

    def __init__(self, world: World, pip: KeptChild, ours: KeptChild, target: str, python: Path) -> None:
        self.world = world
        self.pip = pip
        self.ours = ours
        self.target = target
        self.python = python

    def compare(self, case: Case) -> list[Difference]:
        """Every difference of a case; none is what the law asks for."""
        return [difference for difference in self._compare(case)]

    def _compare(self, case: Case) -> Iterator[Difference]:
        with self.world.written(case) as (plain, full):
            theirs = self._ask_pip(plain, plain.words)
            install = self._run("install", full, full.our_words)
            if "Traceback" in install.output:
                yield Difference("traceback", install.output)
            yield from self._compare_outcomes(case, plain, theirs, install)
            yield from self._compare_explain(case, full, install)

    # --- the runs

    def _ask_pip(self, side: Side, words: Sequence[str]) -> Outcome:
        output = side.folder.parent / "pip"
        said = self.pip.ask(
            {
                "arguments": ["install", *words],
                "environment": dict(side.environment),
                "folder": str(side.folder),
                "output": str(output),
            }
        )
        return _outcome(said["code"], said["files"], output)

    def _run(self, command: str, side: Side, words: Sequence[str]) -> Outcome:
        output = side.folder.parent / command
        said = self.ours.ask(
            {
                "arguments": [command, "--python", str(self.python), "--profile", str(self.world.profile), *words],
                "environment": dict(side.environment),
                "folder": str(side.folder),
                "output": str(output),
                "target": self.target,
                "pip": self.pip.address,
            }
        )
        files = said["runs"][-1]["files"] if said["runs"] else []
        return _outcome(said["code"], files, output, said["runs"])

    # --- the comparison

    def _compare_outcomes(self, case: Case, plain: Side, theirs: Outcome, install: Outcome) -> Iterator[Difference]:
        blobs = _blobs_by_digest(case)
        if theirs.code == 0 and install.code != 0:
            yield Difference(f"fails [{install.error or install.code}]", f"pip installs {theirs.files}")
            return
        if theirs.code != 0 and install.code == 0:
            variants = [sha for _, sha in install.files.values() if sha in blobs and blobs[sha][0].properties]
            if not variants:
                yield Difference("succeeds", f"pip ends with {theirs.code}, and we install {install.files}")
            return
        if theirs.code != 0:
            return
        if _versions(theirs) != _versions(install) and not self._is_bonus(case, plain, theirs, install):
            yield Difference("release", f"pip installs {_versions(theirs)}, and we {_versions(install)}")
        for project, (version, sha) in install.files.items():
            if theirs.files.get(project) == (version, sha):
                continue
            found = [blob for blob in blobs.get(sha, []) if _fits(blob)]
            if not found and theirs.files.get(project, ("", ""))[0] == version:
                yield Difference("wheel", f"{project} {version}: neither pip's file nor a variant that fits ({sha})")

    def _is_bonus(self, case: Case, plain: Side, theirs: Outcome, install: Outcome) -> bool:
        """Whether we found newer releases than pip, because all their files that count are variants."""
        blobs = _blobs_by_digest(case)
        newer = [
            project
            for project, (version, sha) in install.files.items()
            if project in theirs.files
            and Version(version) > Version(theirs.files[project][0])
            and any(blob.properties for blob in blobs.get(sha, ()))
        ]
        if not newer:
            return False
        (plain.folder / "law-limits.txt").write_text(
            "".join(f"{project}=={install.files[project][0]}\n" for project in newer)
        )
        return self._ask_pip(plain, [*plain.words, "-c", "law-limits.txt"]).code != 0

    def _compare_explain(self, case: Case, full: Side, install: Outcome) -> Iterator[Difference]:
        words = full.explain_words
        if words is None or install.code != 0:
            return
        explain = self._run("explain", full, ["--json", *words])
        if "Traceback" in explain.output:
            yield Difference("traceback of explain", explain.output)
            return
        try:
            projects = json.loads(explain.output.partition("\n--- stderr\n")[0])["projects"]
        except (ValueError, KeyError):
            yield Difference(f"explain fails [{explain.error or explain.code}]", explain.output)
            return
        if any(blob.requires for source in case.sources for blob in (each.blob for each in source.files)):
            return  # the resolver may take an older release for another project's sake
        named = [canonicalize_name(project["name"]) for project in projects]
        for project in projects:
            name = canonicalize_name(project["name"])
            if named.count(name) > 1 or name not in install.files:
                continue
            version, sha = install.files[name]
            if Version(version) != Version(project["version"]):
                yield Difference("explain release", f"install {name} {version}, explain {project['version']}")
                continue
            chosen = [each["filename"] for each in project["candidates"] if each["verdict"] == "chosen"]
            found = {blob.filename for blob in _blobs_by_digest(case).get(sha, ())}
            if chosen and not found & set(chosen) and not any(name.endswith(".tar.gz") for name in found):
                yield Difference("explain wheel", f"install takes {found}, explain {chosen}")


def _fits(blob: Blob) -> bool:
    return bool(blob.properties) and set(blob.properties) <= _SUPPORTED and blob.damage != "cut"


def _versions(outcome: Outcome) -> dict[str, Version]:
    return {project: Version(version) for project, (version, _) in outcome.files.items()}


def _blobs_by_digest(case: Case) -> dict[str, list[Blob]]:
    blobs: dict[str, list[Blob]] = {}
    for source in case.sources:
        for listed in source.files:
            blobs.setdefault(listed.blob.digest("sha256"), []).append(listed.blob)
    return blobs


def _outcome(code: int, files: list[dict[str, str]], output: Path, runs: Any = None) -> Outcome:
    stderr = Path(f"{output}.err").read_text(errors="replace")
    text = f"{output.read_text(errors='replace')}\n--- stderr\n{stderr}"
    for engine in sorted(output.parent.glob(f"{output.name}.engine*")):
        text += f"\n--- {engine.name}\n{engine.read_text(errors='replace')}"
    return Outcome(
        code,
        {each["name"]: (each["version"], each["sha256"]) for each in files},
        error_code(stderr) if not runs else None,
        re.sub(r"\n\s*\n+", "\n", text),
        runs,
    )


@contextmanager
def opened_judge(folder: Path, target: Path) -> Iterator[Judge]:
    """A judge with its children and its server.

    Args:
        folder: an existing folder for all of it.
        target: the interpreter of an environment that has the newest pip and nothing else.
    """
    import dualvariant

    support = Path(__file__).parent
    described = subprocess.run(
        [target, DESCRIBE_SCRIPT, "1", packaging.__path__[0]], check=True, capture_output=True, text=True
    ).stdout
    import sys

    ours = [support, *(Path(entry) for entry in sys.path if entry)]
    assert dualvariant.__file__
    with (
        opened_world(folder) as world,
        KeptChild(target, "law_pip_child", [support], folder) as pip,
        KeptChild(Path(sys.executable), "law_our_child", ours, folder) as kept,
    ):
        yield Judge(world, pip, kept, described, target)


def describe_case(case: Case) -> str:
    """A case in words short enough to read, without what is as usual."""
    lines = []
    for number, source in enumerate(case.sources):
        lines.append(f"source {number}: {source.kind} {source.tables or ''}")
        for listed in source.files:
            odd = [f"{name}={value!r}" for name, value in _unusual(listed).items()]
            blob = listed.blob
            more = [f"{part}={getattr(blob, part)!r}" for part in ("requires", "damage") if getattr(blob, part)]
            lines.append(f"    {blob.filename} {blob.properties or ''} {' '.join([*odd, *more])}")
    lines.append(f"requirements: {case.requirements}")
    lines += [f"{each.place}: {each.word or each.name} {each.value or ''}" for each in case.settings]
    for file in case.files:
        lines.append(f"{file.path}:")
        lines += [f"    {line}" for line in file.lines]
    return "\n".join(lines)


def _unusual(listed: Any) -> dict[str, object]:
    from law_cases import Listed

    usual = Listed(listed.blob)
    names = ("hashes", "fragment", "false_hash", "requires_python", "yanked", "uploaded", "metadata", "escaped")
    return {name: getattr(listed, name) for name in names if getattr(listed, name) != getattr(usual, name)}


_ = clients
