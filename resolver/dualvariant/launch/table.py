"""Which tool is which: what each of its commands gets. A new tool is one more entry.

The reasons are measured: which tools take an index from their environment, and which write its address into a lock
file. docs/howto/exec.md has the table in words, and a test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from itertools import takewhile
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["TOOLS", "Tool", "Way", "find_joined", "split_options"]


class Way(Enum):
    """What a command of a tool gets."""

    #: It installs nothing, or writes a lock: it runs as it is.
    AS_IT_IS = "as it is"
    #: It installs without a lock: it sees the view by its environment.
    VIEW = "view"
    #: It installs by a lock: it runs as it is, and then its environment is refitted.
    REFIT = "refit"
    #: It runs something in an environment, which is refitted before.
    RUN = "refit, then run"


class Tool(NamedTuple):
    """One tool.

    Args:
        commands: its commands, as the words of the command line; the longest one that matches counts.
        otherwise: what every other command gets.
        valued: the options before the command that take a value, which is the next word if no ``=`` is in the word.
        run_valued: the options behind the command that take a value: between one that runs something and what it runs,
            or, of short ones, where several share a word.
        installers: whose variables it obeys where it gets the view: ``pip``, ``uv`` or both.
        environment: how its environment is found: the name of a function in :mod:`dualvariant.launch.environments`.
        modules: what ``python -m`` calls it.
        no_install: the options with which a command that installs by a lock installs nothing, by the command; those of
            the empty text count for each.
        python: its options that name the interpreter to install for.
        places: its options and variables that name the folder of its project, or a file there.
    """

    commands: Mapping[str, Way] = MappingProxyType({})
    otherwise: Way = Way.AS_IT_IS
    valued: frozenset[str] = frozenset()
    run_valued: frozenset[str] = frozenset()
    installers: tuple[str, ...] = ()
    environment: str = ""
    modules: frozenset[str] = frozenset()
    no_install: Mapping[str, frozenset[str]] = MappingProxyType({})
    python: tuple[str, ...] = ()
    places: tuple[str, ...] = ()

    def installs_nothing(self, command: str, rest: Sequence[str]) -> bool:
        """Whether a command installs nothing, by the options behind it.

        Args:
            command: its words.
            rest: what follows them on the command line.
        """
        options = self.no_install.get("", frozenset()) | self.no_install.get(command, frozenset())
        words = takewhile(lambda word: word != "--", rest)
        return any(not options.isdisjoint(split_options(word, self.run_valued)) for word in words)


def split_options(word: str, valued: frozenset[str]) -> list[str]:
    """The options of one word: short ones may share it (``-qn``), with the value of the last one (``-qp../here``).

    Args:
        word: it may as well be no option; then it is the only one of the list.
        valued: the options that take a value.
    """
    if not re.match(r"-\w.", word):
        return [word]
    letters = [f"-{letter}" for letter in word[1:]]
    ends = next((position + 1 for position, letter in enumerate(letters) if letter in valued), None)
    return letters[:ends] if ends is not None or word[1:].isalnum() else [word]


def find_joined(word: str, options: Sequence[str]) -> str:
    """The value that the last option of a word has in the same word (``-p../here``, ``-p=../here``), or nothing.

    Args:
        word: the word.
        options: what :func:`split_options` found in it.
    """
    return "" if [word] == [*options] else word[1 + len(options) :].removeprefix("=")


def _options(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HELP = _options("--help -h")

#: Also those that ``uv help`` does not name: old options, and second names of others.
_UV_GLOBAL = _options(
    "--cache-dir --color --allow-insecure-host --trusted-host --directory --project --config-file --python-preference "
    "--python-fetch --preview-features --preview-feature"
)

_UV_RUN = _UV_GLOBAL | _options(
    "--extra --no-extra --group --no-group --only-group --no-editable-package --env-file -w --with --with-editable "
    "--with-requirements --package --python-platform --index --default-index -i --index-url --extra-index-url -f "
    "--find-links --index-strategy --keyring-provider -P --upgrade-package --upgrade-group --resolution --prerelease "
    "--prerelease-package --fork-strategy --exclude-newer --exclude-newer-package --no-sources-package "
    "--reinstall-package --link-mode -C --config-setting --config-settings --config-settings-package "
    "--no-build-isolation-package --no-build-package --no-binary-package --refresh-package -p --python "
    "--max-recursion-depth"
)

#: What Poetry and PDM call the same.
_OF_PROJECTS = {
    "install": Way.REFIT,
    "sync": Way.REFIT,
    "add": Way.REFIT,
    "remove": Way.REFIT,
    "update": Way.REFIT,
    "run": Way.RUN,
}

#: By the name of the program.
TOOLS: Mapping[str, Tool] = {
    "pip": Tool(
        {"install": Way.VIEW, "download": Way.VIEW, "wheel": Way.VIEW},
        valued=_options(
            "--python --log --proxy --retries --timeout --exists-action --trusted-host --cert --client-cert "
            "--cache-dir --use-feature --use-deprecated --keyring-provider"
        ),
        installers=("pip",),
        modules=frozenset({"pip"}),
        python=("--python",),
    ),
    "uv": Tool(
        {
            "pip install": Way.VIEW,
            "pip sync": Way.VIEW,
            "tool run": Way.VIEW,
            "tool install": Way.VIEW,
            "tool upgrade": Way.VIEW,
            "sync": Way.REFIT,
            "add": Way.REFIT,
            "remove": Way.REFIT,
            "run": Way.RUN,
        },
        valued=_UV_GLOBAL,
        run_valued=_UV_RUN,
        installers=("uv",),
        environment="find_of_uv",
        modules=frozenset({"uv"}),
        no_install={
            "": _HELP,
            "sync": _options("--dry-run --check"),
            "add": _options("--no-sync --frozen"),
            "remove": _options("--no-sync --frozen"),
        },
        python=("--python", "-p"),
        places=("--project", "UV_PROJECT"),
    ),
    "uvx": Tool(otherwise=Way.VIEW, installers=("uv",), python=("--python", "-p")),
    "pipx": Tool(
        {
            "install": Way.VIEW,
            "install-all": Way.VIEW,
            "inject": Way.VIEW,
            "run": Way.VIEW,
            "upgrade": Way.VIEW,
            "upgrade-all": Way.VIEW,
            "reinstall": Way.VIEW,
            "reinstall-all": Way.VIEW,
            "runpip": Way.VIEW,
        },
        installers=("pip", "uv"),
        modules=frozenset({"pipx"}),
        python=("--python",),
    ),
    "tox": Tool(
        otherwise=Way.VIEW,
        run_valued=_options("-c -e -f -m -p -x"),
        installers=("pip", "uv"),
        modules=frozenset({"tox"}),
        places=("-c", "--conf", "--root", "TOX_CONFIG_FILE", "TOX_ROOT_DIR"),
    ),
    "nox": Tool(
        otherwise=Way.VIEW,
        run_valued=_options("-e -f -k -p -s -t"),
        installers=("pip", "uv"),
        modules=frozenset({"nox"}),
        places=("-f", "--noxfile"),
    ),
    "hatch": Tool(
        {"run": Way.VIEW, "test": Way.VIEW, "shell": Way.VIEW, "env create": Way.VIEW, "env run": Way.VIEW},
        valued=_options("-e --env -p --project --data-dir --cache-dir --config"),
        installers=("pip", "uv"),
        modules=frozenset({"hatch"}),
    ),
    "poetry": Tool(
        _OF_PROJECTS,
        valued=_options("-C --directory -P --project"),
        run_valued=_options("-C --directory -P --project"),
        environment="find_of_poetry",
        modules=frozenset({"poetry"}),
        no_install={
            "": _HELP | {"--dry-run"},
            "add": _options("--lock"),
            "remove": _options("--lock"),
            "update": _options("--lock"),
        },
        places=("-C", "--directory", "-P", "--project"),
    ),
    "pdm": Tool(
        _OF_PROJECTS,
        valued=_options("-c --config"),
        run_valued=_options("-p --project --venv -k --skip --env --env-file --working-dir"),
        environment="find_of_pdm",
        modules=frozenset({"pdm"}),
        no_install={
            "": _HELP | {"--dry-run"},
            "add": _options("--no-sync"),
            "remove": _options("--no-sync"),
            "update": _options("--no-sync"),
        },
        places=("-p", "--project", "PDM_PROJECT"),
    ),
    "pip-sync": Tool(
        otherwise=Way.REFIT,
        run_valued=_options("-f -i"),
        environment="find_of_pip_sync",
        no_install={"": _HELP | _options("--dry-run -n --version")},
    ),
    "pip-compile": Tool(otherwise=Way.AS_IT_IS),
}
