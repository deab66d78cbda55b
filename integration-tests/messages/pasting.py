"""Puts the code of a message into the test that it came from, as a person would who does what the message says."""

from __future__ import annotations

import ast
import re
import textwrap

BEFORE = "put this before the sandbox:"
STEP = "add this step to it:"
AFTER = "put this after the sandbox:"
INSTEAD = "as it happened"
FIRST = "assert this first"


def mended(source: str, file: str, text: str) -> str:
    """The test after all has been pasted that pytest says; the same if there is nothing to paste."""
    at = [int(line) for line in re.findall(rf"^{re.escape(file)}:(\d+): in test_", text, re.MULTILINE)]
    for heading, code in _pastes(text):
        code, source = _named(code, source, file)
        lines = source.splitlines()
        if BEFORE in heading:
            where = next(
                number for number, line in enumerate(lines) if re.match(r" +(async )?with .*tripwire", line)
            )
            lines[where:where] = textwrap.indent(code, _indent(lines[where])).splitlines()
        elif STEP in heading:
            where = _place_of_step(lines, text)
            beside = lines[where - 1]
            session = "session" if beside.lstrip().startswith("session.") else ""
            lines[where:where] = [_indent(beside) + session + code]
        elif AFTER in heading:
            lines += ["", *textwrap.indent(code, "    ").splitlines()]
        else:
            where = at[-1] - 1
            end = _end_of_statement(source, where + 1) if INSTEAD in heading else where
            lines[where:end] = textwrap.indent(code, _indent(lines[where])).splitlines()
        source = "\n".join(lines) + "\n"
    return source


def _pastes(text: str) -> list[tuple[str, str]]:
    """Each block of code in a message, with the line above it."""
    lines = [re.sub(r"^(E  | {3}) ?( *\| )?", "", line) for line in text.splitlines()]
    found = []
    for number, line in enumerate(lines):
        if any(heading in line for heading in (BEFORE, STEP, AFTER, INSTEAD, FIRST)) and line.endswith(
            ":" if FIRST not in line else "`"
        ):
            code = []
            for following in lines[number + 1 :]:
                if not following.startswith("    "):
                    break
                code.append(following)
            found.append((line, textwrap.dedent("\n".join(code))))
    return found


def _named(code: str, source: str, file: str) -> tuple[str, str]:
    """Give a mock a name where the code asks for it."""
    asked = re.search(rf"# give it a name first \({re.escape(file)}:(\d+)\): (\w+) = .*\n", code)
    if asked is None:
        return code, source
    lines = source.splitlines()
    where = int(asked[1]) - 1
    lines[where] = f"{_indent(lines[where])}{asked[2]} = {lines[where].strip()}"
    return code.replace(asked[0], ""), "\n".join(lines) + "\n"


def _place_of_step(lines: list[str], text: str) -> int:
    """Before the step that was the next one, or behind the last."""
    following = re.search(r"expect\('(\w+)'.*it is the next step", text)
    steps = [number for number, line in enumerate(lines) if ".expect(" in line]
    if following is not None:
        return next(number for number in steps if f'.expect("{following[1]}"' in lines[number])
    return steps[-1] + 1


def _end_of_statement(source: str, line: int) -> int:
    ends = [
        node.end_lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and node.lineno == line
    ]
    return max(end for end in ends if end is not None)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
