"""What a provider's process cannot do: keep processes, grow without end, see secrets, reach a network or siblings."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from dualvariant.host.answer import ProviderAnswer, ProviderFailure
from dualvariant.host.discovery import find_providers, installed_distributions
from dualvariant.host.environment import is_secret, make_environment, select_requestable
from dualvariant.host.runner import run_providers
from sample_plugins import Site, provider

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux has these limits")


def ask(site: Site, source: str) -> ProviderAnswer | ProviderFailure:
    site.install("sample", source)
    (told,) = run_providers(find_providers(installed_distributions([str(site.path)])))
    return told


def value(site: Site, source: str) -> str:
    told = ask(site, source)
    assert isinstance(told, ProviderAnswer), told
    assert told.config is not None
    return told.config.configs[0].values[0]


def reason(site: Site, source: str) -> str:
    told = ask(site, source)
    assert isinstance(told, ProviderFailure), told
    return told.reason


# --- processes


@linux
@pytest.mark.parametrize(
    "start",
    [
        "subprocess.Popen(['sleep', '60'])",
        "subprocess.Popen(['sleep', '60'], start_new_session=True)",
        "subprocess.Popen(['sh', '-c', 'setsid sleep 60 & sleep 60'], start_new_session=True)",
        "subprocess.Popen(['sh', '-c', '(setsid sh -c \"sleep 60 & sleep 60\" &) ; exit'])",
    ],
)
@pytest.mark.parametrize("end", ["return answer(a=['1'])", "os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_nothing_that_it_started_is_left(site: Site, start: str, end: str) -> None:
    """The marker is in the environment of every descendant, and nowhere else."""
    mark = f"MARK_{os.urandom(8).hex()}"
    run = f"os.environ[{mark!r}] = '1'\nimport subprocess\n{start}\ntime.sleep(0.2)\n{end}"
    ask(site, provider(run))
    assert find_by_environment(mark) == []


def find_by_environment(mark: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in path.read_bytes():
                found.append(path.parent.name)
        except OSError:
            pass
    return found


@linux
def test_too_many_processes(site: Site) -> None:
    mark = f"MARK_{os.urandom(8).hex()}"
    run = f"""
        for _ in range(200):
            if os.fork() == 0:
                os.environ[{mark!r}] = '1'
                os.execvp('sleep', ['sleep', '60'])
        time.sleep(60)
    """
    assert "too many processes" in reason(site, provider(run))
    assert find_by_environment(mark) == []


@linux
def test_too_much_memory_and_not_too_much_address_space(site: Site) -> None:
    grow = "x = b'x' * (3 << 30)\ntime.sleep(60)"
    assert "too much memory" in reason(site, provider(grow))
    reserve = "import mmap\nx = mmap.mmap(-1, 64 << 30, flags=mmap.MAP_PRIVATE | 0x4000)\nreturn answer(a=['1'])"
    assert value(site, provider(reserve)) == "1"


@linux
def test_it_cannot_end_its_parents_and_siblings(site: Site) -> None:
    """Where landlock(7) has scopes; elsewhere it costs the provider its own answer."""
    run = """
        said = []
        for pid in (os.getppid(), int(open(f'/proc/{os.getppid()}/stat').read().rpartition(')')[2].split()[1])):
            try:
                os.kill(pid, 0)
                said.append('open')
            except PermissionError:
                said.append('closed')
        return answer(a=['_'.join(said)])
    """
    assert value(site, provider(run)) in ("closed_closed", "open_open")


def test_a_stopped_worker_costs_its_limit(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUALVARIANT_PROVIDER_TIMEOUT", "1")
    said = ask(site, provider("import signal\nos.kill(os.getpid(), signal.SIGSTOP)"))
    assert isinstance(said, ProviderFailure) and said.timed_out
    assert said.seconds is not None and said.seconds >= 1


# --- the environment


SECRETS = {
    "PIP_INDEX_URL": "https://bob:pw@example.org/simple",
    "UV_INDEX_PASSWORD": "pw",
    "GITHUB_TOKEN": "t",
    "AWS_SECRET_ACCESS_KEY": "s",
    "SOME_ADDRESS": "https://user:pw@example.org",
    "MY_APIKEY": "k",
    "PGPASSWORD": "p",
    "https_proxy": "http://u:p@h",
    "CUDA_TOKEN": "in an allowed family",
}


def test_no_secret_reaches_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by itself, nor if it names the variable."""
    for name, text in SECRETS.items():
        monkeypatch.setenv(name, text)
    monkeypatch.setenv("FPGA_BOARD", "z7")
    monkeypatch.setenv("OTHER", "x")
    names = [f"env:{name}" for name in (*SECRETS, "FPGA_BOARD")]
    run = f"return answer(a=['_'.join(n for n in {[*SECRETS, 'FPGA_BOARD', 'OTHER']!r} if n in os.environ) or 'none'])"
    assert value(site, provider(run)) == "none"
    assert value(site, provider(run, more=f"__depends_on__ = {names!r}")) == "FPGA_BOARD"


def test_a_variable_is_named_and_then_there(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FPGA_BOARD", "z7")
    source = provider("return answer(a=[os.environ['FPGA_BOARD']])", more="__depends_on__ = ['env:FPGA_BOARD']")
    assert value(site, source) == "z7"


@pytest.mark.parametrize("name", ["PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "CUDA_VISIBLE_DEVICES", "ROCR_X"])
def test_what_every_provider_gets(name: str, tmp_path: Path) -> None:
    assert make_environment(tmp_path, {name: "v"})[name] == "v"


def test_no_other_variable(tmp_path: Path) -> None:
    assert set(make_environment(tmp_path, {"FOO": "1", "SSH_AUTH_SOCK": "/x", **SECRETS})) == {"HOME", "TMPDIR"}


def test_what_is_secret() -> None:
    assert all(is_secret(name, text) for name, text in SECRETS.items())
    assert not any(is_secret(name, "1") for name in ("FPGA_BOARD", "DUALVARIANT_X86_64", "CUDA_HOME", "KEYBOARD"))
    assert select_requestable({**SECRETS, "A": "1"}) == {"A": "1"}


# --- files and network


def test_its_folder_is_its_own_and_goes_with_it(site: Site) -> None:
    run = """
        import pathlib, tempfile
        open('left', 'w').write('x')
        tempfile.mkdtemp()
        (pathlib.Path.home() / '.left').write_text('x')
        assert pathlib.Path.home() == pathlib.Path.cwd() == pathlib.Path(tempfile.gettempdir())
        return answer(a=[str(len(os.listdir())), ], b=[os.getcwd().replace('/', '.').replace('-', '_')])
    """
    told = ask(site, provider(run))
    assert isinstance(told, ProviderAnswer) and told.config is not None, told
    here = told.config.configs[1].values[0]
    left = [str(path).replace("/", ".").replace("-", "_") for path in Path(os.environ.get("TMPDIR", "/tmp")).iterdir()]
    assert told.config.configs[0].values == ["3"]
    assert not [path for path in left if here == path or here.startswith(f"{path}.")]


@linux
def test_no_network_where_the_system_allows_that(site: Site) -> None:
    """A namespace of its own has not even the loopback of the host."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        run = f"""
            import socket
            apart = os.readlink('/proc/self/ns/net') != {str(Path("/proc/self/ns/net").readlink())!r}
            try:
                socket.create_connection(('127.0.0.1', {port}), 2).close()
                return answer(a=['open'], apart=[str(apart)])
            except OSError:
                return answer(a=['closed'], apart=[str(apart)])
        """
        told = ask(site, provider(run))
    assert isinstance(told, ProviderAnswer) and told.config is not None, told
    [closed], [apart] = [config.values for config in told.config.configs]
    assert (closed == "closed") == (apart == "True")


@linux
def test_its_user_is_ours(site: Site) -> None:
    user = f"u{os.geteuid()}g{os.getegid()}"
    assert value(site, provider("return answer(a=[f'u{os.geteuid()}g{os.getegid()}'])")) == user


def test_it_ends_when_the_worker_forks_and_exits(site: Site) -> None:
    run = "if os.fork() == 0:\n    time.sleep(60)\nos._exit(0)"
    assert "no answer" in reason(site, provider(run))
