"""The question to one provider, put in the process in which foreign code runs; ``_child.py`` brings it here."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["answer"]

#: Fetches the values of environment variables that the provider may see; those that it may not are missing.
Fetch = Callable[[list[str]], dict[str, str]]

#: Tells the supervisor what the answer depends on, by name with its state, in case there will be no answer.
Notice = Callable[[dict[str, Any]], None]


def answer(question: dict[str, Any], fetch: Fetch, notice: Notice, closed: list[str]) -> str:
    """The answer in JSON; where the provider fails, what it did, in which step, and what that depends on.

    Args:
        question: what to ask whom, as :mod:`dualvariant.host.runner` writes it.
        fetch: hands over environment variables.
        notice: tells what the answer depends on as soon as it is known: a provider that crashes tells nothing.
        closed: what the process has given up (:func:`dualvariant.host._fence.close_fence`).
    """
    from dualvariant.host._libraries import LibraryWatch
    from dualvariant.host.contracts import ContractError

    step = "its import"
    depends_on: dict[str, Any] = {}
    watch = LibraryWatch(notice)
    detail: dict[str, Any] = {}

    def enter(name: str) -> None:
        nonlocal step
        step = name

    if question.get("machine") is not None:
        from dualvariant.host._machine import pretend

        pretend(question["machine"])
    try:
        said = _ask(question, enter, depends_on, fetch, notice)
        if question.get("detail"):
            detail = {"closed": closed}
        return json.dumps({**said, **detail, "depends_on": {**depends_on, **watch.read_states()}})
    except ContractError as error:
        problem = str(error)
    except SystemExit as error:
        problem = f"{step} called sys.exit({error.code!r})"
    except BaseException as error:
        problem = f"{step} raised {_describe(error)}"
        if question.get("detail"):
            detail = {"traceback": _describe_traceback(error)}
    detail |= {"step": step, "closed": closed} if question.get("detail") else {}
    return json.dumps({"error": problem, **detail, "depends_on": {**depends_on, **watch.read_states()}})


def _describe(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"[:1000]
    except Exception:  # __str__ is foreign code too
        return type(error).__name__


def _describe_traceback(error: BaseException) -> str:
    """The traceback without our own frames, which tell an author nothing."""
    import traceback

    ours = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    try:
        lines = traceback.TracebackException.from_exception(error)
        frames = [f for f in lines.stack if not f.filename.startswith((ours, "<frozen importlib"))]
        lines.stack = traceback.StackSummary.from_list(
            [f for f in frames if f"{os.sep}importlib{os.sep}" not in f.filename]
        )
        return "".join(lines.format(chain=False))[:20_000]
    except Exception:  # so are the attributes that a traceback shows
        return ""


def _ask(
    question: dict[str, Any], step: Callable[[str], None], depends_on: dict[str, Any], fetch: Fetch, notice: Notice
) -> dict[str, Any]:
    contract = import_module(f"dualvariant.host.contracts.{question['contract']}")
    provider = contract.load(question["target"], step)
    said: dict[str, Any] = contract.identify(provider, step)
    if "properties" in question:
        _fetch_variables(contract, provider, step, fetch)
        said["flags"] = [
            contract.ask_build_flags(provider, key, value, question["compiler"], step)
            for key, value in question["properties"]
        ]
    elif "missing" in question:
        _fetch_variables(contract, provider, step, fetch)
        said["why"] = [
            contract.ask_why_not(provider, key, value, question["supported"], step)
            for key, value in question["missing"]
        ]
    else:
        depends_on.update(_fetch_variables(contract, provider, step, fetch))  # before anything is detected
        notice(depends_on)
        said["config"] = contract.ask_config(provider, step)
    return said


def _fetch_variables(contract: Any, provider: Any, step: Callable[[str], None], fetch: Fetch) -> dict[str, Any]:
    """Put the variables that the provider names into the environment; the state of everything that it names."""
    from dualvariant.host._depends import VARIABLE, read_state

    states: dict[str, Any] = contract.read_dependencies(provider, step)
    names = [name[len(VARIABLE) :] for name in states if name.startswith(VARIABLE)]
    if names:
        os.environ.update(fetch(names))
        states |= {name: read_state(name) for name in states if name.startswith(VARIABLE)}
    return states
