"""Platforms, and the strings that name them."""

from __future__ import annotations

import platform
import sys

import pytest

from dualvariant.core.errors import UsageError
from dualvariant.core.platforms import (
    LINUX_PLATFORMS,
    PLATFORM_NAMES,
    PLATFORMS,
    find_host_platform,
    find_oldest_libc_tag,
    get_platform,
    is_linux_tag,
    split_platform_tags,
)


def test_names_are_unique_and_found() -> None:
    assert len(set(PLATFORM_NAMES)) == len(PLATFORMS)
    assert [get_platform(name) for name in PLATFORM_NAMES] == list(PLATFORMS)
    assert LINUX_PLATFORMS == ("linux_x86_64", "linux_aarch64")


def test_an_unknown_name_gets_a_hint() -> None:
    with pytest.raises(UsageError) as caught:
        get_platform("linux_arm64")
    assert "linux_aarch64" in str(caught.value.next_step)


@pytest.mark.parametrize(
    ("name", "accepted", "refused"),
    [
        (
            "linux_x86_64",
            ["linux_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "musllinux_1_2_x86_64"],
            ["linux_aarch64", "macosx_11_0_x86_64", "win_amd64", "any", "linux_i686"],
        ),
        ("linux_aarch64", ["manylinux_2_17_aarch64"], ["manylinux_2_17_x86_64", "macosx_11_0_arm64"]),
        ("macosx_arm64", ["macosx_11_0_arm64", "macosx_11_0_universal2"], ["macosx_11_0_x86_64", "win_arm64"]),
        ("macosx_x86_64", ["macosx_10_9_x86_64", "macosx_10_9_universal2"], ["linux_x86_64"]),
        ("win_amd64", ["win_amd64"], ["win32", "win_arm64"]),
        ("win_arm64", ["win_arm64"], ["win_amd64", "macosx_11_0_arm64"]),
    ],
)
def test_tags_of_a_platform(name: str, accepted: list[str], refused: list[str]) -> None:
    found = get_platform(name)
    assert [tag for tag in accepted + refused if found.accepts_tag(tag)] == accepted


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("linux", "x86_64", "linux_x86_64"),
        ("linux", "aarch64", "linux_aarch64"),
        ("linux", "riscv64", None),
        ("darwin", "arm64", "macosx_arm64"),
        ("darwin", "x86_64", "macosx_x86_64"),
        ("win32", "AMD64", "win_amd64"),
        ("win32", "ARM64", "win_arm64"),
        ("freebsd14", "amd64", None),
    ],
)
def test_the_host(monkeypatch: pytest.MonkeyPatch, system: str, machine: str, name: str | None) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert find_host_platform() == name
    monkeypatch.setattr(sys, "maxsize", 2**31 - 1)
    assert find_host_platform() is None, "a 32-bit Python on a 64-bit system"


def test_tags_of_a_file_name() -> None:
    tags = split_platform_tags("manylinux_2_17_x86_64.manylinux2014_x86_64.manylinux_2_5_x86_64.manylinux1_x86_64")
    assert find_oldest_libc_tag(tags) == "manylinux_2_5_x86_64"
    assert find_oldest_libc_tag(["musllinux_1_2_x86_64", "musllinux_1_1_x86_64"]) == "musllinux_1_1_x86_64"
    assert find_oldest_libc_tag(["manylinux2014_x86_64"]) == "manylinux2014_x86_64"
    assert is_linux_tag("linux_x86_64") and not is_linux_tag("manylinux1_x86_64")
