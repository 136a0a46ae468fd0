"""What zsh and fish offer for a command line: the shells themselves are asked, each once for many lines.

The shells are those on PATH, or those that ``tools/fetch-shells.sh`` has unpacked in the folder that the variable
DUALVARIANT_SHELLS names.
"""

from __future__ import annotations

import os
import pty
import select
import shlex
import shutil
import subprocess
import sysconfig
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from processes import PATIENCE

__all__ = ["ask_fish", "ask_zsh", "find_shell"]

#: Writes what each completion would add into a file, then a line of its own. Source: zsh's manual, "Completion Widgets"
#: (``compadd -A``, ``comppostfuncs``).
_ZSH = r"""
PS1= RPS1= HISTFILE=
unsetopt prompt_cr prompt_sp beep zle_bracketed_paste 2>/dev/null
unset zle_bracketed_paste
unsetopt auto_list auto_menu list_ambiguous  # a long list would ask a question first
autoload -Uz compinit
compinit -u -D
source "$SCRIPT"
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return $?; fi
  typeset -a hits
  builtin compadd -A hits "$@"
  print -rl -- $hits >> "$FOUND"
  builtin compadd "$@"
}
answered() { print -r -- "$END" >> "$FOUND" }
ask() { comppostfuncs=(answered); zle complete-word; BUFFER= }
zle -C complete-word complete-word _main_complete
zle -N ask
bindkey '^I' ask
print -r -- "$END" >> "$FOUND"
"""
_END = "-- end --"


def find_shell(name: str) -> tuple[Path, dict[str, str]] | None:
    """A shell's program and the variables that it needs; None if there is none."""
    folder = os.environ.get("DUALVARIANT_SHELLS")
    if folder is None or name not in ("zsh", "fish"):
        found = shutil.which(name)
        return None if found is None else (Path(found), {})
    root = Path(folder).resolve()
    multiarch = sysconfig.get_config_var("MULTIARCH") or f"{os.uname().machine}-linux-gnu"
    libraries = root / "usr" / "lib" / multiarch
    program = next(path for path in (root / "bin" / name, root / "usr" / "bin" / name) if path.exists())
    variables = {"LD_LIBRARY_PATH": f"{libraries}:{root / 'lib' / multiarch}"}
    if name == "zsh":
        functions = root / "usr" / "share" / "zsh" / "functions"
        folders = [functions, *sorted(path for path in functions.rglob("*") if path.is_dir())]
        variables["FPATH"] = ":".join(map(str, folders))
        (modules,) = libraries.glob("zsh/*")
        variables["MODULES"] = str(modules)
    return program, variables


def ask_fish(script: Path, lines: Sequence[str], home: Path) -> list[set[str]]:
    """What fish offers for the end of each line."""
    program, variables = find_shell("fish") or (Path("fish"), {})
    commands = [f"source {shlex.quote(str(script))}"]
    for line in lines:
        commands += [f"complete -C {shlex.quote(line)}", f"echo '{_END}'"]
    done = subprocess.run(
        [program, "--no-config", "-c", "\n".join(commands)],
        env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), **variables},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=home,
    )
    assert done.returncode == 0, done.stderr
    answers = done.stdout.split(f"{_END}\n")[:-1]
    return [{entry.partition("\t")[0] for entry in answer.splitlines()} for answer in answers]


def ask_zsh(script: Path, lines: Sequence[str], home: Path) -> list[set[str]]:
    """What zsh offers for the end of each line, where a user presses the Tab key."""
    program, variables = find_shell("zsh") or (Path("zsh"), {})
    found = home / "found"
    found.touch()
    prepare = home / "prepare.zsh"
    prepare.write_text(_ZSH, encoding="utf-8")
    folder = home / "empty"
    folder.mkdir()
    environ = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "TERM": "dumb", "END": _END}
    environ |= {"SCRIPT": str(script), "FOUND": str(found), **variables}
    with _open_terminal(program, environ, folder) as terminal:
        modules = '[[ -n $MODULES ]] && module_path=("$MODULES"); '
        os.write(terminal, f"{modules}source {shlex.quote(str(prepare))}\n".encode())
        _wait_for_answers(terminal, found, 1)
        for number, line in enumerate(lines):
            os.write(terminal, f"{line}\t".encode())
            _wait_for_answers(terminal, found, number + 2)
    answers = found.read_text(encoding="utf-8").split(f"{_END}\n")[1:-1]
    return [set(filter(None, answer.splitlines())) for answer in answers]


@contextmanager
def _open_terminal(program: Path, environ: dict[str, str], folder: Path) -> Iterator[int]:
    """Start zsh, without its settings files, on a terminal of its own; it ends with the context."""
    ours, its = pty.openpty()
    child = subprocess.Popen([program, "-f", "-i"], stdin=its, stdout=its, stderr=its, env=environ, cwd=folder)
    os.close(its)
    try:
        yield ours
    finally:
        child.kill()
        child.wait()
        os.close(ours)


def _wait_for_answers(terminal: int, found: Path, number: int) -> None:
    """Wait for the end of an answer, and read what the shell draws, or it would stop; an error if the shell ends."""
    drawn = b""
    end = time.monotonic() + PATIENCE
    while found.read_text(encoding="utf-8").count(f"{_END}\n") < number:
        assert time.monotonic() < end, f"zsh does not answer: {drawn.decode(errors='replace')}"
        if select.select([terminal], [], [], 0.02)[0]:
            try:
                drawn += os.read(terminal, 65536)
            except OSError:
                raise AssertionError(f"zsh has ended: {drawn.decode(errors='replace')}") from None
