"""pip's own parsers of command lines and requirement files, in a process that is kept. Run as a script, it is that.

They are the oracle for :mod:`dualvariant.settings.installer_options`, ``requirement_files`` and ``pip_config``: nothing
of dualvariant is imported here. Each line of its standard input is a question, each line of its standard output the
answer. The script runs on every Python that pip runs on.
"""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

__all__ = ["PipParsers"]


class PipParsers:
    """A kept child that answers how pip understands something.

    Args:
        python: the interpreter whose pip it is.
    """

    def __init__(self, python: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
        self._child = subprocess.Popen(
            [str(python), __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environment, "PIP_CONFIG_FILE": os.devnull},
        )

    def __enter__(self) -> PipParsers:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.communicate()

    def read_line(self, command: str, words: list[str]) -> dict[str, Any] | None:
        """The value of every option, and what is no option under ``args``; None if pip does not take the words."""
        return self._ask(["line", command, words])

    def read_file(self, kind: str, path: str, folder: Path) -> dict[str, Any] | None:
        """What a file says, read from this working directory, under these keys; None if pip does not take it.

        ``requirements`` (each: text, editable, constraint, hashes), ``index_urls``, ``find_links``, ``no_index``,
        ``no_binary``, ``only_binary``, ``trusted``, ``require_hashes`` and, of newer pips, ``all_releases``,
        ``only_final``.
        """
        return self._ask(["file", kind, path, str(folder)])

    def _ask(self, question: list[Any]) -> dict[str, Any] | None:
        assert self._child.stdin is not None and self._child.stdout is not None
        self._child.stdin.write(json.dumps(question).encode() + b"\n")
        self._child.stdin.flush()
        answer: dict[str, Any] | None = json.loads(self._child.stdout.readline())
        return answer


def _plain(value: Any) -> Any:
    """A value of an option as JSON has it."""
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if hasattr(value, "no_binary"):
        return [sorted(value.no_binary), sorted(value.only_binary)]
    if hasattr(value, "all_releases"):
        return [sorted(value.all_releases), sorted(value.only_final)]
    return value if isinstance(value, (str, int, float, bool, type(None), dict)) else str(value)


def _read_line(command: str, words: list[str]) -> dict[str, Any] | None:
    from pip._internal.commands import create_command

    parser = create_command(command).parser
    parser.defaults = deepcopy(parser.defaults)  # pip's lists are shared by all parsers of one process
    try:
        options, args = parser.parse_args(words)
    except (SystemExit, Exception):
        return None
    return {**{name: _plain(value) for name, value in vars(options).items()}, "args": args}


def _read_file(kind: str, path: str, folder: str) -> dict[str, Any] | None:
    import optparse

    from pip._internal.index.collector import LinkCollector
    from pip._internal.index.package_finder import PackageFinder
    from pip._internal.models.format_control import FormatControl
    from pip._internal.models.search_scope import SearchScope
    from pip._internal.models.selection_prefs import SelectionPreferences
    from pip._internal.network.session import PipSession
    from pip._internal.req.req_file import parse_requirements

    os.chdir(folder)
    extra: dict[str, Any] = {}
    if "release_control" in inspect.signature(SelectionPreferences.__init__).parameters:
        from pip._internal.models.release_control import ReleaseControl

        extra["release_control"] = ReleaseControl()
    new: Any = SelectionPreferences
    scope: Any = SearchScope
    more = {"no_index": False} if "no_index" in inspect.signature(SearchScope.__init__).parameters else {}
    session = PipSession()
    finder = PackageFinder.create(
        LinkCollector(session, scope(find_links=[], index_urls=["https://first/", "https://second/"], **more)),
        new(allow_yanked=True, format_control=FormatControl(set(), set()), **extra),
    )
    options = optparse.Values({"require_hashes": False, "no_require_hashes": False, "features_enabled": []})
    try:
        parsed = list(parse_requirements(path, session, finder, options, kind == "-c"))
    except Exception:
        return None
    control = finder.format_control
    answer = {
        "requirements": [
            [line.requirement, line.is_editable, line.constraint, (line.options or {}).get("hashes", {})]
            for line in parsed
        ],
        "index_urls": list(finder.index_urls),
        "find_links": list(finder.find_links),
        "no_index": getattr(finder.search_scope, "no_index", None),
        "no_binary": sorted(control.no_binary),
        "only_binary": sorted(control.only_binary),
        "trusted": [list(origin) for origin in session.pip_trusted_origins],
        "require_hashes": [options.require_hashes, options.no_require_hashes],
        "prefer_binary": finder.prefer_binary,
    }
    if extra:
        releases: Any = finder.release_control
        answer.update(all_releases=sorted(releases.all_releases), only_final=sorted(releases.only_final))
    else:
        answer["pre"] = finder.allow_all_prereleases  # type: ignore[attr-defined]
    return answer


def _main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what pip prints is no answer
    for line in sys.stdin:
        what, *question = json.loads(line)
        answers.write(json.dumps((_read_line if what == "line" else _read_file)(*question)) + "\n")
        answers.flush()


if __name__ == "__main__":
    _main()
