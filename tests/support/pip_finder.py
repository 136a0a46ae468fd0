"""pip's own finder, in a process that is kept: what pip takes of a page. Run as a script, it is that process.

It is the oracle of the tests of :mod:`dualvariant.selection.finder`: nothing of dualvariant is imported here, and pip
decides with its own page parser, link evaluator, hash filter, order and resolver. Each line of its standard input is a
question, each line of its standard output the answer.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

__all__ = ["PipFinder"]

NAME = "demo"
PAGE = "https://index.example/simple/demo/"


class PipFinder:
    """A kept child that answers what pip takes.

    Args:
        python: the interpreter whose pip it is.
    """

    def __init__(self, python: str = sys.executable) -> None:
        self._child = subprocess.Popen(
            [python, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def ask(self, **question: Any) -> str | None:
        """The file name that pip takes, with the fragment of its address; None if it finds nothing.

        If pip ends with an error, it is ``!`` and the message.

        Args:
            question: ``files`` (entries of a JSON page), ``requirement``, and perhaps ``hashes``, ``prior_to``,
                ``formats``, ``all_releases``, ``only_final``, ``prefer_binary``, ``ignore_requires_python``.
        """
        assert self._child.stdin is not None and self._child.stdout is not None
        self._child.stdin.write(json.dumps(question) + "\n")
        self._child.stdin.flush()
        answer: str | None = json.loads(self._child.stdout.readline())
        return answer

    def close(self) -> None:
        """End the child."""
        self._child.communicate()


def _answer(question: dict[str, Any]) -> str | None:
    from pip._internal.cli.cmdoptions import parse_iso_datetime  # type: ignore[attr-defined]
    from pip._internal.exceptions import PipError
    from pip._internal.index.package_finder import PackageFinder
    from pip._internal.models.format_control import FormatControl
    from pip._internal.models.link import Link
    from pip._internal.models.release_control import ReleaseControl
    from pip._internal.models.selection_prefs import SelectionPreferences
    from pip._internal.models.target_python import TargetPython
    from pip._internal.req.constructors import install_req_from_line
    from pip._internal.resolution.resolvelib.factory import Factory
    from pip._internal.utils.hashes import Hashes

    prior_to = question.get("prior_to")
    no_binary, only_binary = question.get("formats", ([], []))
    finder = PackageFinder.create(
        link_collector=None,  # type: ignore[arg-type]
        target_python=TargetPython(),
        uploaded_prior_to=parse_iso_datetime(prior_to) if prior_to else None,
        selection_prefs=SelectionPreferences(
            allow_yanked=True,
            format_control=FormatControl(set(no_binary), set(only_binary)),
            prefer_binary=question.get("prefer_binary", False),
            release_control=ReleaseControl(set(question.get("all_releases", ())), set(question.get("only_final", ()))),
            ignore_requires_python=question.get("ignore_requires_python", False),
        ),
    )
    factory = Factory(
        finder=finder,
        preparer=None,  # type: ignore[arg-type]
        make_install_req=None,  # type: ignore[arg-type]
        wheel_cache=None,
        use_user_site=False,
        force_reinstall=True,
        ignore_installed=True,
        ignore_requires_python=False,
    )
    factory._make_candidate_from_link = lambda link, **_: link  # type: ignore[method-assign]
    requirement = install_req_from_line(question["requirement"])
    requirement.hash_options = question.get("hashes", {})
    try:
        links = [Link.from_json(entry, PAGE) for entry in question["files"]]
        finder._all_candidates[NAME] = finder.evaluate_links(
            finder.make_link_evaluator(NAME), [link for link in links if link is not None]
        )
        assert requirement.req is not None
        found = factory._iter_found_candidates(
            [requirement], requirement.req.specifier.__class__(), Hashes(), False, set()
        )
        taken: Any = next(iter(found), None)
    except PipError as error:
        return f"!{error}"
    return None if taken is None else taken.filename + taken.url.partition("#")[1] + taken.url.partition("#")[2]


def _main() -> None:
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    _main()
