"""Trust is recorded for one version and its files; distrust is for all; the built-in providers can always be asked."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

from dualvariant.cli import main
from dualvariant.host.detect import detect
from messages import error_code
from sample_plugins import Site, provider

PLUGIN = """
class Config:
    name, values = "arch", ["90"]
namespace = "acme"
def get_supported_configs():
    return [Config]
"""


@pytest.fixture
def site(site: Site) -> Site:
    """With a plugin of PEP 850 and a provider of ours."""
    install_pep850(site, PLUGIN)
    site.install("ours", provider("return answer(k=['1'])", name="ours"))
    return site


def install_pep850(site: Site, source: str, version: str = "1.5") -> None:
    info = site.path / "acme_provider-1.dist-info"
    info.mkdir(exist_ok=True)
    (site.path / "acme_plugin.py").write_text(source)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme.provider\nVersion: {version}\n")
    (info / "entry_points.txt").write_text("[variant_plugins]\nacme = acme_plugin\n")
    digest = base64.urlsafe_b64encode(hashlib.sha256(source.encode()).digest()).rstrip(b"=").decode()
    (info / "RECORD").write_text(f"acme_plugin.py,sha256={digest},{len(source)}\n{info.name}/RECORD,,\n")


def asked() -> list[str]:
    return detect().profile.names


def test_trust_and_distrust(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked() == ["ours"]
    assert main(["plugins", "trust", "Acme_Provider"]) == 0
    assert "acme.provider 1.5 is trusted" in capsys.readouterr().err
    assert asked() == ["acme", "ours"]
    assert main(["plugins", "distrust", "acme"]) == 0  # by the name of its provider
    assert main(["plugins", "distrust", "ours-plugin"]) == 0
    assert asked() == []
    assert main(["plugins", "list"]) == 0
    out, err = capsys.readouterr()
    assert out.count("distrusted") == 2 and "'dualvariant plugins trust ours-plugin' changes that" in err


@pytest.mark.parametrize(("source", "version"), [(PLUGIN, "1.6"), (PLUGIN + "\n# changed\n", "1.5")])
def test_another_version_and_other_files_need_trust_again(
    source: str, version: str, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["plugins", "trust", "acme.provider"])
    install_pep850(site, source, version)
    assert asked() == ["ours"]
    assert main(["host"]) == 0
    assert "is not the 1.5 that you trusted, or its files have changed" in capsys.readouterr().err
    main(["plugins", "trust", "acme.provider"])
    assert asked() == ["acme", "ours"]


def test_distrust_is_stronger_than_the_setting(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "config" / "dualvariant"
    folder.mkdir(parents=True)
    (folder / "variant.toml").write_text('[variantlib]\ntrusted_plugins = ["acme-provider"]\n')
    assert asked() == ["acme", "ours"]
    assert main(["plugins", "distrust", "acme-provider"]) == 0
    assert asked() == ["ours"]


def test_no_foreign_code(site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even a kept answer is used."""
    assert asked() == ["ours"]
    assert main(["host", "--no-foreign-code"]) == 0
    out, err = capsys.readouterr()
    assert "ours" not in out and "not asked, ours:Provider" in err
    monkeypatch.setenv("DUALVARIANT_NO_FOREIGN_CODE", "1")
    assert asked() == []


@pytest.mark.parametrize("name", ["nothing", "dualvariant"])
def test_a_name_that_cannot_be_trusted(name: str, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "trust", name]) == 2
    assert error_code(capsys.readouterr().err) == "unknown-name"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", json.dumps({"schema": "dualvariant/trust/1", "distributions": {"a": 1}})]
)
def test_a_damaged_record_is_an_error_and_nothing_is_asked(
    text: str, site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "state" / "dualvariant"
    folder.mkdir(parents=True)
    (folder / "trusted-plugins.json").write_text(text)
    assert main(["host"]) == 5
    out, err = capsys.readouterr()
    assert out == "" and error_code(err) == "bad-data" and "trusted-plugins.json" in err


def test_the_record_is_private(site: Site, tmp_path: Path) -> None:
    main(["plugins", "trust", "acme"])
    path = tmp_path / "state" / "dualvariant" / "trusted-plugins.json"
    assert path.stat().st_mode & 0o777 == 0o600
