"""``dualvariant explain`` on a page with 10,000 variants, and ``pip index versions`` on the same page."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from figures.environments import PIPS, Environments
from figures.figure import Figure, at_most, reported, spread
from figures.offered import Shape, write_offer
from figures.serving import JSON_PAGE, served
from figures.turns import Command, everyday, in_turn, ratio

__all__ = ["measure"]

COUNT = 10_000
HOST = Shape(providers=6, keys=3, values=5)
PROJECT = "project"

ROUNDS = 15


def measure(environments: Environments, rounds: int) -> list[Figure]:
    """Both as HTML and as JSON, over http; the host supports every variant, so that all have to be ranked."""
    folder = environments.scratch / "explained"
    profile = _write_pages(folder)
    target = environments.pips[PIPS[0]]
    with served(folder) as address:
        table = {}
        for kind in ("html", "json"):
            source = ["--index-url", f"{address}/{kind}", PROJECT]
            explain = [str(environments.ours / "bin" / "dualvariant"), "explain", *source]
            explain += ["--profile", str(profile), "--python", str(target)]
            table[f"pip, {kind}"] = Command([str(target / "bin" / "pip"), "index", "versions", *source])
            table[f"table, {kind}"] = Command(explain)
            table[f"json, {kind}"] = Command([*explain, "--json"])
        seconds, _ = in_turn("explain", table, min(ROUNDS, rounds), everyday(environments), warm_up=1)
    figures = []
    for kind in ("html", "json"):
        theirs = seconds[f"pip, {kind}"]
        for form, name in (("table", "explain"), ("json", "explain --json")):
            ours = seconds[f"{form}, {kind}"]
            name = f"{name} of 10,000 variants, of pip {PIPS[0]} index versions ({kind.upper()} page)"
            figures.append(at_most(name, ratio(ours, theirs), 1.0, ours=ours, theirs=theirs))
            figures.append(reported("… ours, pip, ms", ", ".join(map(spread, (ours, theirs)))))
    return figures


def _write_pages(folder: Path) -> Path:
    """The same page in both forms, with everything that ``dualvariant index`` says of a file; returns the profile."""
    shutil.rmtree(folder, ignore_errors=True)
    write_offer(folder, COUNT, HOST, [HOST])
    metadata = (folder / "ours.json").read_bytes()
    # One standard wheel, because pip says nothing of a project without one.
    wheels = ["project-1.0-py3-none-any.whl", *json.loads((folder / "names-hash.json").read_text("utf-8"))]
    variants = f"{PROJECT}-1.0~variants.json"
    digests = {name: hashlib.sha256(name.encode()).hexdigest() for name in wheels}
    digests[variants] = hashlib.sha256(metadata).hexdigest()
    (folder / variants).write_bytes(metadata)
    anchors, entries = [], []
    for name, digest in digests.items():
        url, wheel = f"../../{name}", name != variants
        core = f' data-requires-python="&gt;=3.8" data-core-metadata="sha256={digest}"' if wheel else ""
        anchors.append(f'<a href="{url}#sha256={digest}"{core}>{name}</a><br>')
        entry = {"filename": name, "url": url, "hashes": {"sha256": digest}}
        more = {"requires-python": ">=3.8", "core-metadata": {"sha256": digest}} if wheel else {}
        entries.append({**entry, **more})
    head = '<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.0"></head><body>\n'
    document = {"meta": {"api-version": "1.0"}, "name": PROJECT, "files": entries}
    pages = {"html/project/index.html": head + "\n".join(anchors), f"json/project/{JSON_PAGE}": json.dumps(document)}
    for place, text in pages.items():
        path = folder / place
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    profile = folder / "profile.json"
    providers = [
        {"provider": provider, "configs": [{"key": key, "values": values} for key, values in keys.items()]}
        for provider, keys in HOST.config.items()
    ]
    profile.write_text(json.dumps({"schema": "dualvariant/profile/1", "providers": providers}), encoding="utf-8")
    return profile
