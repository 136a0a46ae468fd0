"""``dualvariant doctor``: which place decided a setting, and no secret, wherever one may be."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from dualvariant.cli import main
from sample_plugins import Site, provider

SECRET = "hunter2-gh0st"


@pytest.fixture
def report(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PIP_CONFIG_FILE", raising=False)
    site.install("a", provider("return answer(speed=['9', '1'])", name="turbo"))

    def run(code: int = 0) -> Any:
        assert main(["doctor", "--json", "--python", sys.executable]) == code
        return json.loads(capsys.readouterr().out)

    return run


def test_it_names_versions_the_target_and_the_providers(report: Any) -> None:
    document = report()
    assert document["dualvariant"]["packages"]["packaging"]
    assert document["target"]["version"] == ".".join(map(str, sys.version_info[:3]))
    assert document["engine"] == {"name": "pip", "decided by": "default"}
    assert [(row["provider"], row["says"]) for row in document["providers"]] == [("turbo", {"speed": "9 1"})]
    assert document["problems"] == []


def test_the_strongest_place_of_a_setting_counts(report: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "variant.toml").write_text('[variantlib]\nprovider_priority = ["turbo"]\nengine = "uv"\n')
    (tmp_path / "pyproject.toml").write_text('[tool.variantlib]\nprovider_priority = ["b"]\n')
    config = tmp_path / "config" / "pip"
    config.mkdir(parents=True)
    (config / "pip.conf").write_text("[global]\ntimeout = 3\n")
    monkeypatch.setenv("PIP_TIMEOUT", "7")
    document = report(1)  # a note: uv's own settings count
    assert document["engine"] == {"name": "uv", "decided by": "variant.toml"}
    rows = {(row["setting"], row["place"]): row["counts"] for row in document["settings"]}
    assert rows["provider_priority", "variant.toml"] and not rows["provider_priority", "pyproject.toml"]
    (low,) = (place for name, place in rows if name == "pip: timeout" and place.endswith("pip.conf [global]"))
    assert not rows["pip: timeout", low] and rows["pip: timeout", "PIP_TIMEOUT"]


@pytest.mark.parametrize("as_json", [True, False])
def test_no_secret_is_printed(
    as_json: bool, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "config" / "pip"
    config.mkdir(parents=True)
    (config / "pip.conf").write_text(
        f"[global]\nindex-url = https://me:{SECRET}@example.org/simple?token={SECRET}\nproxy = http://u:{SECRET}@proxy:1\n"
        f"extra-index-url =\n    https://{SECRET}@a.example/simple\n    https://b.example/{'x' * 3}?key={SECRET}\n"
        f"[install]\nfind-links = https://x:{SECRET}@example.org/links\n"
    )
    monkeypatch.delenv("PIP_CONFIG_FILE", raising=False)
    for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_PRIVATE_PASSWORD", "https_proxy", "NETRC"):
        monkeypatch.setenv(name, f"https://me:{SECRET}@example.org/{name}")
    monkeypatch.setenv("PIP_CLIENT_CERT", "/etc/me.pem")
    monkeypatch.setenv("DUALVARIANT_TOKEN", SECRET)
    site.install("a", provider(f"raise ValueError('https://me:{SECRET}@example.org/')", name="bad"))
    main(["doctor", *(["--json"] if as_json else []), "--python", sys.executable])
    out, err = capsys.readouterr()
    assert "a.example" in out and "PIP_CLIENT_CERT" in out
    assert SECRET not in out and SECRET not in err


@pytest.mark.parametrize("setting", ["index_url", "extra_index_url", "find_links", "proxy"])
@pytest.mark.parametrize(
    "address",
    ["http://u:{} @host/x", "http://u:a/{}@host/x", "u:{}@host/x", "http:/u:{}@host/x", "https://u:a b {}@[h/x"],
)
def test_an_address_that_is_no_url_is_shown_without_its_password(
    setting: str, address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"PIP_{setting.upper()}", f"https://a.example/ {address.format(SECRET)}")
    main(["doctor", "--python", sys.executable])
    out, err = capsys.readouterr()
    assert "h" in out and SECRET not in out and SECRET not in err
    assert setting.replace("_", "-") in out


def test_what_cannot_be_read_is_a_problem_and_the_rest_is_printed(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["doctor", "--json", "--python", str(tmp_path / "nowhere")]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["target"] is None
    assert any("[no-interpreter]" in problem for problem in document["problems"])
    assert document["dualvariant"]["version"]
