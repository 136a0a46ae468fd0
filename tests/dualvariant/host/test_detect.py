"""Detection puts the answers together; what a kept answer costs is next to nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from dualvariant.core.report import Reporter
from dualvariant.host.answer import ProviderFailure
from dualvariant.host.detect import detect
from sample_plugins import Site, provider


class Listener(Reporter):
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, message: str) -> None:
        self.warnings.append(message)


def test_alphabetical_by_provider_name(site: Site) -> None:
    site.install("a", provider("return answer(k=['1'])", name="zebra"))
    site.install("b", provider("return answer(k=['1'])", name="Apple"))
    site.install("c", provider("return None", name="middle"))
    detection = detect()
    assert detection.profile.names == ["Apple", "zebra"]
    assert [answer.name for answer in detection.answers] == ["Apple", "middle", "zebra"]
    assert detection.profile == detect().profile


def test_no_providers(site: Site) -> None:
    detection = detect()
    assert (
        detection.profile.providers,
        detection.failures,
        detection.detected_at,
    ) == ((), (), None)


def test_a_provider_is_found_by_name(site: Site) -> None:
    site.install("a", provider("return None", name="quiet"))
    entry = detect().provider("quiet")
    assert entry is not None
    assert entry.target == "a:Provider"
    assert None is detect().provider("other")


@pytest.mark.parametrize("second", ["return answer(k=['1'])", "return None"])
def test_a_name_that_two_claim(site: Site, second: str) -> None:
    site.install("one", provider("return answer(k=['1'])", name="same"))
    site.install("two", provider(second, name="same"))
    site.install("three", provider("return answer(k=['1'])", name="other"))
    for _ in range(2):  # run, then kept
        detection = detect()
        assert detection.profile.names == ["other"]
        assert None is detection.provider("same")
        first, last = detection.failures
        assert (first.entry.name, last.entry.name) == ("one", "two")
        assert "claims the name 'same', and so does two:Provider (two-plugin 1.0)" in first.reason
        assert "claims the name 'same', and so does one:Provider (one-plugin 1.0)" in last.reason


def test_failures_are_reported(site: Site) -> None:
    site.install("bad", provider("raise ValueError('boom')"))
    site.install("good", provider("return answer(k=['1'])", name="good"))
    listener = Listener()
    detection = detect()
    detection.report(listener)
    assert detection.profile.names == ["good"]
    assert listener.warnings == ["provider 'bad', bad:Provider (bad-plugin 1.0): run() raised ValueError: boom"]
    assert isinstance(detection.failures[0], ProviderFailure)
    assert detection.names == ["bad", "good"], "a name in --provider-priority is that of a provider here"


IMPORTS = """
import sys
from dualvariant.host import detect as module
from dualvariant.host.discovery import installed_distributions
module.installed_distributions = lambda: installed_distributions(sys.argv[1:])
assert module.detect().answers[0].source == sys.argv.pop()
print(*sys.modules)
"""


def test_what_a_kept_answer_does_not_import(site: Site) -> None:
    site.install("sample", provider("return answer(k=['1'])"))
    run, kept = (imported(site, source) for source in ("run", "cache"))
    for_running = {"subprocess", "dualvariant.host.runner", "dualvariant.host.conversation"}
    never = {"cpuinfo", "filelock", "packaging", "importlib.metadata", "email", "asyncio", "sample"}
    assert (for_running, set()) == (run & for_running, run & never)
    assert set() == kept & (for_running | never)


def imported(site: Site, source: str) -> set[str]:
    path = os.pathsep.join([str(site.path), *filter(None, [os.environ.get("PYTHONPATH")])])
    out = subprocess.run(
        [sys.executable, "-c", IMPORTS, str(site.path), source],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    return set(out.split())
