"""What an ``exec`` changes in the environment is undone for a ``dualvariant`` inside of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dualvariant.launch.outer import OUTER_VARIABLE, record_changes, restore_environment

ENVIRONMENTS = st.dictionaries(st.sampled_from(["A", "B", "C", "D"]), st.sampled_from(["", "1", "2"]))


@given(ENVIRONMENTS, ENVIRONMENTS)
def test_it_is_as_it_was(before: dict[str, str], after: dict[str, str]) -> None:
    found = record_changes(before, after)
    assert {name: value for name, value in found.items() if name != OUTER_VARIABLE} == after
    restore_environment(found)
    assert found == before


@given(ENVIRONMENTS, ENVIRONMENTS)
def test_what_was_changed_again_stays(before: dict[str, str], after: dict[str, str]) -> None:
    found = {**record_changes(before, after), "A": "mine"}
    restore_environment(found)
    assert found == {**before, "A": "mine"}


def test_a_variable_of_somebody_else_does_no_harm() -> None:
    for text in ("", "[]", '{"A": 1}', '{"A": ["x"]}', "no JSON"):
        environment = {OUTER_VARIABLE: text, "A": "1"}
        restore_environment(environment)
        assert environment == {"A": "1"}
