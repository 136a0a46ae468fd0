"""Compare the table of installer options with the installers themselves, and write it and its page anew.

``pip_options.json`` and ``uv_options.json`` in ``resolver/dualvariant/settings`` have one entry for each option of
``pip install``, ``pip download``, ``pip wheel`` and ``uv pip install``. The facts of an entry (names, value, where it
can be set) come from the installer's own parser or help; the decisions are made by hand and kept. An option that has
no decision yet gets empty cells, and this program ends with 1.

    python tools/installer_options.py [--pip PYTHON] [--uv UV] [--write]

Without ``--write`` nothing is changed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / "resolver" / "dualvariant" / "settings"
PAGE = ROOT / "docs" / "reference" / "options.md"

#: The places in which an option can be set, as the table calls them, and what each cell can hold.
PLACES = ("line", "environment", "configuration", "file")
DECISIONS = ("ours", "passed", "refused")

#: What the installers say of an option; everything else in an entry is decided by hand.
_FACTS = ("names", "value", "commands", "in_file", "variable")

# Runs in the interpreter whose pip is asked. Of two options of one name, the first command's counts.
_ASK_PIP = """
import json
from pip import __version__
from pip._internal.commands import create_command
from pip._internal.req import req_file
found = {}
for command in ("install", "download", "wheel"):
    parser = create_command(command).parser
    for option in (o for place in (parser, *parser.option_groups) for o in place.option_list):
        names = [*option._short_opts, *option._long_opts]
        entry = found.setdefault(option._long_opts[0], {"names": names, "commands": []})
        entry["value"] = option.type if option.takes_value() else ("count" if option.action == "count" else None)
        entry["commands"].append(command)
for kind in ("SUPPORTED_OPTIONS", "SUPPORTED_OPTIONS_REQ"):
    for make in getattr(req_file, kind):
        option = make()
        entry = found.setdefault(option._long_opts[0], {
            "names": [*option._short_opts, *option._long_opts], "commands": [],
            "value": option.type if option.takes_value() else None})
        entry["in_file"] = "requirement" if kind.endswith("REQ") else "line"
print(json.dumps({"version": __version__, "options": list(found.values())}))
"""

_UV_OPTION = re.compile(r"^ {2,6}(?:(-\w), )?(--[a-z][a-z-]*)(?:(?:=| )<(\S+)>)?(\.\.\.)?$")
_UV_VARIABLE = re.compile(r"\[env: [`\"]?(UV_\w+)")


def ask_pip(python: str) -> dict[str, Any]:
    """The version of an interpreter's pip, and the facts of all its options."""
    done = subprocess.run([python, "-c", _ASK_PIP], check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def ask_uv(uv: str) -> dict[str, Any]:
    """The version of a uv, and the facts of all options of ``uv pip install`` that its help shows."""
    environment = {**os.environ, "COLUMNS": "100"}  # a variable's name must not go to the next line
    version = subprocess.run([uv, "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
    command = [uv, "help", "--no-pager", "pip", "install"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.splitlines()
    return {"version": version, "options": list(parse_uv_help(lines))}


def parse_uv_help(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The options that a help text of uv shows, each with its variable."""
    entry: dict[str, Any] | None = None
    for line in lines:
        match = _UV_OPTION.match(line.rstrip())
        if match is not None:
            if entry is not None:
                yield entry
            value = "string" if match[3] else ("count" if match[4] else None)
            entry = {"names": [name for name in match.group(1, 2) if name], "value": value, "commands": ["install"]}
        elif entry is not None and (variable := _UV_VARIABLE.search(line)) is not None:
            entry["variable"] = variable[1]
    if entry is not None:
        yield entry


def possible_places(tool: str, option: Mapping[str, Any]) -> list[str]:
    """Where an installer lets an option be set.

    Every long name of pip's options is a variable and a key of a configuration file. uv's help names the variables;
    its configuration file has keys for the same settings.
    """
    places = ["line"] if option.get("commands") else []
    if tool == "pip" and option.get("commands"):
        places += ["environment", "configuration"]
    if tool == "uv" and option.get("variable"):
        places += ["environment"]
    return places + (["file"] if option.get("in_file") else [])


def merge(tool: str, known: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """The table with the facts of an installer and the decisions that are known; new cells are empty."""
    before = {entry["names"][-1]: entry for entry in known["options"]}
    before |= {name: entry for entry in known["options"] for name in entry["names"]}
    merged = []
    for option in asked["options"]:
        old = before.get(next((name for name in option["names"] if name in before), ""), {})
        facts = {key: option[key] for key in _FACTS if option.get(key)}
        cells = {place: old.get(place, "") for place in possible_places(tool, option)}
        rest = {key: value for key, value in old.items() if key not in (*_FACTS, *PLACES)}
        merged.append({**facts, **cells, **rest})
    return {"compared": asked["version"], "options": merged}


def find_gaps(table: Mapping[str, Any]) -> list[str]:
    """The options that lack a decision, or the reason of a refusal."""
    gaps = []
    for entry in table["options"]:
        name = entry["names"][-1]
        gaps += [f"{name}: no decision for {place!r}" for place in PLACES if entry.get(place, "ours") not in DECISIONS]
        if "refused" in [entry.get(place) for place in PLACES] and not (entry.get("reason") and entry.get("next")):
            gaps.append(f"{name}: refused without a reason and a next step")
    return gaps


def find_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What an installer's options have become since the table was made."""
    before = {entry["names"][-1]: entry for entry in old["options"]}
    after = {entry["names"][-1]: entry for entry in new["options"]}
    changes = [f"{name}: new" for name in after if name not in before]
    changes += [f"{name}: gone" for name in before if name not in after]
    for name in before.keys() & after.keys():
        changes += [f"{name}: {key} changed" for key in _FACTS if before[name].get(key) != after[name].get(key)]
    return sorted(changes)


def dump(table: Mapping[str, Any]) -> str:
    """The table as JSON with one option a line, so that a change is one line."""
    lines = ",\n".join("  " + json.dumps(entry, ensure_ascii=False) for entry in table["options"])
    return f'{{"compared": {json.dumps(table["compared"])},\n "options": [\n{lines}\n]}}\n'


_WORDS = {"ours": "ours too", "passed": "passed on", "refused": "**refused**", "": "?", None: "–"}
_HEAD = """\
# What happens to each option of pip and uv

For users who look for a certain option: each one of `pip install`, `pip download`, `pip wheel` and `uv pip install`,
wherever it is set.

- *ours too*: `dualvariant` reads the option, because the choice of a wheel, the place of the installation or the way to
  the network depends on it. The installer gets it too, unchanged or as the [view](../explanation/view.md) needs it.
- *passed on*: the option changes nothing about the choice. The installer gets it as it is.
- *refused*: `dualvariant` ends with code 2 and the reason, before anything is installed.
- –: the installer has no such place for the option.

An option of pip is recognised where a user of pip writes it: before or after `--`, by any of its names, by an
abbreviation that is unambiguous among pip's options, as `--name=value` or as `--name value`. The options of
`dualvariant` itself cannot be abbreviated. After `--`, the options that name sources, requirement files or the
interpreter, and `--pre`, `--no-binary` and `--only-binary`, are refused with the hint to write them before it.

`python tools/installer_options.py --write` makes this page from `pip_options.json` and `uv_options.json` in
`resolver/dualvariant/settings`, and compares them with the parser of the installed pip and the help of uv.
"""


def make_page(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """The page of the documentation that shows the tables."""
    parts = [_HEAD]
    titles = {
        "pip": ("pip", "`PIP_*`", "pip.conf", "requirement file"),
        "uv": ("uv", "`UV_*`", "uv.toml", "requirement file"),
    }
    for tool, table in tables.items():
        name, *columns = titles[tool]
        parts.append(f"\n## {name} {table['compared']}\n")
        if tool == "uv":
            parts.append(_UV_NOTE)
        used = [place for place in PLACES if any(place in entry for entry in table["options"])]
        heads = [head for place, head in zip(PLACES, ["command line", *columns], strict=True) if place in used]
        parts.append(f"| option | {' | '.join(heads)} | |\n|---{'|---' * len(heads)}|---|")
        for entry in table["options"]:
            cells = [_WORDS[entry.get(place)] for place in used]
            note = entry.get("reason", entry.get("note", ""))
            commands = entry.get("commands", [])
            if tool == "pip" and commands and len(commands) < 3:
                note = f"{', '.join(commands)} only{'; ' + note if note else ''}"
            parts.append(f"| {', '.join(f'`{word}`' for word in entry['names'])} | {' | '.join(cells)} | {note} |")
    return "\n".join(parts) + "\n"


_UV_NOTE = """\
With `--engine uv`, options are written as pip spells them; uv's own spellings are understood after `--`.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, and write if that is asked for; returns 1 if a cell is empty or a table is not up to date."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pip", default=sys.executable, metavar="PYTHON", help="the interpreter whose pip is asked")
    parser.add_argument("--uv", default=shutil.which("uv"), help="the uv that is asked")
    parser.add_argument("--write", action="store_true", help="write the tables and the page")
    args = parser.parse_args(arguments)
    if args.uv is None:
        parser.error("no uv on PATH; --uv names one")
    tables, problems = {}, []
    for tool, asked in (("pip", ask_pip(args.pip)), ("uv", ask_uv(args.uv))):
        path = SETTINGS / f"{tool}_options.json"
        known = json.loads(path.read_text("utf-8")) if path.exists() else {"options": []}
        tables[tool] = merge(tool, known, asked)
        problems += [f"{tool} {asked['version']}: {gap}" for gap in find_gaps(tables[tool])]
        if args.write:
            path.write_text(dump(tables[tool]), "utf-8")
        else:
            changes = find_changes(known, tables[tool])
            problems += [f"{tool} {asked['version']}: {change}" for change in changes]
    if args.write:
        PAGE.write_text(make_page(tables), "utf-8")
    print("\n".join(problems) or "every option has a decision")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
