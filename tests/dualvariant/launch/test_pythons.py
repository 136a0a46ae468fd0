"""The Python that pip and uv say they work for."""

from __future__ import annotations

import pytest

from dualvariant.launch.pythons import read_python

PIP = 'pip/26.3 {"ci":null,"cpu":"x86_64","implementation":{"name":"CPython","version":"3.12.4"},"python":"3.12.4"}'
UV = 'uv/0.13.9 {"installer":{"name":"uv","version":"0.13.9"},"python":"3.10.2","implementation":{"name":"PyPy"}}'


@pytest.mark.parametrize(
    ("agent", "python"),
    [
        (PIP, ("CPython", (3, 12, 4))),
        (UV, ("PyPy", (3, 10, 2))),
        ("curl/8.0", None),
        ("pip/26.3 {", None),
        ('pip/26.3 {"python": 3}', None),
        ('pip/26.3 {"python": "x", "implementation": {"name": "CPython"}}', None),
        ("x {" + "[" * 10000, None),
    ],
)
def test_what_the_user_agent_says(agent: str, python: object) -> None:
    assert read_python(agent) == python
