"""A provider that misbehaves is left out, is named with its reason, and leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from dualvariant.core.errors import ProviderFailedError, UsageError
from dualvariant.host import _child
from dualvariant.host._child import ANSWER_LIMIT
from dualvariant.host.answer import ProviderAnswer, ProviderFailure
from dualvariant.host.discovery import ProviderEntry, find_providers, installed_distributions
from dualvariant.host.runner import ask_build_flags, read_time_limit, run_providers
from processes import is_alive, wait_until
from sample_plugins import Site, provider

SUBREAPER = sys.platform.startswith("linux")
posix = pytest.mark.skipif(os.name != "posix", reason="process groups and signals are POSIX's")

GOOD = provider("return answer('good', key=['1'])", name="good")


def entries(site: Site) -> list[ProviderEntry]:
    return find_providers(installed_distributions([str(site.path)]))


def ask(site: Site, source: str) -> ProviderAnswer | ProviderFailure:
    """What becomes of one provider, beside one that does nothing wrong and must not notice."""
    site.install("sample", source)
    site.install("good", GOOD)
    good, outcome = run_providers(entries(site))
    assert isinstance(good, ProviderAnswer), good
    assert good.config is not None
    assert good.config.configs[0].values == ["1"]
    return outcome


def reason(site: Site, source: str) -> str:
    failure = ask(site, source)
    assert isinstance(failure, ProviderFailure), failure
    assert failure.entry.target == "sample:Provider"
    return failure.reason


def values(site: Site, source: str) -> list[str]:
    told = ask(site, source)
    assert isinstance(told, ProviderAnswer), told
    assert told.config is not None
    return told.config.configs[0].values


def test_an_answer_by_duck_typing(site: Site) -> None:
    told = ask(site, provider("return answer(b=['2', '1'], a=['x.y'])", version="3.1"))
    assert isinstance(told, ProviderAnswer)
    assert told.config is not None
    assert (told.name, told.version, told.source) == ("sample", "3.1", "run")
    assert told.config.to_dict() == {
        "provider": "sample",
        "configs": [{"key": "b", "values": ["2", "1"]}, {"key": "a", "values": ["x.y"]}],
    }
    assert 0 <= time.time() - told.detected_at < 60


def test_an_answer_with_our_classes(site: Site) -> None:
    run = """
        from variantlib.config import KeyConfig, ProviderConfig
        return ProviderConfig('sample', [KeyConfig('a', ['1'])])
    """
    assert values(site, provider(run)) == ["1"]


def test_nothing_to_say(site: Site) -> None:
    told = ask(site, provider("return None"))
    assert isinstance(told, ProviderAnswer)
    assert None is told.config


def test_no_provider_at_all() -> None:
    assert run_providers([]) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import does_not_exist", "its import raised ModuleNotFoundError"),
        ("def broken(:", "its import raised SyntaxError"),
        ("x = 1", "its import raised AttributeError"),
        ("Provider = None", "its constructor raised TypeError"),
        ("class Provider:\n    def run(self): return None", "attributes raised AttributeError"),
        (provider("raise ValueError('boom')"), "run() raised ValueError: boom"),
        (provider("raise KeyboardInterrupt"), "run() raised KeyboardInterrupt"),
        (provider("sys.exit(3)"), "run() called sys.exit(3)"),
        (provider("os._exit(7)"), "it exited with status 7 and no answer"),
        (provider("os._exit(0)"), "it exited with status 0 and no answer"),
        (
            provider("raise E", before="class E(Exception):\n    def __str__(self): 1/0"),
            "run() raised E",
        ),
        (provider("return answer(a='1'*2_000_000)"), "its answer is too large"),
        (provider("raise ValueError('1' * 2_000_000)"), "run() raised ValueError: 1111"),
        (provider("raise ValueError('\\x1b[2J')"), "run() raised ValueError:  [2J"),
        (provider("def f(): f()\nf()"), "run() raised RecursionError"),
        (provider("return answer(provider='other', a=['1'])"), "ProviderConfig.provider must be"),
        (provider("return 1"), "run() must return ProviderConfig or None (it returned int)"),
        (provider("return {'provider': 'sample'}"), "run() must return ProviderConfig or None (it returned dict)"),
        (provider("return Namespace(provider='sample', configs=[3])"), "answer raised AttributeError"),
        (provider("return answer(a=object())"), "is not JSON serializable"),
        (provider("return answer(a={'1'})"), "is not JSON serializable"),
        (provider("return answer(a='1')"), "KeyConfig.values must be a list of str (got str)"),
        (provider("return answer(a=None)"), "KeyConfig.values must be a list of str (got NoneType)"),
        (provider("return answer(a=[1])"), "KeyConfig.values[0] must be a str (got int)"),
        (provider("return answer(a=[])"), "KeyConfig.values must not be empty"),
        (provider("return answer(a=['x y'])"), "KeyConfig.values[0] must match"),
        (provider("return answer(a=['1', '1'])"), "must not repeat a name"),
        (provider("return answer(**{'a-b': ['1']})"), "KeyConfig.key must match"),
        (provider("return answer()"), "ProviderConfig.configs must not be empty"),
        (provider("return None", name="no name"), "__provider_name__ must be a str that matches"),
        (provider("return None", name="").replace("'sample'", "3"), "__provider_name__ must be"),
        (provider("return None", more="__version__ = 3"), "__version__ must be a str: 3"),
        (provider("return None", more="__depends_on__ = 'x'"), "must be a list of str: 'x'"),
        (provider("return None", more="__depends_on__ = ['x']"), "(this is none of them): 'x'"),
    ],
)
def test_a_failure_has_its_reason(site: Site, source: str, expected: str) -> None:
    said = reason(site, source)
    assert expected in said
    assert len(said) <= 400
    assert said.isprintable()


@posix
@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("os.abort()", "it was ended by SIGABRT"),
        ("os.kill(os.getpid(), 9)", "it was ended by SIGKILL"),
        ("import ctypes; ctypes.string_at(0)", "it was ended by SIGSEGV"),
    ],
)
def test_a_crash_names_the_signal(site: Site, run: str, expected: str) -> None:
    assert reason(site, provider(run)) == expected


@posix
def test_a_crash_leaves_no_core_file(site: Site) -> None:
    run = "import resource\nreturn answer(a=[str(n) for n in resource.getrlimit(resource.RLIMIT_CORE)][:1])"
    assert values(site, provider(run)) == ["0"]
    run = run.replace("[:1]", "[1:]")
    assert values(site, provider(run)) == ["0"]


FORGED = '{"name": "sample", "version": "1.0", "depends_on": {}, "config": null}'


@pytest.mark.parametrize(
    "noise",
    [
        "print('x' * 10_000_000)",
        "sys.stderr.write('x' * 10_000_000)",
        f"print({FORGED!r}, flush=True)",
        f"os.write(1, {FORGED.encode()!r} + bytes([10]))",
        "os.write(1, b'{}\\n' * 100_000)",
        "os.system('echo {}')",
        "os.write(2, b'x' * 10_000_000)",
        "os.closerange(0, 3)",
        "sys.stdout.close()",
    ],
)
def test_what_it_prints_is_thrown_away(site: Site, noise: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert values(site, provider(f"{noise}\nreturn answer(a=['1'])", before=noise)) == ["1"]
    assert capfd.readouterr() == ("", "")


def test_standard_input_is_empty(site: Site) -> None:
    assert values(site, provider("return answer(a=[f'read{len(sys.stdin.read())}'])")) == ["read0"]


def test_it_cannot_answer_without_its_pipe(site: Site) -> None:
    said = reason(site, provider("os.closerange(3, 256)\nreturn answer(a=['1'])"))
    assert "and no answer" in said


def test_too_large_by_the_pipe_itself(site: Site) -> None:
    """A provider that finds the pipe can write to it, but not without end."""
    run = f"""
        for fd in range(3, 20):
            try:
                os.write(fd, b' ' * {ANSWER_LIMIT + 10})
            except OSError:
                pass
        time.sleep(60)
    """
    assert "its answer is too large" in reason(site, provider(run))


def test_a_hanging_provider_is_cut_off(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUALVARIANT_PROVIDER_TIMEOUT", "1.5")
    assert reason(site, provider("time.sleep(600)")) == "it took longer than 1.5 s"


def test_all_are_asked_at_once(site: Site, tmp_path: Path) -> None:
    """Each waits for the others, so the first of a queue would take too long."""
    for number in range(4):
        run = f"""
            open({str(tmp_path / f"here{number}")!r}, 'w').close()
            while not all(os.path.exists({str(tmp_path / "here")!r} + str(other)) for other in range(4)):
                time.sleep(0.01)
            return None
        """
        site.install(f"slow{number}", provider(run, name=f"slow{number}"))
    assert all(isinstance(told, ProviderAnswer) for told in run_providers(entries(site)))


@posix
def test_an_answer_that_comes_while_the_supervisor_waits_for_the_processor(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each look at the pipes the supervisor sleeps, and the worker answers and ends meanwhile."""
    late = tmp_path / "late.py"
    late.write_text(
        textwrap.dedent(f"""
        import runpy, select, time
        look = select.select
        def late(reading, writing, failing, timeout):
            ready = look(reading, writing, failing, 0)
            time.sleep(0.3)
            return ready
        select.select = late
        runpy.run_path({str(Path(_child.__file__))!r}, run_name="__main__")
        """)
    )
    monkeypatch.setattr("dualvariant.host.conversation._CHILD", late)
    assert values(site, provider("return answer(a=['1'])")) == ["1"]


@posix
def test_a_hung_provider_dies_with_its_children(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUALVARIANT_PROVIDER_TIMEOUT", "1.5")
    run = f"""
        import subprocess
        child = subprocess.Popen(['sleep', '60'])
        with open({str(tmp_path / "pids")!r}, 'w') as file:
            file.write(f'{{os.getpid()}} {{child.pid}}')
        time.sleep(60)
    """
    assert "it took longer than" in reason(site, provider(run))
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 2
    assert wait_until(lambda: not any(map(is_alive, pids)), 2)


@posix
@pytest.mark.parametrize("leave", ["pass", "os.setsid()"])
def test_a_grandchild_does_not_hold_up_the_answer(site: Site, tmp_path: Path, leave: str) -> None:
    run = f"""
        pid = os.fork()
        if pid == 0:
            {leave}
            time.sleep(30)
            os._exit(0)
        with open({str(tmp_path / "pid")!r}, 'w') as file:
            file.write(str(pid))
        time.sleep(0.3)
        return answer(a=['1'])
    """
    assert values(site, provider(run)) == ["1"]
    pid = int((tmp_path / "pid").read_text())
    assert not is_alive(pid) or (leave != "pass" and not SUBREAPER)


@posix
def test_a_grandchild_does_not_hide_a_crash(site: Site) -> None:
    """The forked process holds no pipe, so the end of its parent is seen at once."""
    run = "if os.fork() == 0:\n    time.sleep(30)\nos._exit(5)"
    assert reason(site, provider(run)) == "it exited with status 5 and no answer"


PARENT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # the tests themselves may run with SIGINT ignored
from dualvariant.host.discovery import find_providers, installed_distributions
from dualvariant.host.runner import run_providers
run_providers(find_providers(installed_distributions([sys.argv[1]])))
"""

HANGS_IN_C = "import ctypes; ctypes.PyDLL(None).sleep(60)"  # C code that holds the interpreter's lock


@posix
def test_a_process_that_it_forks_has_its_own_files(site: Site, tmp_path: Path) -> None:
    """What it loads is not told: our pipe's number may be one of its files."""
    run = f"""
        if os.fork() == 0:
            import ctypes
            files = [open(f"{tmp_path}/{{number}}", "w") for number in range(8)]
            try: ctypes.CDLL("libnothing_of_that_name.so.1")
            except OSError: pass
            for file in files: file.close()
            os._exit(0)
        os.wait()
        return answer(a=['1'])
    """
    assert values(site, provider(run)) == ["1"]
    assert {path.read_text() for path in tmp_path.glob("[0-7]")} == {""}


@posix
def test_a_provider_gets_the_default_of_sigint_where_the_parent_ignores_it(site: Site) -> None:
    """As under nohup and in some CI: the programs that it starts would ignore Ctrl-C too."""
    run = """
        import signal, subprocess
        code = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
        started = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip()
        own = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        return answer(own=[str(own)], started=[started])
    """
    site.install("sample", provider(run))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        (told,) = run_providers(entries(site))
    finally:
        signal.signal(signal.SIGINT, before)
    assert isinstance(told, ProviderAnswer) and told.config is not None
    assert [config.values for config in told.config.configs] == [["True"], ["True"]]


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="there the timer alone ends it")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("hang", ["time.sleep(60)", HANGS_IN_C])
def test_it_dies_with_its_parent(site: Site, tmp_path: Path, hang: str, number: signal.Signals) -> None:
    """Long before its time is over, which is 60 seconds here; and so does a program that it started."""
    pids = killed_parent(site, tmp_path, hang, number, limit=60)
    assert wait_until(lambda: not any(map(is_alive, pids)), 50)


@posix
def test_it_dies_with_its_parent_whatever_pipes_it_closes(site: Site, tmp_path: Path) -> None:
    pids = killed_parent(site, tmp_path, f"os.closerange(3, 256); {HANGS_IN_C}", signal.SIGKILL, limit=60)
    assert wait_until(lambda: not any(map(is_alive, pids)), 50)


def killed_parent(site: Site, tmp_path: Path, hang: str, number: signal.Signals, limit: float) -> list[int]:
    """Have a process ask a provider that hangs, and end that process. Returns the provider's process and its child."""
    told = tmp_path / "pids"
    run = f"""
        import subprocess
        child = subprocess.Popen(['sleep', '60'])
        with open({str(told)!r} + '.part', 'w') as file:
            file.write(f'{{os.getpid()}} {{child.pid}}')
        os.rename({str(told)!r} + '.part', {str(told)!r})
        {hang}
    """
    site.install("sample", provider(run))
    path = os.pathsep.join([str(site.path), *filter(None, [os.environ.get("PYTHONPATH")])])
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(site.path)],
        env={**os.environ, "PYTHONPATH": path, "DUALVARIANT_PROVIDER_TIMEOUT": str(limit)},
        stderr=subprocess.DEVNULL,
    )
    try:
        assert wait_until(told.exists)
        pids = [int(pid) for pid in told.read_text().split()]
        assert all(map(is_alive, pids))
    finally:
        parent.send_signal(number)
        parent.wait()
    return pids


def test_a_parent_that_ignores_signals_does_not_make_them_harmless(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ignored signals are inherited; the timer's must not be."""
    run = "import signal\nreturn answer(a=[signal.getsignal(signal.SIGALRM).name])"
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    try:
        assert values(site, provider(run)) == ["SIG_DFL"]
    finally:
        signal.signal(signal.SIGALRM, before)


def test_it_imports_what_we_would(site: Site) -> None:
    """And not the files beside the script that asks it."""
    run = "import importlib.util as u\nreturn answer(a=[str(bool(u.find_spec(n))) for n in ['runner', 'sample']])"
    assert values(site, provider(run)) == ["False", "True"]


def test_no_interpreter(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.install("sample", GOOD)
    monkeypatch.setattr(sys, "executable", str(site.path / "nowhere"))
    [failure] = run_providers(entries(site))
    assert isinstance(failure, ProviderFailure)
    assert "its process cannot be started" in failure.reason


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "x", "3601"])
def test_a_time_limit_that_is_none(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("DUALVARIANT_PROVIDER_TIMEOUT", text)
    with pytest.raises(UsageError, match=f"must be a number of seconds.*'{text}'"):
        read_time_limit()


FLAGS = """
def build_flags(self, key, value, compiler):
    if value == 'boom':
        raise ValueError('boom')
    if value == 'odd':
        return {'CFLAGS': '-O3'}
    if value == 'odder':
        return ['-O3']
    return {'CFLAGS': [f'-m{key}={value}', compiler]} if key == 'arch' else None
"""


def test_build_flags(site: Site) -> None:
    site.install("sample", provider("return None", more=FLAGS))
    [entry] = entries(site)
    assert ask_build_flags(entry, [("arch", "v3"), ("other", "v3")], "gcc") == [{"CFLAGS": ["-march=v3", "gcc"]}, None]
    assert ask_build_flags(entry, [], "gcc") == []


def test_no_build_flags(site: Site) -> None:
    site.install("sample", provider("return None"))
    assert ask_build_flags(entries(site)[0], [("a", "1"), ("a", "2")], "gcc") == [None, None]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("boom", r"build_flags\(\) raised ValueError: boom"),
        ("odd", "lists of flags by variable.*'-O3'"),
        ("odder", "lists of flags by variable"),
    ],
)
def test_build_flags_that_are_none(site: Site, value: str, expected: str) -> None:
    site.install("sample", provider("return None", more=FLAGS))
    with pytest.raises(ProviderFailedError, match=f"'sample'.*{expected}") as raised:
        ask_build_flags(entries(site)[0], [("arch", "v3"), ("arch", value)], "gcc")
    assert raised.value.exit_code == 4
