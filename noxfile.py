"""The project's tasks; ``nox -l`` lists them, the Makefile runs them."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2024.4.15"
nox.options.sessions = ["lint", "types", "unit", "payload"]
nox.options.reuse_existing_virtualenvs = True
os.environ.setdefault("PIP_DISABLE_PIP_VERSION_CHECK", "1")

ROOT = Path(__file__).parent
PYPROJECT = nox.project.load_toml("pyproject.toml")
#: The Pythons that the wheels are tested on: this one, and those that DUALVARIANT_PYTHONS names (blanks between).
PYTHONS = [sys.executable, *os.environ.get("DUALVARIANT_PYTHONS", "").split()]

#: What the other Pythons run: the vocabulary and the providers. Several of the pips that the integration tests use as
#: engines do not run on Python 3.12 and later.
ELSEWHERE = ["tests/variantlib", "tests/providers", "tests/test_review_samples.py"]


def _group(name: str) -> list[str]:
    return list(nox.project.dependency_groups(PYPROJECT, name))


def _wheel(session: nox.Session) -> Path:
    """Build the wheel of dualvariant into ``dist``, and nothing else into the tree."""
    session.install("build")
    shutil.rmtree("dist", ignore_errors=True)
    session.run("python", "-m", "build", "--wheel", "--outdir", "dist", ".", silent=True)
    shutil.rmtree("build/lib", ignore_errors=True)  # setuptools would put files that are gone into the next wheel
    (wheel,) = Path("dist").glob("dualvariant-*.whl")
    return wheel.absolute()


def _payload_wheel(session: nox.Session, *, pure: bool = False) -> Path:
    """Build the wheel of dual_autodiff from its sdist, as a package index would hand it out."""
    session.install("build")
    folder = Path(session.create_tmp(), "payload-pure" if pure else "payload")
    shutil.rmtree(folder, ignore_errors=True)
    env = {"DUAL_AUTODIFF_PURE": "1" if pure else "0"}
    session.run("python", "-m", "build", "--outdir", str(folder), "dual_core", silent=True, env=env)
    (wheel,) = folder.glob("*.whl")
    return wheel.absolute()


@nox.session
def lint(session: nox.Session) -> None:
    """ruff: rules and format."""
    session.install(*_group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """mypy --strict on sources and tests."""
    session.install(*_group("types"), *PYPROJECT["project"]["dependencies"], *_group("test"))
    session.run("mypy")


@nox.session(python=PYTHONS)
def unit(session: nox.Session) -> None:
    """The tests of dualvariant, from its wheel."""
    wheel = _wheel(session)
    session.install(f"{wheel}[build]", *_group("test"))
    # The same version again is not installed again, so the wheel itself is named.
    session.install("--force-reinstall", "--no-deps", str(wheel))
    chosen = session.posargs or (["tests"] if session.python == PYTHONS[0] else ELSEWHERE)
    session.run("pytest", *chosen, env={"DUALVARIANT_WHEEL": str(wheel)})


@nox.session(python=PYTHONS)
def payload(session: nox.Session) -> None:
    """The tests of dual_autodiff, from its wheels: the compiled one, and the one in plain Python."""
    session.install(*_group("payload"))
    for pure in (False, True):
        wheel = _payload_wheel(session, pure=pure)
        session.install("--force-reinstall", "--no-deps", str(wheel))
        chosen = session.posargs or ["dual_core/tests"]
        session.run("pytest", "-c", "dual_core/pyproject.toml", *chosen, env={"DUAL_AUTODIFF_WHEEL": str(wheel)})
    if session.python == PYTHONS[0]:
        if os.environ.get("DUAL_AUTODIFF_LEVELS") and platform.machine() == "x86_64":
            _levels(session)
        if os.environ.get("DUAL_AUTODIFF_SANITIZED"):
            _sanitized(session)
        shutil.rmtree("dual_core/build", ignore_errors=True)  # where pip builds what is installed from a folder


#: The tests whose every step is in the compiled modules.
_COMPILED = ["twins", "arrays", "array_laws", "functions", "array_accuracy", "dual"]
COMPILED = [f"dual_core/tests/test_{name}.py" for name in _COMPILED]


def _levels(session: nox.Session) -> None:
    """Compiled for each x86-64 level that this machine runs: the same bounds, and scalars equal to the last bit."""
    digests = {}
    for level in ("x86-64", "x86-64-v3", "x86-64-v4"):
        folder = Path(session.create_tmp(), level)
        shutil.rmtree(folder, ignore_errors=True)
        build = {"CFLAGS": f"-march={level}", "CC": "gcc"}
        session.run("pip", "install", "--quiet", "--no-deps", "--target", str(folder), "./dual_core", env=build)
        env = {"PYTHONPATH": str(folder)}
        tried = "import dual_autodiff as df, numpy; df.derivative(df.sin, numpy.ones(300))"
        asked = subprocess.run([str(Path(session.bin, "python")), "-c", tried], env={**os.environ, **env})
        if asked.returncode == -signal.SIGILL:
            session.log(f"{level}: not run, this CPU lacks its instructions")
            continue
        digests[level] = session.run("python", "dual_core/tests/fingerprint.py", env=env, silent=True)
        session.run("pytest", "-c", "dual_core/pyproject.toml", *COMPILED, env=env)
    if len(set(digests.values())) > 1:
        session.error(f"scalars differ from level to level: {digests}")


def _sanitized(session: nox.Session) -> None:
    """The compiled modules with gcc's checks of addresses and undefined behaviour; the first finding ends the run."""
    flags = "-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g1"
    folder = Path(session.create_tmp(), "sanitized")
    shutil.rmtree(folder, ignore_errors=True)
    env = {"CFLAGS": flags, "LDFLAGS": flags, "CC": "gcc"}
    session.run("pip", "install", "--quiet", "--no-deps", "--target", str(folder), "./dual_core", env=env)
    libraries = [
        subprocess.run(
            ["gcc", f"-print-file-name={name}"], check=True, stdout=subprocess.PIPE, text=True
        ).stdout.strip()
        for name in ("libasan.so", "libubsan.so")
    ]
    env = {"PYTHONPATH": str(folder), "LD_PRELOAD": " ".join(libraries)}
    # Python itself leaves memory behind; its small objects are to be seen as blocks of their own.
    env |= {"ASAN_OPTIONS": "detect_leaks=0", "PYTHONMALLOC": "malloc"}
    session.run("pytest", "-c", "dual_core/pyproject.toml", *COMPILED, env=env)


@nox.session
def demo(session: nox.Session) -> None:
    """From this CPU to the best wheel, step by step."""
    wheel = _wheel(session)
    session.install(f"{wheel}[build]")
    session.install("--force-reinstall", "--no-deps", str(wheel))
    session.run("python", "tools/demo.py", "demo", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation; warnings are errors, and its samples are run."""
    session.install(*_group("docs"), f"{_wheel(session)}[build]", str(_payload_wheel(session)))
    for builder, execute in (("html", "force"), ("doctest", "off")):
        options = ["-W", "--keep-going", "-b", builder, "-D", f"nb_execution_mode={execute}"]
        session.run("sphinx-build", *options, "docs", f"docs/_build/{builder}")
    session.run("python", "docs/check_console.py", "docs/tutorial.md")


@nox.session
def bench(session: nox.Session) -> None:
    """The figures, as ratios against named peers."""
    session.run("python", "benchmarks/run.py", *session.posargs)
