"""What the command line asks for, as messages repeat it."""

from __future__ import annotations

import pytest

from dualvariant.requirements.request import InvalidRequirementError, parse_request, show_requirement


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("al pha", "al pha"),
        ("http://host/a.whl", "http://host/a.whl"),
        ("http://me:secret@host/a.whl", "http://host/a.whl"),
        ("a[x] @ http://host/a.whl", "a[x] @ http://host/a.whl"),
        ("a[x] @ http://me:secret@host/a.whl", "a[x] @ http://host/a.whl"),
        ("a@ http://me:secret@host/a b.whl", "a@ http://host/a%20b.whl"),
    ],
)
def test_a_message_repeats_an_address_without_its_login(text: str, shown: str) -> None:
    assert show_requirement(text) == shown


def test_a_line_that_ends_is_one() -> None:
    assert parse_request("alpha<2\n") == parse_request("alpha<2")


def test_an_error_repeats_no_login() -> None:
    with pytest.raises(InvalidRequirementError) as caught:
        parse_request("a [x @ http://me:secret@host/a.whl")
    assert "secret" not in str(caught.value)
