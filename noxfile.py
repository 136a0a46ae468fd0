"""The project's tasks: ``nox -l`` lists them, ``nox -s NAME`` runs one, and the Makefile runs the usual ones."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import nox

nox.needs_version = ">=2024.4.15"
nox.options.sessions = ["lint", "types", "unit", "payload"]
nox.options.reuse_existing_virtualenvs = True
# uv fills an environment in a fraction of pip's time; without it, pip does. The tests have pips of their own.
nox.options.default_venv_backend = "uv|virtualenv"
# A module is compiled when it is first imported: of what the sessions install, they import a small part.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ.setdefault("PIP_DISABLE_PIP_VERSION_CHECK", "1")

ROOT = Path(__file__).parent
PYPROJECT = nox.project.load_toml("pyproject.toml")
#: The Pythons that the wheels are tested on: this one, and those that DUALVARIANT_PYTHONS names (blanks between).
PYTHONS = [sys.executable, *os.environ.get("DUALVARIANT_PYTHONS", "").split()]

#: uv, where nox has it or the user does: it fills the environments that wheels are built in.
UV = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")

#: What the other Pythons run: the vocabulary and the providers, on this machine's CPU alone; what compilers make of
#: flags is the same for all of them. Several of the pips that the integration tests use as engines do not run on Python
#: 3.12 and later.
ELSEWHERE = ["tests/variantlib", "tests/providers", "tests/test_review_samples.py"]
ELSEWHERE += ["--ignore-glob=*_emulated.py", "--ignore-glob=*/test_build_flags.py"]

#: The provider of a distribution of its own, with its own tests.
MPI = "plugins/mpi"

#: Tests on all cores, eight at most; the variable PYTEST_XDIST_AUTO_NUM_WORKERS sets another number.
PARALLEL = ["-n", "auto", "--maxprocesses", "8", "--dist", "worksteal"]
#: The same, where tests of a group share what is costly to make.
IN_GROUPS = [*PARALLEL[:-1], "loadgroup"]

#: Per cent of the lines and branches of the wheel's packages that run in the processes of the tests themselves, which
#: the night measures: it makes those tests take 1.7 times as long. What they run in child processes (most of the
#: command line) is not counted: that would double the time of all tests.
COVERAGE_FLOOR = 75


def _group(name: str) -> list[str]:
    return list(nox.project.dependency_groups(PYPROJECT, name))


#: The wheels that this run of nox has built: name of the folder, and Python where it matters → wheel.
_BUILT: dict[tuple[str, str], Path] = {}


def _wheel(session: nox.Session) -> Path:
    """Build the wheel of dualvariant, which is the same for all Pythons."""
    return _built(session, "wheel", ".")


def _payload_wheel(session: nox.Session, *, pure: bool = False) -> Path:
    """Build the wheel of dual_autodiff, one for each Python, or that in plain Python, the same for all of them."""
    if pure:
        return _built(session, "payload-pure", "dual_core", DUAL_AUTODIFF_PURE="1")
    return _built(session, "payload", "dual_core", session.python or PYTHONS[0], DUAL_AUTODIFF_PURE="0")


def _fresh(session: nox.Session, name: str) -> Path:
    """A folder of the session, without what an earlier run left there.

    ``session.create_tmp`` makes ``TMPDIR`` of it as well: the tests' files would then lie in the project, and uv read
    its ``pyproject.toml``.
    """
    folder = Path(session.env_dir, "fresh", name).absolute()
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _built(session: nox.Session, name: str, source: str, python: object = "", **env: str) -> Path:
    """Build a wheel from its sdist, as a package index would hand it out: once in this run of nox."""
    if (name, str(python)) not in _BUILT:
        # build 1.6 takes the uv of this variable, so none gets into the environment of the tests.
        session.install("build>=1.6")
        folder = _fresh(session, name)
        options = ["--installer", "uv"] if UV is not None else []
        variables = {**env, "UV": UV or ""}
        session.run("python", "-m", "build", *options, "--outdir", str(folder), source, silent=True, env=variables)
        (wheel,) = folder.glob("*.whl")
        _BUILT[name, str(python)] = wheel.absolute()
    return _BUILT[name, str(python)]


@nox.session
def lint(session: nox.Session) -> None:
    """Check rules and format with ruff, and all tracked files for what an editor leaves behind."""
    session.install(*_group("lint"))
    _lint(session)


def _lint(session: nox.Session) -> None:
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    for check, patterns in FILE_CHECKS.items():
        _check_files(session, check, _tracked(*patterns))


#: Checks of the package pre-commit-hooks → the files that each is for. The first two mend what they find.
FILE_CHECKS = {
    "trailing-whitespace-fixer": ["*"],
    "end-of-file-fixer": ["*"],
    "mixed-line-ending --fix=no": ["*"],
    "check-merge-conflict": ["*"],
    "check-case-conflict": ["*"],
    "check-added-large-files --maxkb=1000": ["*"],
    "check-json": ["*.json"],
    "check-toml": ["*.toml"],
    "check-yaml": ["*.yml", "*.yaml"],
}


def _check_files(session: nox.Session, check: str, files: list[str]) -> None:
    """Run one of the file checks; nox itself would print the names of all files."""
    if not files:
        return
    session.log(f"{check} ({len(files)} files)")
    hook, *options = check.split()
    done = subprocess.run([Path(session.bin, hook), *options, *files], capture_output=True, text=True, cwd=ROOT)
    if done.returncode != 0:
        session.error(f"{check}:\n{done.stdout}{done.stderr}")


def _tracked(*patterns: str) -> list[str]:
    """List the files that git tracks, except recorded data, which stay as they are; none without git."""
    command = ["git", "ls-files", "-z", "--", *patterns, ":!tests/data"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    except FileNotFoundError:
        return []
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy --strict, in sources and tests."""
    groups = ("types", "test", "payload", "uses")
    session.install(*PYPROJECT["project"]["dependencies"], *(each for group in groups for each in _group(group)))
    session.run("mypy")
    with session.chdir("dual_core"):
        session.run("mypy")


@nox.session
def quick(session: nox.Session) -> None:
    """Run lint, types and the tests of vocabulary and structure on the source tree, in less than a minute."""
    groups = [*_group("lint"), *_group("types"), *_group("test")]
    session.install(*groups, *PYPROJECT["project"]["dependencies"])
    _lint(session)
    session.run("mypy")
    tree = os.pathsep.join(str(ROOT / name) for name in ("variantlib", "plugins", "resolver"))
    chosen = session.posargs or [
        "tests/variantlib",
        "tests/test_structure.py",
        "tests/test_loading.py",
        "tests/test_support.py",
        "tests/test_habits.py",
    ]
    session.run("pytest", "-q", *PARALLEL, *chosen, env={"PYTHONPATH": tree, "DUALVARIANT_TEST_TREE": "1"})


@nox.session
def unit(session: nox.Session) -> None:
    """Test dualvariant, from its wheel; arguments go to pytest."""
    _test_wheel(session, "ci", [*PARALLEL, "tests"])


@nox.session(python=PYTHONS[1:])
def elsewhere(session: nox.Session) -> None:
    """Test the vocabulary and the providers, from the wheel, on each of the other Pythons."""
    _test_wheel(session, "ci", [*PARALLEL, *ELSEWHERE])


def _test_wheel(session: nox.Session, profile: str, options: list[str], env: Mapping[str, str] | None = None) -> None:
    """Test the wheel of dualvariant, with these arguments to pytest if the command line has none."""
    wheel = _wheel(session)
    # All tests start many interpreters, also emulated ones: what they import is compiled before, as pip does it.
    # Those for the other Pythons are few, and compiling everything would take longer than they do.
    compiled = {} if session.python else {"UV_COMPILE_BYTECODE": "1"}
    session.install(f"{wheel}[build]", *_group("test"), env=compiled)
    # The same version again is not installed again, so the wheel itself is named.
    session.install("--force-reinstall", "--no-deps", str(wheel), env=compiled)
    variables = {"DUALVARIANT_WHEEL": str(wheel), **(env or {})}
    # A night has ten times as many examples in one test, so a test has ten times the limit.
    limit = PYPROJECT["tool"]["pytest"]["ini_options"]["timeout"] * (10 if profile == "night" else 1)
    chosen = session.posargs or options
    session.run("pytest", f"--hypothesis-profile={profile}", f"--timeout={limit}", *chosen, env=variables)
    if not session.posargs:
        session.run("pytest", "-c", f"{MPI}/pyproject.toml", f"{MPI}/tests")


@nox.session(python=PYTHONS)
def payload(session: nox.Session) -> None:
    """Test dual_autodiff, from its wheels: the compiled one, and the one in plain Python."""
    _payload(session, "ci")


def _payload(session: nox.Session, profile: str) -> None:
    on_first_python = profile == "night" or session.python == PYTHONS[0]
    session.install(*_group("payload"), *(_group("uses") if on_first_python else []))
    # Exact numbers are the same for every build and every Python.
    os.environ.setdefault("DUAL_AUTODIFF_EXACT", str(session.cache_dir / "exact"))
    if profile == "night":
        os.environ.setdefault("DUAL_AUTODIFF_POINTS", "1000000")
    scalars: object = None
    for pure in (False, True):
        wheel = _payload_wheel(session, pure=pure)
        session.install("--force-reinstall", "--no-deps", str(wheel))
        tests = _payload_tests(pure=pure, first_python=on_first_python, everything=profile == "night")
        chosen = session.posargs or [*IN_GROUPS, *tests]
        options = ["-c", "dual_core/pyproject.toml", f"--hypothesis-profile={profile}"]
        session.run("pytest", *options, *chosen, env={"DUAL_AUTODIFF_WHEEL": str(wheel)})
        if on_first_python and not pure:
            scalars = session.run("python", FINGERPRINT, silent=True)
    if on_first_python:
        if platform.machine() == "x86_64":
            every = profile == "night" or bool(os.environ.get("DUAL_AUTODIFF_LEVELS"))
            _levels(session, LEVELS if every else LEVELS[:1], _files(COMPILED if every else COMPILED_ACCURACY), scalars)
        if profile == "night" or os.environ.get("DUAL_AUTODIFF_SANITIZED"):
            _sanitized(session)


def _payload_tests(*, pure: bool, first_python: bool, everything: bool) -> list[str]:
    """The tests of one wheel of the payload."""
    if pure and not first_python:
        return _files(PLAIN)
    left_out: list[str] = []
    if not everything and (pure or not first_python):
        left_out += LONG
    if not first_python:
        left_out += OF_FUNCTIONS
    return ["dual_core/tests", *(f"--ignore={path}" for path in _files(left_out))]


def _files(tests: list[str]) -> list[str]:
    return [f"dual_core/tests/test_{name}.py" for name in tests]


@nox.session
def night(session: nox.Session) -> None:
    """Run the long forms, with coverage: ten times as many examples and kills, every emulator, package and level."""
    emulators = os.environ.get("DUALVARIANT_EMULATORS") or str(ROOT / ".emulators")
    mpi = os.environ.get("DUALVARIANT_MPI") or str(ROOT / ".mpi")
    if platform.system() == "Linux":
        session.run("bash", "tools/fetch-emulators.sh", emulators, external=True)
        session.run("bash", "tools/fetch-mpi.sh", mpi, external=True)
    variables = {
        "DUALVARIANT_EMULATORS": emulators,
        "DUALVARIANT_MPI": mpi,
        "DUALVARIANT_REAL_PACKAGES": "all",
        "DUALVARIANT_TEST_NIGHT": "1",
    }
    coverage = ["--cov", "--cov-report=term", f"--cov-fail-under={COVERAGE_FLOOR}"]
    _test_wheel(session, "night", [*PARALLEL, *coverage, "tests"], variables)
    _payload(session, "night")


#: The tests that run the compiled modules, or those in plain Python in their place, and nothing else.
COMPILED = ["twins", "arrays", "array_laws", "functions", "several", "array_accuracy", "specials", "dual"]
COMPILED_ACCURACY = ["array_accuracy", "specials"]
#: Those that the modules in plain Python, which are the same for all of them, take on the other Pythons.
PLAIN = ["twins", "arrays", "functions", "several", "dual"]
#: Long tests of what surrounds the modules: on the compiled wheel of the first Python alone, and in the night.
LONG = ["autograd_suite", "every_name", "typing"]
#: Long tests of functions, whose arithmetic is the C compiler's: on the first Python alone.
OF_FUNCTIONS = ["accuracy", "array_accuracy", "nested_programs"]
#: Prints a digest of what scalars are, at many points.
FINGERPRINT = "dual_core/tests/fingerprint.py"
#: The levels above that of the wheel.
LEVELS = ["x86-64-v3", "x86-64-v4"]


def _compiled(session: nox.Session, name: str, flags: Mapping[str, str]) -> Path:
    """Install dual_autodiff from its sdist, compiled by gcc with these flags, into a folder of that name."""
    (sdist,) = _payload_wheel(session).parent.glob("*.tar.gz")
    folder = _fresh(session, name)
    env = {**flags, "CC": "gcc"}
    session.run("pip", "install", "--quiet", "--no-deps", "--target", str(folder), str(sdist), env=env)
    return folder


def _levels(session: nox.Session, levels: list[str], tests: list[str], scalars: object) -> None:
    """Test builds for each level that this machine runs: the same bounds, and the wheel's scalars to the last bit."""
    digests = {"the wheel": scalars}
    for level in levels:
        env = {"PYTHONPATH": str(_compiled(session, level, {"CFLAGS": f"-march={level}"}))}
        program = "import dual_autodiff as df, numpy; df.derivative(df.sin, numpy.ones(300))"
        asked = subprocess.run([str(Path(session.bin, "python")), "-c", program], env={**os.environ, **env})
        if asked.returncode == -signal.SIGILL:
            session.log(f"{level}: not run, this CPU lacks its instructions")
            continue
        digests[level] = session.run("python", FINGERPRINT, env=env, silent=True)
        session.run("pytest", "-c", "dual_core/pyproject.toml", *IN_GROUPS, *tests, env=env)
    if len(set(digests.values())) > 1:
        session.error(f"scalars differ from level to level: {digests}")


def _sanitized(session: nox.Session) -> None:
    """Test the compiled modules with gcc's checks of addresses and undefined behaviour; the first finding is fatal."""
    flags = "-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g1"
    folder = _compiled(session, "sanitized", {"CFLAGS": flags, "LDFLAGS": flags})
    libraries = [
        subprocess.run(
            ["gcc", f"-print-file-name={name}"], check=True, stdout=subprocess.PIPE, text=True
        ).stdout.strip()
        for name in ("libasan.so", "libubsan.so")
    ]
    env = {"PYTHONPATH": str(folder), "LD_PRELOAD": " ".join(libraries)}
    # Python itself leaks memory at exit; with malloc, the checks see each small object as a block of its own.
    env |= {"ASAN_OPTIONS": "detect_leaks=0", "PYTHONMALLOC": "malloc"}
    session.run("pytest", "-c", "dual_core/pyproject.toml", *IN_GROUPS, *_files(COMPILED), env=env)


@nox.session
def newest(session: nox.Session) -> None:
    """Compare the table of installer options with the newest pip and uv: an option without a decision is an error."""
    session.install("--upgrade", "pip", "uv")
    uv = shutil.which("uv", path=session.bin)
    session.run("python", "tools/installer_options.py", *(["--uv", uv] if uv else []), *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """Build the variants of the example, install the best one for this CPU and compare it with what pip installs."""
    # One call, which builds the wheel too, and replaces an earlier one: uv has to be asked for that.
    again = ["--reinstall-package", "dualvariant"] if session.venv_backend == "uv" else []
    session.install(*again, ".[build]")
    shutil.rmtree("build/lib", ignore_errors=True)
    session.run("python", "tools/demo.py", "demo", *session.posargs)


@nox.session
def release(session: nox.Session) -> None:
    """Build the distributions that are uploaded into ``dist``, each wheel from its sdist, and check them with twine."""
    session.install(*_group("release"))
    shutil.rmtree("dist", ignore_errors=True)
    for source in (".", "dual_core"):
        session.run("python", "-m", "build", "--outdir", "dist", source, silent=True)
    session.run("twine", "check", "--strict", *map(str, sorted(Path("dist").iterdir())))


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation, with warnings as errors, and run its samples."""
    wheel, payload = _wheel(session), _payload_wheel(session)
    session.install(*_group("docs"), f"{wheel}[build]", str(payload))
    session.install("--force-reinstall", "--no-deps", str(wheel), str(payload))  # also where their version is there
    # The second run takes the pages as the first has read them, and executes no notebook.
    for builder, options in (("html", ["-E"]), ("doctest", [])):
        options += ["-W", "--keep-going", "-b", builder, "-d", "docs/_build/trees"]
        session.run("sphinx-build", *options, "docs", f"docs/_build/{builder}")
    session.run("python", "docs/check_site.py", "docs/_build/html")
    session.run("python", "docs/check_console.py", "docs/tutorial.md")


@nox.session
def browser(session: nox.Session) -> None:
    """Look at the built documentation in headless Chromium, wide and narrow, light and dark; ``docs`` comes first."""
    folder = os.environ.get("DUALVARIANT_BROWSER") or str(ROOT / ".browser")
    session.run("bash", "tools/fetch-browser.sh", folder, external=True)
    session.run("python", "tools/check_browser.py", "docs/_build/html", folder)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the figures, as ratios against named peers."""
    session.run("python", "benchmarks/run.py", *session.posargs)
