"""pip's settings as pip itself reads them: released pips read every case too, in one process each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from attrs import field, frozen

import clients
from dualvariant.network.proxies import PipProxies
from dualvariant.settings.failures import InvalidSettingError, InvalidSettingsFileError
from dualvariant.settings.pip_config import PipConfig, make_transport, read_pip_config

PIPS = ("21.3", "23.2.1", "26.3")

#: pip's name of an option → ours. They are the values of `pip install` without options.
OPTIONS = {
    "index_url": "index-url",
    "extra_index_urls": "extra-index-url",
    "find_links": "find-links",
    "no_index": "no-index",
    "cert": "cert",
    "client_cert": "client-cert",
    "proxy": "proxy",
    "timeout": "timeout",
    "retries": "retries",
    "trusted_hosts": "trusted-host",
    "no_input": "no-input",
    "pre": "pre",
}

# Runs in pip's interpreter: for each case, the settings of `pip install` as its option parser ends up with them.
_ASK = """
import json, os, sys
cases, names = json.load(sys.stdin), sys.argv[1:]
from pip._internal.commands import create_command
answers = []
base = dict(os.environ)
for case in cases:
    os.environ.clear(); os.environ.update(base); os.environ.update(case["environment"])
    sys.prefix = case["prefix"]
    try:
        options, _ = create_command("install").parser.parse_args([])
    except SystemExit:
        answers.append(None)
        continue
    answers.append({name: getattr(options, name) for name in names})
    answers[-1]["proxy"] = answers[-1]["proxy"] or None  # no proxy is '' to older pips
print(json.dumps(answers))
"""


@frozen
class Case:
    """Files by their place, and variables; ``HERE`` in either is the case's own folder."""

    name: str
    files: Mapping[str, str] = field(factory=dict)
    variables: Mapping[str, str] = field(factory=dict)

    def prepare(self, folder: Path) -> dict[str, str]:
        """Write the files; returns the environment."""
        for place, text in self.files.items():
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("HERE", str(folder)))
        (folder / "prefix").mkdir(parents=True, exist_ok=True)
        own = {"HOME": str(folder / "home"), "XDG_CONFIG_DIRS": str(folder / "xdg")}
        return own | {name: value.replace("HERE", str(folder)) for name, value in self.variables.items()}


GLOBAL, USER, OLD, SITE, NAMED = (
    "xdg/pip/pip.conf",
    "home/.config/pip/pip.conf",
    "home/.pip/pip.conf",
    "prefix/pip.conf",
    "named.conf",
)


def setting(section: str = "global", **values: str) -> str:
    lines = [f"{key.replace('_', '-')} = {value}" for key, value in values.items()]
    return "\n".join([f"[{section}]", *lines, ""])


CASES = [
    Case("nothing"),
    Case("global", {GLOBAL: setting(index_url="https://g/")}),
    Case("user over global", {GLOBAL: setting(index_url="https://g/"), USER: setting(index_url="https://u/")}),
    Case("new over old", {OLD: setting(index_url="https://old/", timeout="3"), USER: setting(index_url="https://u/")}),
    Case("site over user", {USER: setting(index_url="https://u/"), SITE: setting(index_url="https://s/")}),
    Case(
        "PIP_CONFIG_FILE hides the user's, not the site's",
        {USER: setting(timeout="1"), SITE: setting(index_url="https://s/", retries="9"), NAMED: setting(retries="2")},
        {"PIP_CONFIG_FILE": "HERE/named.conf"},
    ),
    Case("a PIP_CONFIG_FILE that is missing", {USER: setting(timeout="1")}, {"PIP_CONFIG_FILE": "HERE/none"}),
    Case("no files at all", {USER: setting(timeout="1")}, {"PIP_CONFIG_FILE": os.devnull}),
    Case("an empty PIP_CONFIG_FILE", {USER: setting(timeout="1")}, {"PIP_CONFIG_FILE": ""}),
    Case("XDG_CONFIG_HOME", {"else/pip/pip.conf": setting(timeout="4")}, {"XDG_CONFIG_HOME": "HERE/else"}),
    Case("a blank XDG_CONFIG_HOME", {USER: setting(timeout="4")}, {"XDG_CONFIG_HOME": "  "}),
    Case(
        "several XDG_CONFIG_DIRS",
        {"a/pip/pip.conf": setting(timeout="4", retries="1"), "b/pip/pip.conf": setting(timeout="5")},
        {"XDG_CONFIG_DIRS": "HERE/a:HERE/b"},
    ),
    Case("the command over global", {USER: setting("install", timeout="7") + setting(timeout="6")}),
    Case("another command", {USER: setting("download", timeout="7")}),
    Case(
        "global in a stronger file against the command in a weaker one",
        {GLOBAL: setting("install", timeout="7"), SITE: setting(timeout="6")},
    ),
    Case("a variable over all", {SITE: setting("install", timeout="7")}, {"PIP_TIMEOUT": "8"}),
    Case("an empty variable clears nothing", {SITE: setting(index_url="https://s/")}, {"PIP_INDEX_URL": ""}),
    Case(
        "an empty value clears a weaker file's", {GLOBAL: setting(index_url="https://g/"), USER: setting(index_url="")}
    ),
    Case(
        "an empty value of the command clears nothing of global",
        {USER: setting(index_url="https://g/") + setting("install", index_url="")},
    ),
    Case("an underscore", {USER: "[global]\nindex_url = https://u/\n"}),
    Case("dashes and capitals", {USER: "[global]\n--Index-URL: https://u/\n"}),
    Case("a section in capitals is another", {USER: "[Global]\nindex-url = https://u/\n"}),
    Case("defaults of all sections", {USER: "[DEFAULT]\ntimeout = 9\n[global]\nretries = 1\n"}),
    Case("percent signs stay", {USER: setting(index_url="https://a%%20b%(c)s:x%40y@u/")}),
    Case("several lines", {USER: "[global]\nextra-index-url =\n  https://a/\n  https://b/\nfind-links = /x /y\n"}),
    Case("a comment behind a value stays", {USER: "[global]\nindex-url = https://u/ ; no\n# yes\n"}),
    Case(
        "a stronger place replaces a list",
        {USER: setting(extra_index_url="https://a/ https://b/")},
        {"PIP_EXTRA_INDEX_URL": "https://c/"},
    ),
    Case("the other name of the index", {USER: setting(pypi_url="https://p/")}),
    Case(
        "the stronger place counts whichever name it uses",
        {USER: setting("install", pypi_url="https://p/") + setting(index_url="https://i/")},
    ),
    Case("the other name of the timeout", {USER: setting(timeout="3")}, {"PIP_DEFAULT_TIMEOUT": "4"}),
    Case("no index", {USER: setting(no_index="yes")}, {"PIP_PRE": "1"}),
    Case("no no index", {USER: setting(no_index="on")}, {"PIP_NO_INDEX": "0"}),
    Case("no input", {}, {"PIP_NO_INPUT": "true"}),
    Case("neither yes nor no", {}, {"PIP_NO_INDEX": "maybe"}),
    Case("no number", {USER: setting(timeout="soon")}),
    Case("a broken number", {USER: setting(retries="1.5")}),
    Case("proxy, certificates and hosts", {USER: setting(proxy="http://p:1", cert="/c", client_cert="/k")}),
    Case("the home directory in a path", {USER: setting(cert="~/c.pem")}),
    Case("no proxy of the environment", {USER: setting(timeout="2")}, {"PIP_NO_PROXY_ENV": "0"}),
    Case("another long name in a variable", {USER: setting(index_url="https://i/")}, {"PIP_PYPI_URL": "https://p/"}),
    Case("trusted hosts", {USER: setting(trusted_host="a b:8080")}),
    Case("a small variable is none", {}, {"pip_timeout": "3"}),
    Case("no section", {USER: "timeout = 3\n"}),
    Case("a key without a value", {USER: "[global]\ntimeout\n"}),
    Case("the same key twice", {USER: "[global]\ntimeout = 3\ntimeout = 4\n"}),
]


@cache
def answers_of(pip: str, folder: Path) -> list[dict[str, Any] | None]:
    """The settings of every case as that pip reads them; None where it ends with an error."""
    target = clients.make_target(folder / "target", pip)
    cases = []
    for number, case in enumerate(CASES):
        place = folder / str(number)
        cases.append({"environment": case.prepare(place), "prefix": str(place / "prefix")})
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "XDG_"))}
    done = subprocess.run(
        [target, "-c", _ASK, *OPTIONS], input=json.dumps(cases), env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any] | None] = json.loads(done.stdout.splitlines()[-1])  # older pips complain there too
    return found


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {pip: tmp_path_factory.mktemp(f"pip{pip}") for pip in PIPS}


@pytest.mark.skipif(sys.platform != "linux", reason="the places of the files are those of Linux")
@pytest.mark.parametrize("pip", PIPS)
@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.name for case in CASES])
def test_each_setting_has_the_value_that_pip_reads(
    number: int, pip: str, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = answers_of(pip, folders[pip])[number]
    place = folders[pip] / str(number)
    for name in [name for name in os.environ if name.startswith(("PIP_", "XDG_")) or name.endswith("_CA_BUNDLE")]:
        monkeypatch.delenv(name)
    for name, value in CASES[number].prepare(place).items():
        monkeypatch.setenv(name, value)
    try:
        ours: dict[str, Any] | None = as_pip_has_them(read_pip_config(place / "prefix"))
    except (InvalidSettingError, InvalidSettingsFileError):
        ours = None
    assert ours == theirs


def as_pip_has_them(config: PipConfig) -> dict[str, Any]:
    transport = make_transport(config)
    assert isinstance(transport.proxies, PipProxies)
    return {
        "index_url": config.values.get("index-url", "https://pypi.org/simple"),
        "extra_index_urls": config.words("extra-index-url"),
        "find_links": config.words("find-links"),
        "no_index": config.flag("no-index"),
        "cert": transport.cert,
        "client_cert": transport.client_cert,
        "proxy": transport.proxies.setting,
        "timeout": transport.timeout,
        "retries": transport.retries,
        "trusted_hosts": list(transport.trusted_hosts),
        "no_input": transport.no_input,
        "pre": config.flag("pre"),
    }


def test_each_control_changes_what_weaker_places_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the places and of the lines, whichever of the two options it is."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "XDG_"))]:
        monkeypatch.delenv(name)
    files = {USER: setting(only_binary=":all:") + setting("install", no_binary="a", only_final="b")}
    for name, value in Case("", files, {"PIP_ONLY_BINARY": "a"}).prepare(tmp_path).items():
        monkeypatch.setenv(name, value)
    assert read_pip_config(tmp_path / "prefix").controls == (
        ("only-binary", ":all:"),
        ("no-binary", "a"),
        ("only-final", "b"),
        ("only-binary", "a"),
    )


def test_isolated_leaves_out_variables_and_the_files_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {GLOBAL: setting(timeout="1"), USER: setting(timeout="2", retries="3"), SITE: setting(proxy="http://p")}
    monkeypatch.delenv("PIP_CONFIG_FILE", raising=False)
    for name, value in Case("", files, {"PIP_RETRIES": "4"}).prepare(tmp_path).items():
        monkeypatch.setenv(name, value)
    values = read_pip_config(tmp_path / "prefix", isolated=True).values
    assert values["timeout"] == "1" and values["proxy"] == "http://p" and "retries" not in values


@pytest.mark.parametrize(
    ("values", "proxy"),
    [({}, None), ({"no-proxy-env": "1"}, ""), ({"no-proxy-env": "0"}, None), ({"proxy": ""}, "")],
)
def test_the_proxies_of_the_environment_may_be_ruled_out(values: dict[str, str], proxy: str | None) -> None:
    assert make_transport(PipConfig(values)).proxies == PipProxies(proxy)


@pytest.mark.parametrize(
    ("values", "variables", "found"),
    [
        ({"cert": "a"}, {}, "a"),
        ({"cert": "a"}, {"CURL_CA_BUNDLE": "c"}, "c"),
        ({"cert": "a"}, {"CURL_CA_BUNDLE": "c", "REQUESTS_CA_BUNDLE": "r"}, "r"),
        ({"cert": "a", "proxy": "http://p"}, {"REQUESTS_CA_BUNDLE": "r"}, "a"),
        ({"cert": "a", "no-proxy-env": "1"}, {"REQUESTS_CA_BUNDLE": "r"}, "a"),
    ],
)
def test_the_variables_for_certificates_have_priority_as_in_pip(
    values: dict[str, str], variables: dict[str, str], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert make_transport(PipConfig(values)).cert == found


def test_formats_add_up_from_place_to_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("PIP_", "XDG_"))]:
        monkeypatch.delenv(name)
    case = Case("", {USER: setting(only_binary="a,b") + setting("install", only_binary="c")}, {"PIP_ONLY_BINARY": "d"})
    for name, value in case.prepare(tmp_path).items():
        monkeypatch.setenv(name, value)
    assert read_pip_config(tmp_path / "prefix").values["only-binary"] == "a,b,c,d"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("timeout", "soon"),
        ("timeout", "-1"),
        ("timeout", "nan"),
        ("retries", "1.5"),
        ("keyring-provider", "wallet"),
        ("no-input", "perhaps"),
    ],
)
def test_an_error_names_a_value_that_pip_does_not_accept(key: str, value: str) -> None:
    with pytest.raises(InvalidSettingError) as caught:
        make_transport(PipConfig({key: value}))
    assert key in str(caught.value) and repr(value) in str(caught.value)


@pytest.mark.parametrize(
    ("values", "timeout", "retries"),
    [
        ({}, 15.0, 5),
        ({"timeout": "0", "retries": "0"}, 15.0, 0),
        ({"timeout": "0.5", "retries": "-1"}, 0.5, 0),
        ({"timeout": "1e12", "retries": "10000000000"}, 1e9, 10**9),
    ],
)
def test_pip_takes_numbers_that_mean_something_else(values: dict[str, str], timeout: float, retries: int) -> None:
    transport = make_transport(PipConfig(values))
    assert (transport.timeout, transport.retries) == (timeout, retries)


def test_the_engine_gets_every_setting_but_the_sources() -> None:
    config = PipConfig({"index-url": "https://u/", "timeout": "3", "no-index": "1", "keyring-provider": "subprocess"})
    assert config.engine_environment() == {"PIP_TIMEOUT": "3", "PIP_KEYRING_PROVIDER": "subprocess"}
