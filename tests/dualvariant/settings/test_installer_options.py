"""The table of the installers' options: complete, true, and followed by the code."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import clients
from dualvariant.cli import _engine, _selection
from dualvariant.cli._pip_options import PipParser
from dualvariant.core.errors import DualvariantError, RefusedOptionError
from dualvariant.engines.options import EngineOptions
from dualvariant.settings import installer_options
from dualvariant.settings.installer_options import InstallerOption, list_file_options, list_pip_options, list_uv_options
from dualvariant.settings.pip_config import PipConfig, make_variable, read_pip_config
from pip_parser import PipParsers
from property_tests import examples

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = ("install", "download", "wheel")
OF_COMMANDS = [(command, option) for command in COMMANDS for option in list_pip_options(command)]


def program() -> ModuleType:
    """The program that makes the tables."""
    spec = importlib.util.spec_from_file_location("_installer_options", ROOT / "tools" / "installer_options.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def table(tool: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        Path(installer_options.__file__).with_name(f"{tool}_options.json").read_text("utf-8")
    )
    return found


@pytest.fixture(scope="module")
def pip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clients.make_target(tmp_path_factory.mktemp("pip"), table("pip")["compared"])


@pytest.fixture(scope="module")
def parsers(pip: Path) -> Iterator[PipParsers]:
    with PipParsers(pip) as parsers:
        yield parsers


def parser_of(command: str) -> PipParser:
    parser = PipParser(command, "")
    if command != "wheel":
        _selection.add_other_machine_options(parser)
    if command != "install":
        parser.add_argument(
            "-d" if command == "download" else "-w", "--dest" if command == "download" else "--wheel-dir", dest="folder"
        )
    _engine.add_options(parser)
    return parser


# --- complete and true


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the compared pip has other defaults there")
def test_the_table_has_what_pips_own_parser_has(pip: Path) -> None:
    module = program()
    asked = module.ask_pip(str(pip))
    assert asked["version"] == table("pip")["compared"]
    assert module.find_changes(table("pip"), module.merge("pip", table("pip"), asked)) == []


def test_the_table_has_what_the_help_of_uv_has() -> None:
    module = program()
    asked = module.ask_uv(str(clients.uv()))
    if asked["version"] != table("uv")["compared"]:
        pytest.skip(f"the table is that of uv {table('uv')['compared']}, and this is {asked['version']}")
    assert module.find_changes(table("uv"), module.merge("uv", table("uv"), asked)) == []


@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_every_cell_has_a_decision_and_every_refusal_a_reason(tool: str) -> None:
    assert program().find_gaps(table(tool)) == []


@pytest.mark.parametrize(("version", "knows"), [("25.3", False), ("26.2", True), ("26.3+local", True), ("odd", True)])
def test_an_option_of_a_file_counts_from_the_first_pip_that_knows_it(version: str, knows: bool) -> None:
    """What is no version is taken for the newest."""
    assert knows == any("--no-require-hashes" in option.names for option in list_file_options(version))


def test_a_new_option_is_a_gap() -> None:
    """What ``nox -s newest`` fails for."""
    module = program()
    new = {"names": ["--brand-new"], "value": "string", "commands": ["install"]}
    merged = module.merge("pip", table("pip"), {"version": "99", "options": [*table("pip")["options"], new]})
    assert [gap.partition(":")[0] for gap in module.find_gaps(merged)] == ["--brand-new"] * 3
    assert module.find_changes(table("pip"), merged) == ["--brand-new: new"]


def test_the_page_is_made_from_the_tables() -> None:
    page = (ROOT / "docs" / "reference" / "options.md").read_text("utf-8")
    assert page == program().make_page({tool: table(tool) for tool in ("pip", "uv")})


# --- followed by the code


@pytest.mark.parametrize(("command", "option"), OF_COMMANDS, ids=[f"{c}{o.name}" for c, o in OF_COMMANDS])
def test_every_option_of_pip_works_where_a_user_of_pip_writes_it(command: str, option: InstallerOption) -> None:
    words = [f"{option.name}=1"] if option.takes_value else [option.name]
    if option.name == "--help":
        return
    if option.line == "refused":
        with pytest.raises(RefusedOptionError) as caught:
            parser_of(command).parse_args(["demo", *words])
        assert option.reason in str(caught.value) and caught.value.next_step == option.next_step
        return
    args = parser_of(command).parse_args(["demo", *words, "other"])
    assert args.requirements == ["demo", "other"]
    if option.line == "passed":
        assert args.passed_on == ([option.name, "1"] if option.takes_value else [option.name])


@pytest.mark.parametrize(("command", "option"), OF_COMMANDS, ids=[f"{c}{o.name}" for c, o in OF_COMMANDS])
def test_an_option_of_pip_behind_the_dashes(command: str, option: InstallerOption) -> None:
    """It reaches the engine, is known as a setting, or is refused."""
    words = [option.name, "1"] if option.takes_value else [option.name]
    if option.line == "refused" or option.engine in ("view", "copies", "target"):
        with pytest.raises(RefusedOptionError):
            EngineOptions.combine([], words, command)
    elif option.key not in ("pre", "no-binary", "only-binary"):
        found = EngineOptions.combine([], words, command)
        assert list(found.arguments) == words
        key, value = ("user", "0") if option.key == "no-user" else (option.key, "1")
        assert found.settings == {key: value}


@pytest.mark.parametrize("option", list_uv_options(), ids=lambda option: option.name)
def test_an_option_of_uv_behind_the_dashes(option: InstallerOption) -> None:
    words = [option.name, "1"] if option.takes_value else [option.name]
    shared = {name for pips in list_pip_options("install") for name in pips.names} & {*option.names}
    if shared:
        return  # it means what it means to pip
    if option.line == "refused" or option.engine == "view":
        with pytest.raises(RefusedOptionError) as caught:
            EngineOptions.combine([], words)
        assert option.reason in str(caught.value)
    else:
        assert list(EngineOptions.combine([], words).arguments) == words


@pytest.mark.parametrize(("command", "option"), OF_COMMANDS, ids=[f"{c}{o.name}" for c, o in OF_COMMANDS])
def test_every_option_of_pip_as_a_variable(
    command: str, option: InstallerOption, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    if option.name == "--help":
        return
    for name in option.names:
        if name.startswith("--"):
            with monkeypatch.context() as patch:
                patch.setenv(make_variable(name[2:]), "1")
                if option.environment == "refused":
                    with pytest.raises(RefusedOptionError):
                        read_pip_config(tmp_path, command)
                    continue
                config = read_pip_config(tmp_path, command)
            key = "user" if option.key == "no-user" else option.key
            assert config.values[key] == "1"
            reaches = option.engine not in ("view", "copies", "target")
            assert (make_variable(key) in config.engine_environment()) is reaches


def test_a_refused_setting_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "pip.conf"
    path.write_text("[install]\npython = x\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(path))
    with pytest.raises(RefusedOptionError):
        read_pip_config(tmp_path)
    assert "python" not in read_pip_config(tmp_path, "wheel").values


# --- recognised as pip recognises them


@st.composite
def words_of(draw: st.DrawFn, command: str) -> list[str]:
    """An option as somebody may write it, or something else."""
    usual = [
        option
        for option in list_pip_options(command)
        if option.line != "refused" and option.key not in ("help", "python", "isolated", "uploaded-prior-to")
    ]
    option = draw(st.sampled_from(usual))
    name = draw(st.sampled_from(option.names))
    if name.startswith("--") and draw(st.booleans()):
        name = name[: draw(st.integers(3, len(name)))]
    value = draw(st.sampled_from(["1", "x", "5", "-x", "--no-deps", "a b", "", "x=y", "auto", ":all:"]))
    if not option.takes_value:
        return draw(st.sampled_from([[name]] * 6 + [[name + "=1"], ["demo"], ["demo", name], ["-qqU"]]))
    glued = [f"{name}={value}"] if name.startswith("--") else [f"{name}{value}"]
    return draw(st.sampled_from([glued, [name, value], [name, value], [name, value, "demo"], [name]]))


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, list[str]]:
    command = draw(st.sampled_from(COMMANDS))
    return command, [word for words in draw(st.lists(words_of(command), max_size=4)) for word in words]


@examples(300)
@given(given_line=lines())
def test_a_command_line_means_what_it_means_to_pip(given_line: tuple[str, list[str]], parsers: PipParsers) -> None:
    """pip reads the words as we hand them on as it reads the words as they were given."""
    command, words = given_line
    theirs = parsers.read_line(command, words)
    parser = parser_of(command)
    try:
        ours: list[str] | None = parser._normalize(words)
    except DualvariantError:
        ours = None
    if theirs is None:
        assert ours is None or parsers.read_line(command, ours) is None
        return
    assert ours is not None
    theirs["args"] = [word for word in theirs["args"] if word.strip()]
    assert parsers.read_line(command, ours) == theirs


@examples(100)
@given(given_line=lines())
def test_what_follows_the_dashes_means_what_it_means_to_pip(
    given_line: tuple[str, list[str]], parsers: PipParsers
) -> None:
    command, words = given_line
    theirs = parsers.read_line(command, words)
    try:
        ours = list(EngineOptions.combine([], words, command).arguments)
    except DualvariantError:
        return  # it bypasses the choice, or pip would not take it
    assert parsers.read_line(command, ours) == theirs


def test_an_abbreviation_is_one_of_pips_names_only() -> None:
    """Options of ours do not make one ambiguous: ``--forc`` is ``--force-reinstall``, and ``--force`` is ours."""
    assert parser_of("install").parse_args(["--forc"]).passed_on == ["--force-reinstall"]
    args = parser_of("install").parse_args(["--force"])
    assert args.force and not args.passed_on


@pytest.mark.parametrize(
    ("values", "path"),
    [({"cert": "~/x.pem"}, "cert"), ({"client-cert": "~/k.pem"}, "client-cert"), ({"target": "~/t"}, None)],
)
def test_the_home_directory_in_a_path(values: dict[str, str], path: str | None) -> None:
    """pip expands ``~`` for the options whose value it calls a path, and for no others."""
    config = PipConfig().override(values)
    (key,) = values
    assert config.values[key] == (str(Path(values[key]).expanduser()) if path else values[key])
