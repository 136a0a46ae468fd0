"""``DUALVARIANT_HOST_<NAME>`` takes the place of what a provider detects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualvariant.core.errors import UsageError
from dualvariant.core.report import Reporter
from dualvariant.host.detect import detect
from dualvariant.host.overrides import read_overrides
from sample_plugins import Site, provider
from strategies import NAMES, VALUES


def values(name: str) -> dict[str, list[str]] | None:
    found = [one for one in detect().profile.providers if one.provider == name]
    return {config.key: config.values for config in found[0].configs} if found else None


def test_it_replaces_the_answer(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.install("fpga", provider("return answer(board=['z6'])", name="fpga"))
    assert values("fpga") == {"board": ["z6"]}
    monkeypatch.setenv("DUALVARIANT_HOST_FPGA", "board:z7,z6; lanes:4")
    assert values("fpga") == {"board": ["z7", "z6"], "lanes": ["4"]}
    monkeypatch.setenv("DUALVARIANT_HOST_FPGA", "none")
    assert values("fpga") is None
    monkeypatch.setenv("DUALVARIANT_HOST_FPGA", "")
    assert values("fpga") == {"board": ["z6"]}


def test_a_provider_that_hangs_or_fails_need_not_run(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    mark = tmp_path_factory.mktemp("mark") / "ran"
    site.install("fpga", provider(f"open({str(mark)!r}, 'w')\n1 / 0", name="fpga"))
    monkeypatch.setenv("DUALVARIANT_HOST_FPGA", "board:z7")
    detection = detect()
    assert not mark.exists() and detection.failures == ()
    assert detection.profile.names == ["fpga"]
    entry = detection.provider("fpga")
    assert entry is not None and entry.target == "fpga:Provider"  # its flags for compilers can still be asked for


def test_the_name_of_the_provider_counts_where_the_entry_point_has_another(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.install("other", provider("return answer(board=['z6'])", name="fpga"))
    monkeypatch.setenv("DUALVARIANT_HOST_FPGA", "board:z7")
    assert values("fpga") == {"board": ["z7"]}
    assert detect().profile.names == ["fpga"]


def test_a_provider_that_is_not_installed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUALVARIANT_HOST_NVIDIA", "sm_arch:90_real")
    detection = detect()
    assert detection.profile.names == ["nvidia"]
    assert any("no provider called 'nvidia' is installed" in line for line in detection.overrides)


def test_it_is_shown(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    notes: list[str] = []

    class Listener(Reporter):
        def note(self, message: str) -> None:
            notes.append(message)

    site.install("fpga", provider("return answer(board=['z6'])", name="fpga"))
    monkeypatch.setenv("DUALVARIANT_HOST_FPGA", "board:z7")
    detect().report(Listener())
    assert notes == ["DUALVARIANT_HOST_FPGA is set: provider 'fpga' says 'board:z7', whatever this machine has"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("z7", "'z7' has no ':'"),
        ("board:", "'' is not a value"),
        ("board:z 7", "did you mean 'z_7'?"),
        ("bo-ard:z7", "'bo-ard' is not a key"),
        ("a:1;a:2", "'a' is there twice"),
        ("a:1,1", "must not repeat"),
    ],
)
def test_another_form_is_one_clear_error(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=r"^DUALVARIANT_HOST_FPGA cannot be used") as raised:
        read_overrides({"DUALVARIANT_HOST_FPGA": text})
    assert words in str(raised.value)


@given(keys=st.dictionaries(NAMES, st.lists(VALUES, min_size=1, unique=True), min_size=1))
def test_every_answer_can_be_written_as_a_variable(keys: dict[str, list[str]]) -> None:
    text = ";".join(f"{key}:{','.join(said)}" for key, said in keys.items())
    [override] = read_overrides({"DUALVARIANT_HOST_P": text, "DUALVARIANT_HOSTS": "x", "OTHER": "y"})
    assert dict(override.keys) == keys and list(override.keys) == list(keys)
