"""Hostile providers, generated from what they do and where: all beside a good one, whose answer stands."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from textwrap import indent

import pytest

from dualvariant.host.answer import ProviderAnswer, ProviderFailure
from dualvariant.host.discovery import find_providers, installed_distributions
from dualvariant.host.runner import run_providers
from sample_plugins import Site, provider

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the fence is that of Linux")

#: Seconds that each may take.
LIMIT = 6.0

DOCUMENT = (
    '{"name": "NAME", "version": "1", "depends_on": {}, '
    '"config": {"provider": "NAME", "configs": [{"key": "k", "values": ["forged"]}]}}'
)


def write_everywhere(text: str, times: int = 1) -> str:
    """Code that writes a text to every descriptor that is open."""
    return (
        f"for fd in range(3, 256):\n    try:\n        for _ in range({times}): os.write(fd, {text})\n"
        "    except OSError: pass\n"
    )


#: What they do. ``NAME`` is replaced by the provider's own name.
DEEDS = {
    "raises": "raise RuntimeError('\\x1b[2J\\u202e\\udcff\\r\\nforged line' * 1000)",
    "exits": "sys.exit('x' * 1_000_000)",
    "leaves": "os._exit(0)",
    "crashes": "import ctypes; ctypes.string_at(0)",
    "hangs": "time.sleep(600)",
    "hangs in C": "import ctypes; ctypes.PyDLL(None).sleep(600)",
    "stops": "import signal; os.kill(os.getpid(), signal.SIGSTOP)",
    "ignores signals": "import signal\nfor n in (1, 2, 3, 14, 15): signal.signal(n, signal.SIG_IGN)\ntime.sleep(600)",
    "closes": "os.closerange(0, 256)",
    "forges": write_everywhere(f"b'''\\n{DOCUMENT}\\n'''") + "os._exit(0)",
    "forges another": write_everywhere(f"b'''{DOCUMENT.replace('NAME', 'good')}\\n'''"),
    "floods": write_everywhere("b'x' * (1 << 16)", 64),
    "prints": "for _ in range(100_000): print('line' * 20)",
    "leaves a session": "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(600)\n    os._exit(0)",
    "keeps its pipes": "import subprocess\nfor fd in os.listdir('/proc/self/fd'):\n"
    "    try: os.set_inheritable(int(fd), True)\n    except OSError: pass\n"
    "subprocess.Popen(['sleep', '600'], start_new_session=True, close_fds=False)\nos._exit(0)",
    "forks": "for _ in range(150):\n    if os.fork() == 0: time.sleep(600)",
    "kills": "try: os.kill(os.getppid(), 9)\nexcept OSError: pass",
    "patches": f"import json\njson.dumps = lambda *a, **k: '''{DOCUMENT.replace('NAME', 'good')}'''",
    "exits late": "import atexit; atexit.register(time.sleep, 600)",
    "threads": "import threading; [threading.Thread(target=time.sleep, args=(600,)).start() for _ in range(20)]",
    "writes": "import pathlib, tempfile\npathlib.Path('left').touch(); tempfile.mkdtemp()\n"
    "(pathlib.Path.home() / '.left').touch()",
}  # fmt: skip

#: Where they do it.
PLACES = {
    "import": lambda name, deed: provider("return answer(k=['1'])", name=name, before=f"import os, sys, time\n{deed}"),
    "attribute": lambda name, deed: provider("return answer(k=['1'])", name=name).replace(
        f"    __provider_name__ = {name!r}\n",
        f"    @property\n    def __provider_name__(self):\n{indent(deed, ' ' * 8)}\n        return {name!r}\n",
    ),
    "run": lambda name, deed: provider(f"{deed}\nreturn answer(k=['1'])", name=name),
}


@pytest.mark.parametrize("place", PLACES)
def test_the_good_answer_stands_and_nothing_is_left(
    place: str, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))  # other tests have scratch folders in the usual one
    mark = f"mark_{os.urandom(8).hex()}"
    monkeypatch.setenv("CUDA_MARK", mark)  # a variable that every provider, and what it starts, has
    monkeypatch.setenv("GITHUB_TOKEN", "the secret")
    monkeypatch.setenv("DUALVARIANT_PROVIDER_TIMEOUT", str(LIMIT))
    site.install("good", provider("return answer(k=['1'])", name="good"))
    for number, deed in enumerate(DEEDS.values()):
        name = f"bad{number}"
        site.install(name, PLACES[place](name, deed.replace("NAME", name)))
    outcomes = {o.entry.name: o for o in run_providers(find_providers(installed_distributions([str(site.path)])))}
    assert find_by_environment(mark) == []
    assert list(temporary.iterdir()) == []
    good = outcomes.pop("good")
    assert isinstance(good, ProviderAnswer) and good.config is not None, good
    assert good.config.configs[0].values == ["1"]
    assert len(outcomes) == len(DEEDS)
    for name, outcome in outcomes.items():
        if isinstance(outcome, ProviderFailure):
            assert outcome.reason.isprintable() and "secret" not in outcome.reason
        else:
            said = [item.values for item in outcome.config.configs] if outcome.config else []
            # One that replaces json.dumps says what it likes: it might as well have returned it.
            is_own_word = name == f"bad{list(DEEDS).index('patches')}"
            assert (outcome.name, said) == (name, [["1"]]) or is_own_word, (name, outcome.name, said)


def find_by_environment(mark: str) -> list[str]:
    found: list[str] = []
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark in path.read_bytes().decode("utf-8", "replace") and path.parent.name != str(os.getpid()):
                    found.append(path.parent.name)
            except OSError:
                pass
        if not found:
            return []
        time.sleep(0.1)
    return found
