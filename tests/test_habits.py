"""Documents and workflows name only commands, tasks, files and addresses that exist."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it comes without types

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
#: The long descriptions on PyPI, whose links have to work there.
LONG_DESCRIPTIONS = [ROOT / "README.md", ROOT / "dual_core" / "README.md"]
DOCUMENTS = sorted(
    {
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "plugins").glob("*/README.md"),
        ROOT / "benchmarks" / "README.md",
        ROOT / "dual_core" / "README.md",
    }
    - set((ROOT / "docs" / "_build").rglob("*"))
)
REPOSITORY = "https://github.com/dualvariant/dualvariant"
#: Commands that the documents name although they do not exist, in sentences that say so.
MISSING_COMMANDS = {"serve", "lock", "sync", "instal"}


def name_of(path: Path) -> str:
    """A readable test identifier."""
    return str(path.relative_to(ROOT))


# --- nox sessions


def read_nox_sessions() -> set[str]:
    """The names of the functions in noxfile.py that are nox sessions."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and any("nox.session" in ast.unparse(d) for d in node.decorator_list)
    }


def find_sessions(text: str) -> Iterator[str]:
    """Every session that a shell command names: ``nox -s a b`` and ``nox --session a -- arguments``."""
    for match in re.finditer(r"\bnox (?:-s|--sessions?) ((?:[a-z_]+ ?)+)", text):
        yield from match[1].split()


def read_steps(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each step of a workflow, with the name of its job."""
    for name, job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].items():
        for step in job["steps"]:
            yield name, step


@pytest.mark.parametrize(
    ("text", "sessions"),
    [
        ("nox -s unit -- tests/variantlib", ["unit"]),
        ("nox -s lint types quick", ["lint", "types", "quick"]),
        (".venv/bin/nox --session docs", ["docs"]),
        ("python -m pip install nox", []),
    ],
)
def test_sessions_are_found_in_commands(text: str, sessions: list[str]) -> None:
    assert list(find_sessions(text)) == sessions


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_each_session_in_a_workflow_exists(path: Path) -> None:
    named = {session for _, step in read_steps(path) for session in find_sessions(step.get("run", ""))}
    assert named - read_nox_sessions() == set()


def test_the_workflows_call_nox() -> None:
    named = {
        session for path in WORKFLOWS for _, step in read_steps(path) for session in find_sessions(step.get("run", ""))
    }
    assert {"lint", "types", "unit", "payload", "docs"} <= named


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_each_session_in_a_document_exists(path: Path) -> None:
    assert set(find_sessions(path.read_text(encoding="utf-8"))) - read_nox_sessions() == set()


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_each_path_in_a_workflow_exists(path: Path) -> None:
    for _, step in read_steps(path):
        for word in re.findall(r"(?<![\w./-])(?:tests|tools|docs|dual_core)(?:/[\w.-]+)*", step.get("run", "")):
            if word not in read_nox_sessions():
                assert (ROOT / word).exists(), word


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_workflows_have_few_rights_and_say_that_they_never_ran(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
    assert text.startswith("# This workflow has never run")


def test_workflows_follow_the_schema() -> None:
    """The JSON schema of workflow files, as check-jsonschema vendors it."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    done = subprocess.run([*command, *map(str, WORKFLOWS)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_pre_commit_hooks_take_the_versions_of_the_dependency_groups() -> None:
    document = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook for repository in document["repos"] for hook in repository["hooks"]]
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    needed = {requirement for hook in hooks for requirement in hook.get("additional_dependencies", [])}
    assert {"ruff check", "ruff format"} <= {" ".join(hook["entry"].split()[:2]) for hook in hooks}
    assert [requirement for requirement in needed if f'"{requirement}"' not in pyproject] == []


# --- commands of dualvariant


def read_commands() -> set[str]:
    """The commands of ``dualvariant``: the public modules of its command line."""
    folder = ROOT / "resolver" / "dualvariant" / "cli"
    return {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}


def read_examples(path: Path) -> str:
    """The commands of a document: the lines of console blocks that begin with ``$``, and inline code."""
    text = path.read_text(encoding="utf-8")
    lines = [
        line[2:]
        for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL)
        for line in block.splitlines()
        if line.startswith("$ ")
    ]
    return "\n".join([*lines, *re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))])


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_each_command_in_a_document_exists(path: Path) -> None:
    # `dualvariant NAME` with a word of small letters is a command; names of files and options are not.
    named = set(re.findall(r"(?<![\w./-])dualvariant ([a-z]+)\b", read_examples(path)))
    assert named - read_commands() - MISSING_COMMANDS == set()


def test_missing_commands_are_really_missing() -> None:
    assert read_commands() & MISSING_COMMANDS == set()


@pytest.mark.parametrize("command", sorted(read_commands()))
def test_each_option_in_the_reference_exists(command: str) -> None:
    """Each option that ``--help`` shows is in the reference."""
    done = subprocess.run([sys.executable, "-m", "dualvariant", command, "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    offered = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", done.stdout)) - {"--help"}
    pages = [ROOT / "docs" / "reference" / name for name in ("commands.md", "sources.md", "options.md")]
    page = "".join(path.read_text(encoding="utf-8") for path in pages)
    documented = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page))
    assert offered - documented == set()


# --- files and addresses


def find_links(text: str) -> Iterator[str]:
    """The targets of a document's links, fragments cut off."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"^\[[^]]+\]: (\S+)", text, re.MULTILINE):
        yield target.partition("#")[0]


def find_repository_files(text: str) -> Iterator[str]:
    """The files of this repository that absolute addresses in a text name."""
    yield from re.findall(rf"{re.escape(REPOSITORY)}/(?:blob|tree)/main/([\w./-]*\w)", text)


@pytest.mark.parametrize("path", LONG_DESCRIPTIONS, ids=name_of)
def test_links_of_long_descriptions_are_absolute(path: Path) -> None:
    targets = [target for target in find_links(path.read_text(encoding="utf-8")) if target]
    assert targets
    assert [target for target in targets if not target.startswith("https://")] == []


@pytest.mark.parametrize(
    "path", [*DOCUMENTS, ROOT / "pyproject.toml", ROOT / "dual_core" / "pyproject.toml"], ids=name_of
)
def test_addresses_in_the_repository_are_files_of_it(path: Path) -> None:
    for name in find_repository_files(path.read_text(encoding="utf-8")):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_relative_links_lead_to_files(path: Path) -> None:
    for target in find_links(path.read_text(encoding="utf-8")):
        # A name without a suffix is a MyST label, which Sphinx checks.
        if target and "://" not in target and ("." in target or "/" in target):
            assert (path.parent / target).exists(), target


def test_each_decision_is_numbered_and_has_its_four_parts() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = sorted(folder.glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {page.name[:4]}: ")
        headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences", "What would change it"], page.name
    index = (folder / "index.md").read_text(encoding="utf-8")
    assert re.findall(r"^\d{4}-[\w-]+$", index, re.MULTILINE) == [page.stem for page in pages]


ARCHITECTURE = ROOT / "docs" / "explanation" / "architecture.md"
#: The folders below which the architecture page's paths are.
PLACES = {
    "variantlib/": ROOT / "variantlib",
    "dualvariant_providers/": ROOT / "plugins",
    "": ROOT / "resolver" / "dualvariant",
}


def read_architecture_paths() -> list[str]:
    """The paths in code marks on the architecture page, below its tree."""
    text = ARCHITECTURE.read_text(encoding="utf-8")
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    found = re.findall(r"`([\w./]+(?:\.py|/))`", text)
    return sorted({name for name in found if not name.startswith(("tests/", "resolver/", "setup.py", "docs/"))})


@pytest.mark.parametrize("name", read_architecture_paths())
def test_each_path_on_the_architecture_page_exists(name: str) -> None:
    places = [folder for prefix, folder in PLACES.items() if name.startswith(prefix)]
    assert any((folder / name).exists() for folder in places), name


def read_tree() -> Iterator[str]:
    """The names in the tree of the architecture page, folders with a slash, without those with a ``*``."""
    for line in ARCHITECTURE.read_text(encoding="utf-8").split("```")[1].splitlines()[1:]:
        yield from (name for name in re.split(r"\s{2,}", line.strip())[:-1] if "*" not in name)


def test_each_name_in_the_tree_exists() -> None:
    application, vocabulary = ROOT / "resolver" / "dualvariant", ROOT / "variantlib" / "variantlib"
    places = [ROOT, vocabulary, application, application / "builder", application / "host"]
    names = [name for entry in read_tree() for name in re.split(r"\s+", entry)]
    assert len(names) > 30
    assert [name for name in names if not any((place / name).exists() for place in places)] == []


def test_each_folder_of_the_application_is_in_the_tree() -> None:
    application = ROOT / "resolver" / "dualvariant"
    folders = [path.parent.name for path in application.rglob("__init__.py") if path.parent != application]
    assert {f"{name}/" for name in folders} - set(read_tree()) == set()


def test_the_notebook_is_json() -> None:
    for path in (ROOT / "docs").rglob("*.ipynb"):
        if "_build" not in path.parts:
            assert json.loads(path.read_text(encoding="utf-8"))["nbformat"] == 4
