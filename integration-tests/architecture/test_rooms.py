"""What the import contracts in pyproject.toml cannot see: who touches private names, and how long files are."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

LIBS = Path(__file__).parents[2] / "libs"
LONGEST = 400

# The modules that touch private names of somebody else's objects, and whose.
SEAMS = {
    "tripwire/_conflicts.py": "pytest",  # finds who has patched a target
    "tripwire/_mock.py": "asyncio",  # how asyncio marks a coroutine function
    "tripwire/_patching.py": "wrapt",
    "_verifying/_run.py": "pytest",  # the scope and value of a fixture that only the configuration names
    "asyncpg_plugin/_overhearing.py": "asyncpg",
    "asyncpg_plugin/_real_seam.py": "asyncpg",
    "asyncpg_plugin/_seam.py": "asyncpg",
    "http_plugin/_aiohttp.py": "aiohttp",
    "http_plugin/_aiohttp_call.py": "aiohttp",
    "http_plugin/_aiohttp_transport.py": "aiohttp",
    "http_plugin/_http_client.py": "http.client",
    "http_plugin/_urllib3.py": "urllib3",
    "_processes/_pipes.py": "asyncio",
    "_processes/_popen_seam.py": "subprocess",
    "_processes/_timeouts.py": "subprocess",
    "_processes/_transport.py": "asyncio",
}
# Private by their underscore alone: documented, and there for everybody.
DOCUMENTED = {"_asdict", "_current_frames", "_getframe", "_replace"}


def sources() -> list[Path]:
    return sorted(LIBS.glob("*/src/**/*.py"))


def room(file: Path) -> str:
    return "/".join(file.parts[-2:])


def defined(tree: ast.AST) -> Iterator[str]:
    """The names that code of ours gives to something."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.alias(name=name):
                yield name.rpartition(".")[2]
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                yield name


def test_only_the_named_modules_touch_private_names_of_others() -> None:
    trees = {room(file): ast.parse(file.read_text()) for file in sources()}
    ours = {name for tree in trees.values() for name in defined(tree)} | DOCUMENTED
    touched = defaultdict(set)
    for file, tree in trees.items():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and node.attr.startswith("_")
                and not node.attr.startswith("__")
            ):
                touched[file].add(node.attr)
    foreign = {file: names - ours for file, names in touched.items() if names - ours}
    assert sorted(foreign) == sorted(SEAMS), foreign


def test_no_file_is_too_long() -> None:
    tests = [
        *LIBS.glob("*/tests/**/*.py"),
        *LIBS.parent.glob("integration-tests/**/*.py"),
        *LIBS.parent.glob("examples/**/*.py"),
    ]
    lengths = {
        str(file.relative_to(LIBS.parent)): len(file.read_text().splitlines())
        for file in [*sources(), *tests]
    }
    assert {file: length for file, length in lengths.items() if length > LONGEST} == {}
