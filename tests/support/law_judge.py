"""Runs a case on both sides and names each difference that the law does not allow."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import packaging
from attrs import field, frozen
from packaging.utils import canonicalize_name
from packaging.version import Version

import clients
from dualvariant.target.probe import DESCRIBE_SCRIPT
from kept_child import KeptChild
from law_cases import Case
from law_files import NATIVE, Blob
from law_world import PROFILE, Side, World, opened_world
from messages import error_code

__all__ = ["Difference", "Judge", "KeptPip", "Outcome", "RealPrograms", "Runs", "opened_judge"]

_SUPPORTED = {
    f"{provider['provider']} :: {config['key']} :: {value}"
    for provider in PROFILE["providers"]
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
        files: project → version and key (:meth:`Runs.key`) of what is installed.
        error: the code of our message, if we refused.
        stdout: standard output.
        output: all that was printed, the engine's words included.
    """

    code: int
    files: Mapping[str, tuple[str, str]] = field(factory=dict)
    error: str | None = None
    stdout: str = ""
    output: str = ""


class Runs(Protocol):
    """Runs both sides in one of several ways."""

    def theirs(self, side: Side, words: Sequence[str]) -> Outcome:
        """The installer's own ``install``."""

    def ours(self, command: str, side: Side, words: Sequence[str]) -> Outcome:
        """A command of dualvariant."""

    def key(self, blob: Blob) -> str:
        """What tells the files of a release apart in an outcome."""


@frozen
class KeptPip:
    """Both sides in kept children, with pip up to the moment when it would install.

    Args:
        pip: the child of pip.
        dualvariant: that of dualvariant.
        python: the interpreter to install for.
        target: how it describes itself.
    """

    pip: KeptChild
    dualvariant: KeptChild
    python: Path
    target: str

    def theirs(self, side: Side, words: Sequence[str]) -> Outcome:
        output = side.folder.parent / "theirs"
        said = self.pip.ask(_order(side, ["install", *words], output))
        return _outcome(said["code"], _by_digest(said), output)

    def ours(self, command: str, side: Side, words: Sequence[str]) -> Outcome:
        output = side.folder.parent / command
        order = _order(side, [command, "--python", str(self.python), *words], output)
        said = self.dualvariant.ask({**order, "target": self.target, "pip": self.pip.address})
        return _outcome(said["code"], _by_digest(said["runs"][-1]) if said["runs"] else {}, output)

    def key(self, blob: Blob) -> str:
        return blob.digest("sha256")


@frozen
class RealPrograms:
    """Real installs into an environment that is emptied before each of them.

    Args:
        installer: ``pip`` or ``uv``.
        python: the environment's interpreter.
        kept: a kept child that runs our side, and how the interpreter describes itself; None for the real command.
    """

    installer: str
    python: Path
    kept: tuple[KeptChild, str] | None = None

    def theirs(self, side: Side, words: Sequence[str]) -> Outcome:
        self._empty()
        program: list[str | Path] = [self.python, "-m", "pip", "install"]
        if self.installer == "uv":
            program = [clients.uv(), "pip", "install", "--python", self.python]
        return self._run([*program, *words], side, "theirs")

    def ours(self, command: str, side: Side, words: Sequence[str]) -> Outcome:
        self._empty()
        arguments = [command, "--engine", self.installer, "--python", str(self.python), *words]
        if self.kept is None:
            return self._run([sys.executable, "-m", "dualvariant", *arguments], side, command)
        child, target = self.kept
        output = side.folder.parent / command
        said = child.ask({**_order(side, arguments, output), "target": target, "pip": None})
        return _outcome(said["code"], self._installed(), output)

    def key(self, blob: Blob) -> str:
        if blob.kind == "sdist":
            return "sdist"
        tag = "py3-none-any" if blob.tag == "py3-none-any" else blob.tag.format(native=NATIVE)
        listed = _properties_inside(blob)
        return f"{sorted(listed)!r} {blob.build} {tag}"

    def _run(self, command: Sequence[str | Path], side: Side, name: str) -> Outcome:
        output = side.folder.parent / name
        with output.open("wb") as stdout, Path(f"{output}.err").open("wb") as stderr:
            code = subprocess.run(
                command, env=side.environment, cwd=side.folder, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
            ).returncode
        return _outcome(code, self._installed(), output)

    @property
    def _site(self) -> Path:
        (site,) = self.python.parent.parent.glob("lib/python3*/site-packages")
        return site

    def _empty(self) -> None:
        for path in self._site.iterdir():
            if path.name != "pip" and not path.name.startswith("pip-"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _installed(self) -> dict[str, tuple[str, str]]:
        """What is in the environment: the wheels of the cases say in their modules which ones they are."""
        found = {}
        for info in self._site.glob("*.dist-info"):
            name, _, version = info.name.removesuffix(".dist-info").partition("-")
            if name == "pip":
                continue
            values: dict[str, Any] = {}
            exec((self._site / f"{name}.py").read_text(), values)  # written by law_files
            key = values["PROPERTIES"]
            if key != "sdist":
                wheel = (info / "WHEEL").read_text()
                build = re.search(r"^Build: (.*)$", wheel, re.MULTILINE)
                (tag,) = re.findall(r"^Tag: (.*)$", wheel, re.MULTILINE)
                key = f"{sorted(key)!r} {build and build[1]} {tag}"
            found[str(canonicalize_name(name))] = (version, key)
        return found


class Judge:
    """Compares what the installer does with what dualvariant does.

    Args:
        world: where cases are written.
        runs: how both are run.
    """

    def __init__(self, world: World, runs: Runs) -> None:
        self.world = world
        self.runs = runs
        #: How often something was installed, and how often it was a variant.
        self.installs = self.variants = 0

    def compare(self, case: Case) -> list[Difference]:
        """Every difference of a case; none is what the law asks for."""
        return list(self._compare(case))

    def _compare(self, case: Case) -> Iterator[Difference]:
        with self.world.written(case) as (plain, full):
            theirs = self.runs.theirs(plain, plain.words)
            install = self.runs.ours("install", full, [*self._profile, *full.our_words])
            blobs = self._blobs(case)
            if "Traceback" in install.output:
                yield Difference("traceback", install.output)
            self.installs += install.code == 0
            self.variants += install.code == 0 and any(_is_variant(blobs, key) for _, key in install.files.values())
            yield from self._compare_outcomes(blobs, plain, theirs, install, case)
            yield from self._compare_explain(case, full, install)

    @property
    def _profile(self) -> list[str]:
        return ["--profile", str(self.world.profile)]

    def _blobs(self, case: Case) -> dict[str, list[Blob]]:
        blobs: dict[str, list[Blob]] = {}
        for source in case.sources:
            for listed in source.files:
                blobs.setdefault(self.runs.key(listed.blob), []).append(listed.blob)
        return blobs

    def _compare_outcomes(
        self, blobs: Mapping[str, list[Blob]], plain: Side, theirs: Outcome, install: Outcome, case: Case
    ) -> Iterator[Difference]:
        if theirs.code == 0 and install.code != 0:
            yield Difference(f"fails [{install.error or install.code}]", f"plain: {theirs.files}")
            return
        if theirs.code != 0:
            if _REFUSED_PAGE.search(theirs.output):
                return
            if install.code == 0 and not any(_is_variant(blobs, key) for _, key in install.files.values()):
                yield Difference("succeeds", f"the installer ends with {theirs.code}, and we install {install.files}")
            return
        if _versions(theirs) != _versions(install) and not self._is_bonus(blobs, plain, theirs, install, case):
            yield Difference("release", f"plain: {_versions(theirs)}, ours: {_versions(install)}")
        for project, (version, key) in install.files.items():
            theirs_version, theirs_key = theirs.files.get(project, ("", ""))
            if theirs_version != version or key == theirs_key:
                continue
            if not any(
                _fits(blob) for blob in blobs.get(key, ()) if (blob.project, blob.version) == (project, version)
            ):
                yield Difference("wheel", f"{project} {version}: plain {theirs_key}, ours {key}, no variant that fits")

    def _is_bonus(
        self, blobs: Mapping[str, list[Blob]], plain: Side, theirs: Outcome, install: Outcome, case: Case
    ) -> bool:
        """Whether we found better releases than the installer, thanks to a release whose files that count are variants.

        A final release is better than a pre-release unless the user asks for those, and a newer one than an older one
        unless the user asks uv for lowest ones. The better one may be another project's, which needs that release.

        See docs/decisions/0042-exceptions-of-the-law.md.
        """
        named = {setting.name for setting in case.settings}
        rank: Callable[[str], Any] = Version if _asks_for_pre_releases(case) else _rank
        better = {
            each
            for each, (version, _) in install.files.items()
            if each in theirs.files and ("resolution" in named or rank(version) > rank(theirs.files[each][0]))
        }
        variants = {
            each
            for each, (version, key) in install.files.items()
            if _is_variant(blobs, key) and theirs.files.get(each, ("",))[0] != version
        }
        if not better or not variants:
            return False
        limits = [f"{each}=={version}\n" for each, (version, _) in sorted(install.files.items())]
        (plain.folder / "law-limits.txt").write_text("".join(limits))
        return self.runs.theirs(plain, [*plain.words, "-c", "law-limits.txt"]).code != 0

    def _compare_explain(self, case: Case, full: Side, install: Outcome) -> Iterator[Difference]:
        words = full.explain_words
        refused = install.code in (3, 5) and install.error is not None
        if words is None or (install.code != 0 and not refused):
            return
        explain = self.runs.ours("explain", full, [*self._profile, "--json", *words])
        both = f"install:\n{install.output}\nexplain ({explain.code}):\n{explain.output}"
        if "Traceback" in explain.output:
            yield Difference("traceback of explain", explain.output)
        elif refused:
            if explain.code != install.code:
                yield Difference("explain ends otherwise", both)
        elif '"projects"' not in explain.stdout:
            yield Difference(f"explain fails [{explain.error or explain.code}]", explain.output)
        else:
            lying = {listed.blob.project for source in case.sources for listed in source.files if listed.false_hash}
            projects = json.loads(explain.stdout)["projects"]
            named = [canonicalize_name(project["name"]) for project in projects]
            if explain.code != 0 and lying.isdisjoint(named):
                yield Difference("explain finds nothing", both)
            if any(listed.blob.requires for source in case.sources for listed in source.files):
                return  # the resolver may take an older release for another project's sake
            for name, project in zip(named, projects, strict=True):
                if named.count(name) == 1 and name in install.files and name not in lying:
                    yield from self._compare_verdicts(case, str(name), project, install)

    def _compare_verdicts(
        self, case: Case, name: str, project: Mapping[str, Any], install: Outcome
    ) -> Iterator[Difference]:
        """What ``explain --json`` says of one project, and what was installed of it."""
        blobs = self._blobs(case)
        version, key = install.files[name]
        if Version(version) != Version(project["version"]):
            yield Difference("explain release", f"install {name} {version}, explain {project['version']}")
            return
        chosen = [each["filename"] for each in project["candidates"] if each["verdict"] == "chosen"]
        found = [blob for blob in blobs.get(key, ()) if blob.project == name]
        others = {blob.version for every in blobs.values() for blob in every if blob.project == name} - {version}
        if _compares_text(case) and Version(version) in map(Version, others):
            return  # see docs/decisions/0042-exceptions-of-the-law.md
        if chosen and not {blob.filename for blob in found} & {*chosen} and found[0].kind != "sdist":
            yield Difference("explain wheel", f"install takes {found[0].filename}, explain {chosen}")


def _compares_text(case: Case) -> bool:
    """Whether a requirement or a constraint has ``===``, which is about the way in which a version is written."""
    lines = [line for file in case.files for line in file.lines]
    return any("===" in text for text in (*case.requirements, *lines))


def _order(side: Side, arguments: Sequence[str], output: Path) -> dict[str, Any]:
    return {
        "arguments": list(arguments),
        "environment": dict(side.environment),
        "folder": str(side.folder),
        "output": str(output),
    }


def _by_digest(said: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    return {each["name"]: (each["version"], each["sha256"]) for each in said["files"]}


def _outcome(code: int, files: Mapping[str, tuple[str, str]], output: Path) -> Outcome:
    stdout, stderr = (Path(f"{output}{ending}").read_text(errors="replace") for ending in ("", ".err"))
    text = f"{stdout}\n--- stderr\n{stderr}"
    for engine in sorted(output.parent.glob(f"{output.name}.engine*")):
        text += f"\n--- {engine.name}\n{engine.read_text(errors='replace')}"
    return Outcome(code, files, error_code(stderr) if code else None, stdout, re.sub(r"\n\s*\n+", "\n", text))


#: The installer refuses a page for a link on it that has nothing to do with what it would install.
#: See docs/decisions/0042-exceptions-of-the-law.md.
_REFUSED_PAGE = re.compile("does not provide upload-time metadata|Received some unexpected HTML")


#: The settings that ask for pre-releases, and a version in a requirement that does.
_ASK_FOR_PRE_RELEASES = frozenset({"pre", "all-releases", "prerelease"})
_PRE_RELEASE = re.compile(r"\d(?:a|b|rc)\d|\.dev\d")
#: Names in the value of such a setting that are no project's of any case.
_NOBODY = frozenset({":none:", "other-name"})


def _asks_for_pre_releases(case: Case) -> bool:
    """Whether a setting, a requirement (PEP 440), or a line that begins with the option does."""
    lines = [line for file in case.files for line in file.lines]
    if any(line.split(maxsplit=1)[:1] == ["--pre"] for line in lines):
        return True
    texts = [*case.requirements, *(line.partition(" --")[0] for line in lines)]
    by_settings = any(
        setting.name in _ASK_FOR_PRE_RELEASES and not _NOBODY.issuperset((setting.value or "").split(","))
        for setting in case.settings
        if setting.name != "prerelease" or setting.value == "allow"  # to uv's other strategies, final ones come first
    )
    return by_settings or any(map(_PRE_RELEASE.search, texts))


def _rank(version: str) -> tuple[bool, Version]:
    return not Version(version).is_prerelease, Version(version)


def _properties_inside(blob: Blob) -> tuple[str, ...]:
    if blob.damage == "unnamed":
        return ()
    return ("x86_64 :: level :: v1",) if blob.damage == "other" else blob.properties


def _is_variant(blobs: Mapping[str, list[Blob]], key: str) -> bool:
    return any(blob.properties for blob in blobs.get(key, ()))


def _fits(blob: Blob) -> bool:
    """Whether it is a variant for the profile of the cases, by its index or, of a label wheel, by what is in it."""
    properties = _properties_inside(blob) if blob.called else blob.properties
    return bool(properties) and {*properties} <= _SUPPORTED and blob.damage != "cut"


def _versions(outcome: Outcome) -> dict[str, Version]:
    return {project: Version(version) for project, (version, _) in outcome.files.items()}


@contextmanager
def opened_judge(folder: Path, installer: str = "pip", *, real: bool = False) -> Iterator[Judge]:
    """A judge with its world and its children.

    Args:
        folder: an existing folder for all of it.
        installer: ``pip`` or ``uv``.
        real: both sides are real programs; of uv, the installer's side always is.
    """
    python = clients.make_target(folder / "target", None if installer == "uv" else "26.3")
    support = Path(__file__).parent
    # The project's folder may have metadata of a build, without fingerprints: each case would ask the providers again.
    paths = [support, *(Path(entry) for entry in sys.path if entry and Path(entry) != support.parents[1])]
    with opened_world(folder) as world:
        if real:
            yield Judge(world, RealPrograms(installer, python))
            return
        described = subprocess.run(
            [python, DESCRIBE_SCRIPT, "1", packaging.__path__[0]], check=True, capture_output=True, text=True
        ).stdout
        with KeptChild(Path(sys.executable), "law_our_child", paths, folder) as ours:
            if installer == "uv":
                yield Judge(world, RealPrograms("uv", python, (ours, described)))
                return
            with KeptChild(python, "law_pip_child", [support], folder) as pip:
                yield Judge(world, KeptPip(pip, ours, python, described))
