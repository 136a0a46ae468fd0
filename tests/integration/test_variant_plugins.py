"""Plugins of PEP 850: asked once the user trusts their distribution, in the same kind of process as our providers."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from pathlib import Path

import pytest

import samples
from downloads import BUILD_FOLDER, fetch_one
from label_documents import document, make_label_wheel, write_index_file
from sample_plugins import make_environment
from tool import Tool

CONFIG = """
class Config:
    def __init__(self, name, values):
        self.name, self.values, self.multi_value = name, values, False
"""
MODULE = (
    CONFIG
    + """
namespace = "acme"
def get_supported_configs():
    return [Config("arch", ["90", "80"]), Config("none", [])]
"""
)
CLASS = (
    CONFIG
    + """
class Plugin:
    namespace = "acme"
    is_aot_plugin = False
    def get_supported_configs(self{more}):
        return [Config("arch", ["90", "80"])]
instance = Plugin()
"""
)


def write_plugin(site: Path, source: str, target: str, version: str = "1.5") -> None:
    """Install the distribution ``acme-variant-provider`` with an entry point of the group ``variant_plugins``."""
    site.mkdir(exist_ok=True)
    (site / "acme_plugin.py").write_text(source)
    info = site / f"acme_variant_provider-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme_variant.provider\nVersion: {version}\n\n")
    (info / "entry_points.txt").write_text(f"[variant_plugins]\nacme = {target}\n")
    digest = base64.urlsafe_b64encode(hashlib.sha256(source.encode()).digest()).rstrip(b"=").decode()
    (info / "RECORD").write_text(f"acme_plugin.py,sha256={digest},{len(source)}\n{info.name}/RECORD,,\n")


def trust(tool: Tool, *names: str) -> None:
    folder = tool.home / ".config" / "dualvariant"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "variant.toml").write_text(f"[variantlib]\ntrusted_plugins = {json.dumps(names)}\n")


def profile_of(tool: Tool) -> dict[str, dict[str, list[str]]]:
    found = json.loads(tool("host", "--json").stdout)["providers"]
    return {one["provider"]: {config["key"]: config["values"] for config in one["configs"]} for one in found}


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (MODULE, "acme_plugin"),
        (CLASS.format(more=""), "acme_plugin:Plugin"),
        (CLASS.format(more=""), "acme_plugin:instance"),
        (CLASS.format(more=", known_properties"), "acme_plugin:Plugin"),
        (CLASS.format(more=", known_properties=None"), "acme_plugin:Plugin"),
    ],
    ids=["module", "class", "instance", "older form", "older form with a default"],
)
def test_a_trusted_plugin_is_asked_and_answers_for_its_package(
    source: str, target: str, tool: Tool, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    write_plugin(site, source, target)
    tool.python = make_environment(tmp_path / "environment", site)
    said = tool("host", "--json")
    assert "acme" not in json.loads(said.stdout)["versions"]
    assert "a plugin of PEP 850 is installed and not asked, " in said.stderr
    assert 'trusted_plugins = ["acme_variant.provider"] under [variantlib] in ' in said.stderr
    trust(tool, "Acme-Variant_Provider")
    assert profile_of(tool)["acme"] == {"arch": ["90", "80"]}
    (row,) = [row for row in json.loads(tool("plugins", "list", "--json").stdout) if row["provider"] == "acme"]
    assert (row["state"], row["entry"]) == ("answers", target)


def test_label_wheels_that_require_a_trusted_plugin_are_chosen(tool: Tool, tmp_path: Path, target: Path) -> None:
    write_plugin(tmp_path / "site", MODULE, "acme_plugin")
    tool.python = make_environment(tmp_path / "environment", tmp_path / "site")
    wheels = tmp_path / "wheels"
    samples.make_wheel(wheels, "demo", "1.0")
    for label, requirement in (("new", "acme-variant-provider >=1,<2"), ("newer", "acme-variant-provider >=2")):
        text = document({"acme": {"requires": [requirement]}}, {label: {"acme": {"arch": ["90"]}}})
        folder = wheels / label
        make_label_wheel(folder, "demo", "1.0", label, text)
        write_index_file(folder, "demo", "1.0", text)
        samples.make_wheel(folder, "demo", "1.0")

    def chosen(label: str) -> tuple[str | None, str]:
        result = tool("explain", "demo", "--no-index", "-f", wheels / label, "--python", target, "--json")
        candidates = json.loads(result.stdout)["projects"][0]["candidates"]
        return candidates[0]["label"], candidates[-1]["reason"]

    assert chosen("new")[0] is None
    trust(tool, "acme-variant-provider")
    assert chosen("new")[0] == "new"
    best, reason = chosen("newer")
    assert best is None and "the answer here is that of acme-variant-provider 1.5" in reason


def test_the_working_directory_cannot_say_whom_to_trust(tool: Tool, tmp_path: Path) -> None:
    write_plugin(tmp_path / "site", MODULE, "acme_plugin")
    tool.python = make_environment(tmp_path / "environment", tmp_path / "site")
    (tool.home / "variant.toml").write_text('[variantlib]\ntrusted_plugins = ["acme-variant-provider"]\n')
    said = tool("host", "--json")
    assert "acme" not in json.loads(said.stdout)["versions"]
    assert "trusted_plugins has no effect here" in said.stderr


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("'text'", "get_supported_configs() must return a list (it returned str)"),
        ("[1]", "reading its answer raised AttributeError"),
        ("1 / 0", "get_supported_configs() raised ZeroDivisionError"),
    ],
)
def test_a_plugin_that_breaks_its_contract_costs_itself(answer: str, why: str, tool: Tool, tmp_path: Path) -> None:
    write_plugin(
        tmp_path / "site", f"namespace = 'acme'\ndef get_supported_configs():\n    return {answer}\n", "acme_plugin"
    )
    tool.python = make_environment(tmp_path / "environment", tmp_path / "site")
    trust(tool, "acme-variant-provider")
    assert why in tool("plugins", "list").stdout
    assert "acme" not in profile_of(tool)


def test_a_plugin_cannot_take_the_name_of_a_built_in_provider(tool: Tool, tmp_path: Path) -> None:
    """PyPI's provider-variant-x86-64, installed beside us: named, and once it is trusted the built-in one is used."""
    wheel = fetch_one(BUILD_FOLDER / "plugins", "provider-variant-x86-64==0.0.1.post2", "provider_variant_x86_64-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    tool.environment["DUALVARIANT_X86_64"] = "v2"
    tool.python = make_environment(tmp_path / "environment", tmp_path / "site")
    said = tool("plugins", "list")
    assert "not trusted" in said.stdout and 'trusted_plugins = ["provider-variant-x86-64"]' in said.stderr
    trust(tool, "provider-variant-x86-64")
    rows = json.loads(tool("plugins", "list", "--json").stdout)
    states = {row["distribution"].split()[0]: row["state"] for row in rows if "x86_64" in str(row["entry"])}
    assert states["dualvariant"] == "answers"
    assert states["provider-variant-x86-64"] == "failed"
    assert "level" in profile_of(tool)["x86_64"]
