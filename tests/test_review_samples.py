"""The code samples of the WheelNext engineering review (20 February 2025) that show ``variantlib``, run as printed.

The slides lost their indentation on the way to text; it is put back here. Two things are not code on the slides: the
class bodies that show how the values are made (here the fields are compared), and ``... =`` for "do something with it".
"""

from __future__ import annotations

import json
import logging
import platform
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest

from samples import dummy_project
from tool import Tool
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.dialects import hashes
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.profile import HostProfile
from variantlib.provider import Provider
from variantlib.wheel_name import parse_wheel_name

PROFILE = Path(__file__).parent / "data" / "contracts" / "profile.json"


def run(sample: str, **names: object) -> dict[str, Any]:
    """Run a sample; what it is printed without (an import on another slide) comes by name."""
    namespace: dict[str, Any] = dict(names)
    exec(compile(sample, "<the review>", "exec"), namespace)
    return namespace


def value(sample: str, **names: object) -> Any:
    """The value of the expression that a sample is."""
    return eval(compile(sample.strip(), "<the review>", "eval"), dict(names))


@pytest.fixture
def my_plugin(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The package of the plugin author."""
    module = ModuleType("my_plugin")
    module.__dict__["__version__"] = "1.2.3"
    monkeypatch.setitem(sys.modules, "my_plugin", module)
    return module


# --- the values


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (KeyConfig, ["key", "values"]),
        (ProviderConfig, ["provider", "configs"]),
        (VariantMeta, ["provider", "key", "value"]),
        (VariantDescription, ["data"]),
    ],
)
def test_the_values_have_the_fields_of_the_slides_and_are_frozen(kind: type, fields: list[str]) -> None:
    assert [field.name for field in attrs.fields(kind)] == fields
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(object.__new__(kind), fields[0], None)


def test_key_config() -> None:
    sample = 'KeyConfig(key="driver_version", values=["12.2.6", "12.2", "12"])'
    config = value(sample, KeyConfig=KeyConfig)
    assert config.key == "driver_version"
    assert config.values == ["12.2.6", "12.2", "12"]


def test_provider_config() -> None:
    sample = """
ProviderConfig(
    provider="provider_name",
    configs=[
        KeyConfig(key="attr_nameA", values=["7", "4", "8", "12"]),
        KeyConfig(key="attr_nameB", values=["3", "7", "2", "18", "22"])
    ]
)
"""
    config = value(sample, KeyConfig=KeyConfig, ProviderConfig=ProviderConfig)
    assert config.provider == "provider_name"
    assert [key.key for key in config.configs] == ["attr_nameA", "attr_nameB"]


def test_variant_meta() -> None:
    sample = 'VariantMeta(provider="OmniCorp", key="access_key", value="secret_value")'
    printed = "Variant: OmniCorp :: access_key :: secret_value"
    assert f"Variant: {value(sample, VariantMeta=VariantMeta).to_str()}" == printed


def test_variant_description() -> None:
    sample = """
VariantDescription([
    VariantMeta(provider="qpu_provider", key="driver_version", value="A.B.C"),
    VariantMeta(provider="cpu_provider", key="avx512", value="true"),
])
"""
    description = value(sample, VariantMeta=VariantMeta, VariantDescription=VariantDescription)
    assert description.properties == ["cpu_provider :: avx512 :: true", "qpu_provider :: driver_version :: A.B.C"]
    assert len(description.hexdigest) == 8


def test_the_priority_configurations() -> None:
    sample = """
config_custom_hw = ProviderConfig(
    provider="custom_hw",
    configs=[
        KeyConfig(key="driver_version", values=["1.3", "1.2", "1.1", "1"]),
        KeyConfig(key="hw_architecture", values=["3.4", "3"]),
    ]
)
config_networking = ProviderConfig(
    provider="networking",
    configs=[
        KeyConfig(key="speed", values=["10GBPS", "1GBPS", "100MBPS"]),
    ]
)
"""
    names = run(sample, KeyConfig=KeyConfig, ProviderConfig=ProviderConfig)
    profile = HostProfile([names["config_custom_hw"], names["config_networking"]])
    assert profile.names == ["custom_hw", "networking"]


# --- the plugin class


def test_the_plugin_class_with_no_answer(my_plugin: ModuleType) -> None:
    sample = '''
from variantlib.config import ProviderConfig
from my_plugin import __version__

class MyVariantPlugin:
    __provider_name__ = "my_plugin"
    __version__ = __version__

    def run(self) -> ProviderConfig | None:
        """If the plugin is able to determine this platform/machine supports
        custom "attributes/metadata" (defined and known by this plugin):
        => It returns a `ProviderConfig`, otherwise `None` (aka. ignore me)."""
        return ...
'''
    plugin: Any = run(sample)["MyVariantPlugin"]()
    assert isinstance(plugin, Provider)
    assert plugin.__version__ == "1.2.3"
    answer: Any = plugin.run()
    assert answer is ...


def test_the_plugin_class_with_an_answer(my_plugin: ModuleType) -> None:
    sample = """
from variantlib.config import ProviderConfig
from my_plugin import __version__

class MyVariantPlugin:
    __provider_name__ = "my_plugin"
    __version__ = __version__

    def run(self) -> ProviderConfig | None:
        return ProviderConfig(
            provider="my_plugin",
            configs=[
                KeyConfig(key="attr_nameA", values=["7", "4", "8", "12"]),
                KeyConfig(key="attr_nameB", values=["3", "7", "2", "18", "22"])
            ]
        )
"""
    plugin = run(sample, KeyConfig=KeyConfig)["MyVariantPlugin"]()
    assert isinstance(plugin, Provider)
    answer = plugin.run()
    assert answer is not None
    assert answer.provider == plugin.__provider_name__


def test_the_loading_loop_finds_the_built_in_providers() -> None:
    sample = """
from importlib.metadata import entry_points

plugins = entry_points().select(group="variantlib.plugins")

for plugin in plugins:
    logger.info(f"Loading plugin: {plugin.name} - v{plugin.dist.version}")

    # Dynamically load the plugin class
    plugin_class = plugin.load()

    # Instantiate the plugin
    plugin_instance = plugin_class()

    # Call the `run` method of the plugin
    answers[plugin_instance.__provider_name__] = plugin_instance.run()
"""
    answers: dict[str, ProviderConfig | None] = {}
    run(sample, logger=logging.getLogger("review"), answers=answers)
    assert {"x86_64", "aarch64"} <= answers.keys()
    for name in ("x86_64", "aarch64"):
        answer = answers[name]
        assert answer is None or (isinstance(answer, ProviderConfig) and answer.provider == name)
    here = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64"}.get(platform.machine().lower())
    if here is not None:
        assert answers[here] is not None, f"this machine is {here}"


# --- what is written in files


@pytest.mark.parametrize("place", [None, "variant.toml", "pip.conf"])
def test_the_users_priority(place: str | None, tool: Tool, tmp_path: Path) -> None:
    """Two variants of ``dummy_project`` fit equally well: whose provider comes first is the user's word."""
    sample = """\
# pip.conf or variant.toml
[variantlib]
provider_priority = ["fictional_tech", "fictional_hw"]
"""
    dummy_project(tmp_path / "wheels")
    if place is not None:
        (tool.home / place).write_text(sample, encoding="utf-8")
    done = tool(
        *("explain", "dummy_project", "--json", "--no-index", "--find-links", tmp_path / "wheels"),
        *("--profile", PROFILE, "--python", sys.executable),
        environment={"PIP_CONFIG_FILE": str(tool.home / "pip.conf")} if place == "pip.conf" else None,
    )
    (project,) = json.loads(done.stdout)["projects"]
    (best,) = [candidate for candidate in project["candidates"] if candidate["verdict"] == "chosen"]
    assert best["label"] == ("b453dea9" if place is None else "9091cdc4")


def test_the_metadata_of_a_variant() -> None:
    sample = """\
Variant-hash: 36266d4d
Variant: fictional_hw :: architecture :: HAL9000
Variant: fictional_hw :: compute_accuracy :: 0
Variant: fictional_hw :: compute_capability :: 6
Variant: fictional_hw :: humor :: 2
"""
    name = parse_wheel_name("dummy_project-0.0.1~36266d4d-py3-none-any.whl")
    description = hashes.parse_metadata(sample.encode(), name)
    assert description is not None
    assert [meta.value for meta in description] == ["HAL9000", "0", "6", "2"]


@pytest.mark.parametrize("digest", [None, "36266d4d", "4f8ae729", "57768a46", "6b4c8391", "9091cdc4", "e684be6f"])
def test_the_file_names_of_the_listing(digest: str | None) -> None:
    variant = f"~{digest}" if digest else ""
    wheel = parse_wheel_name(f"dummy_project-0.0.1{variant}-py3-none-any.whl")
    assert wheel.label == digest
    assert wheel.standard_filename == "dummy_project-0.0.1-py3-none-any.whl"
