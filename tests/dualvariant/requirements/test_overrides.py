"""uv's overrides and exclusions take the place of what is asked for."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement

from dualvariant.requirements.overrides import Overrides
from dualvariant.requirements.request import parse_request

MARKERS = {"python_version": "3.11"}


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ([], ["demo==1.0", "other"]),
        (["demo<3"], ["demo<3", "other"]),
        (["demo<3", "demo>1"], ["demo<3,>1", "other"]),
        (["demo==2; python_version < '3'"], ["other"]),
        (["demo==2; python_version < '3'", "demo==3; python_version > '3'"], ["demo==3", "other"]),
        (["third==2"], ["demo==1.0", "other"]),
    ],
)
def test_overrides_replace_the_versions(overrides: list[str], expected: list[str]) -> None:
    rules = Overrides()
    for text in overrides:
        rules.override(Requirement(text))
    requests = rules.apply([parse_request("demo==1.0"), parse_request("other")], MARKERS)
    assert [str(request.requirement) for request in requests] == expected


def test_an_excluded_project_is_not_asked_for() -> None:
    rules = Overrides()
    rules.exclude(Requirement("Demo"))
    assert rules.apply([parse_request("demo==1.0")], MARKERS) == []
