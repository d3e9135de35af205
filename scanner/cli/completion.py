"""`tenantproof completion`: a script by which a shell completes commands, options and their values."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator

from scanner.base.record import record
from scanner.outputs import FORMATS

SHELLS = ("bash", "fish", "zsh")
_SAFE = re.compile(r"[A-Za-z0-9_.:/=-]+")


@record
class Described:
    """One command by its words after `tenantproof`: what it is for, its options and which of them take what."""

    words: tuple[str, ...]
    help: str
    commands: tuple[str, ...]
    flags: tuple[tuple[str, str], ...]
    """Options that take nothing, and what they say."""
    valued: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Options that take a value, what they say, and their choices; without choices it is a file's name or any text."""


def run(options: argparse.Namespace) -> int:
    from scanner.cli.arguments import parser_of_all

    described = list(_described(parser_of_all(), (), ""))
    make = {"bash": _bash, "fish": _fish, "zsh": _zsh}[options.shell]
    sys.stdout.write(make(described))
    return 0


def _described(parser: argparse.ArgumentParser, words: tuple[str, ...], said: str) -> Iterator[Described]:
    flags: list[tuple[str, str]] = []
    valued: list[tuple[str, str, tuple[str, ...]]] = []
    commands: dict[str, argparse.ArgumentParser] = {}
    helps: dict[str, str] = {}
    for action in parser._actions:  # noqa: SLF001  # argparse has no other way to list them
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            commands = dict(action.choices)
            helps = {each.dest: each.help or "" for each in action._choices_actions}  # noqa: SLF001
        for name in action.option_strings:
            text = (action.help or "").splitlines()[0] if action.help else ""
            if action.nargs == 0:
                flags.append((name, text))
            else:
                known = action.choices or (FORMATS if name == "--format" else ())
                choices = tuple(str(each) for each in known if _SAFE.fullmatch(str(each)))
                valued.append((name, text, choices))
    yield Described(words, said, tuple(commands), tuple(flags), tuple(valued))
    for name, below in commands.items():
        yield from _described(below, (*words, name), helps.get(name, ""))


_BASH = """\
# bash completion of tenantproof; load it with: eval "$(tenantproof completion bash)"
_tenantproof() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} command="" word index
    for ((index = 1; index < COMP_CWORD; index++)); do
        word=${{COMP_WORDS[index]}}
        case "$command $word" in
{steps}
        esac
    done
    case "$command $previous" in
{values}
    esac
    case "$command" in
{words}
    esac
    if [[ $current != -* ]]; then
        COMPREPLY+=($(compgen -f -- "$current"))
    fi
}}
complete -o filenames -F _tenantproof tenantproof
"""


def _bash(described: list[Described]) -> str:
    steps = [
        f'            "{_said(each.words[:-1])} {each.words[-1]}") command="{_said(each.words)}" ;;'
        for each in described
        if each.words
    ]
    values = [
        f'        "{_said(each.words)} {name}") '
        f'COMPREPLY=($(compgen {_list(choices) if choices else "-f"} -- "$current")); return ;;'
        for each in described
        for name, _, choices in each.valued
    ]
    words = []
    for each in described:
        ending = "; return" if each.commands else ""  # files are no commands
        offered = f'COMPREPLY=($(compgen {_list(_names(each))} -- "$current")){ending} ;;'
        words.append(f'        "{_said(each.words)}") {offered}')
    return _BASH.format(steps="\n".join(steps), values="\n".join(values), words="\n".join(words))


def _said(words: tuple[str, ...]) -> str:
    return " ".join(words)


def _list(words: tuple[str, ...]) -> str:
    return f'-W "{" ".join(words)}"'


def _names(each: Described) -> tuple[str, ...]:
    return (*each.commands, *(name for name, _ in each.flags), *(name for name, _, _ in each.valued))


def _zsh(described: list[Described]) -> str:
    """zsh runs functions of bash's kind, which keeps one account of what completes what."""
    head = '# zsh completion of tenantproof; load it with: eval "$(tenantproof completion zsh)"\n'
    setup = "autoload -U +X bashcompinit && bashcompinit\n"
    return head + setup + "".join(_bash(described).splitlines(keepends=True)[1:])


def _fish(described: list[Described]) -> str:
    lines = ["# fish completion of tenantproof; load it with: tenantproof completion fish | source"]
    for each in described:
        under = _fish_condition(each)
        by_name = {other.words[-1]: other.help for other in described if other.words[:-1] == each.words and other.words}
        lines += [f"complete -c tenantproof {under} -f -a {name} -d {_quoted(by_name[name])}" for name in each.commands]
        lines += [f"complete -c tenantproof {under} {_fish_name(name)} -d {_quoted(text)}" for name, text in each.flags]
        for name, text, choices in each.valued:
            taken = f"-x -a '{' '.join(choices)}'" if choices else "-r"
            lines.append(f"complete -c tenantproof {under} {_fish_name(name)} {taken} -d {_quoted(text)}")
    return "\n".join(lines) + "\n"


def _fish_condition(each: Described) -> str:
    if not each.words:
        return "-n __fish_use_subcommand"
    seen = " && ".join(f"__fish_seen_subcommand_from {word}" for word in each.words)
    if each.commands:
        seen += f" && not __fish_seen_subcommand_from {' '.join(each.commands)}"
    return f"-n '{seen}'"


def _fish_name(name: str) -> str:
    return f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("%%", "%")
    return f"'{escaped}'"


__all__ = ["SHELLS", "run"]
