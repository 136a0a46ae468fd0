"""``dualvariant explain``: every wheel of a release, its verdict, the reason."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from dualvariant.cli import _selection
from dualvariant.cli._parser import Parser
from dualvariant.core.errors import NothingFitsError, UsageError
from dualvariant.core.report import TerminalReporter
from dualvariant.engines.pip import PipEngine
from dualvariant.target.find import find_target

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the command: 0 if each project has a wheel that fits (or sources), 3 if one has none."""
    parser = Parser("explain", "Show every wheel of the newest release, its verdict and the reason.")
    parser.add_argument("requirements", nargs="*", metavar="REQ", help="as pip takes them")
    _selection.add_options(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args(arguments)
    python = find_target(args.python)
    with PipEngine(python) as interpreter, tempfile.TemporaryDirectory(prefix="dualvariant-") as scratch:
        from attrs import evolve

        from dualvariant.host.reasons import add_reasons
        from dualvariant.requirements.request import parse_request
        from dualvariant.selection.plan import admitted
        from dualvariant.selection.session import (
            combined,
            host_profile,
            pip_settings,
            read_requirement_files,
            requests_of_files,
            view_of,
        )
        from dualvariant.selection.verdicts import document, table

        reporter = TerminalReporter()
        typed = [parse_request(text) for text in args.requirements]
        host = host_profile(args, reporter)
        target = interpreter.introduction()
        pip_config = pip_settings(args, target)
        files = read_requirement_files(args, pip_config, Path(scratch))
        requests = [*typed, *requests_of_files(files)]
        if not requests:
            parser.error("nothing to explain: a requirement (REQ) or a file with some (-r) is required")
        view = view_of(args, host, target, pip_config, requests, files, reporter)

    releases = []
    for request in (combined(request, files) for request in requests):
        if request.requirement is None or request.project is None:
            raise UsageError(f"explain is about projects on an index: {request.text!r}")
        project = view.project(request.project)
        if project is None:
            raise NothingFitsError(f"no source has the project: {request.requirement.name!r}")
        found = admitted(project, request.requirement.specifier, pre=files.pre)
        if not found:
            versions = ", ".join(map(str, project.releases)) or "none"
            raise NothingFitsError(f"no release is admitted by {request.text!r} (there are: {versions})")
        verdicts = add_reasons(found[0].verdicts, view.choice.profile)
        releases.append((request.project, evolve(found[0], verdicts=verdicts)))
        for problem in found[0].problems:
            reporter.warn(problem)
        older = next((release for release in found if release.installable), None)
        if older is not None and older is not found[0]:
            reporter.note(f"{request.project}: 'install' would take {older.version}")

    if args.json:
        json.dump(document(view, releases), sys.stdout, indent=1)
        print()
    else:
        print(f"for profile {view.choice.profile.digest}, {target.executable}")
        for name, release in releases:
            print()
            print("\n".join(table(name, release, view.choice.profile)))
    return 0 if all(release.installable for _, release in releases) else NothingFitsError.exit_code
