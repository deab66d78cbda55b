"""Sites as this Python reports them: what is at work is found, or refused where it cannot be told."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tripwire._writing._edits import Unwritable
from tripwire._writing._sites import Site, sites
from tripwire._writing._source import SourceFile

EXACT = sys.version_info >= (3, 11)


def _sites() -> tuple[Site, ...]:
    """Those in the text that is run: this file is no file of tripwire's either."""
    return tuple(site for site in sites() if site.filename != __file__)


class Witness:
    """Stands for tripwire: notes the sites at which it is used, and where."""

    def __init__(self) -> None:
        self.seen: list[tuple[Site, ...]] = []
        self.lines: list[int] = []

    def __enter__(self) -> Witness:
        self.seen.append(_sites())
        return self

    def __exit__(self, *_: object) -> None:
        pass

    async def __aenter__(self) -> Witness:
        self.seen.append(_sites())
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    def assert_it(self, *_: object, **__: object) -> Witness:
        self.seen.append(_sites())
        return self

    def expect(self, *_: object, **__: object) -> Witness:
        self.lines.append(_sites()[0].lineno)
        return self

    def sandbox(self) -> Witness:
        return self


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Runs a text as a file of the user's; gives what has been seen, and the file."""

    def running(text: str) -> tuple[Witness, SourceFile]:
        path, tw = tmp_path / "test_it.py", Witness()
        path.write_text(text)
        names = {"tw": tw, "asyncio": asyncio, "contextlib": contextlib}
        exec(compile(text, str(path), "exec"), names)
        return tw, SourceFile.read(str(path))

    return running


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("with tw:\n    pass\n", ["with tw:"]),
        ("with tw: pass\n", ["with tw:"]),
        (
            "with tw.sandbox() as a, tw:\n    with tw:\n        1\n",
            ["with tw.sandbox()", "with tw.sandbox()", "with tw:"],
        ),
        ("with (\n    tw as a,\n    tw.sandbox() as b,\n):\n    pass\n", ["with (", "with ("]),
        (
            "async def f():\n  async with tw.sandbox(\n  ) as a:\n    pass\nasyncio.run(f())\n",
            ["async with tw.sandbox("],
        ),
        (
            "with contextlib.ExitStack() as stack:\n    x = stack.enter_context(tw.sandbox())\n",
            ["with contextlib.ExitStack()"],
        ),
        (
            "@contextlib.contextmanager\ndef f():\n    with tw:\n        yield\nwith f():\n    pass\n",
            ["with tw:"],
        ),
        ("if 1:\n    def f():\n        with tw: return\n    f(); x = f()\n", ["with tw:", "with tw:"]),
    ],
)
def test_sandboxes(text: str, found: list[str], run: Any) -> None:
    tw, source = run(text)
    starts = [source.sandbox(seen[0]).start for seen in tw.seen]
    assert [source.text[start : start + len(one)] for start, one in zip(starts, found, strict=True)] == found


def test_the_user_of_a_context_manager(run: Any) -> None:
    tw, source = run(
        "@contextlib.contextmanager\ndef f():\n    with tw:\n        yield\nwith f():\n    pass\n"
    )
    inner, outer, *_ = tw.seen[0]
    assert source.sandbox(inner).yields
    assert source.sandbox(inner).function == 1
    assert source.line_of(source.sandbox(outer).start) == 5
    assert not source.sandbox(outer).yields


def test_no_with(run: Any) -> None:
    tw, source = run("tw.__enter__()\n")
    with pytest.raises(Unwritable, match="the sandbox is not opened by `with`"):
        source.sandbox(tw.seen[0][0])


CALLS = {
    "tw.assert_it(1)\n": ["tw.assert_it(1)"],
    "é = 'ü'; tw.assert_it('ß'); x = 'ö'\n": ["tw.assert_it('ß')"],
    "(tw\n  .assert_it(\n    1,\n    a=2)\n)\n": ["tw\n  .assert_it(\n    1,\n    a=2)"],
    "(tw\n  .assert_it(1))\n": ["tw\n  .assert_it(1)"],
    "tw.assert_it(\n    1\n).assert_it(2)\n": [
        "tw.assert_it(\n    1\n)",
        "tw.assert_it(\n    1\n).assert_it(2)",
    ],
    "x = [\n    tw.assert_it(1),\n    tw.assert_it(2),\n]\n": ["tw.assert_it(1)", "tw.assert_it(2)"],
    "for x in (1, 2): tw.assert_it(x)\n": ["tw.assert_it(x)", "tw.assert_it(x)"],
    "[tw.assert_it(x) for x in (1,)]\n": ["tw.assert_it(x)"],
    "check = lambda: tw.assert_it(1)\ncheck()\n": ["tw.assert_it(1)"],
}


@pytest.mark.parametrize("text", CALLS)
def test_calls(text: str, run: Any) -> None:
    tw, source = run(text)
    places = [source.call(seen[0]) for seen in tw.seen]
    assert [source.text[place.start : place.end] for place in places] == CALLS[text]


def test_several_calls_of_a_name_on_a_line(run: Any) -> None:
    tw, source = run("tw.assert_it(1); tw.assert_it(2)\n")
    if EXACT:
        places = [source.call(seen[0]) for seen in tw.seen]
        assert [source.text[place.start : place.end] for place in places] == [
            "tw.assert_it(1)",
            "tw.assert_it(2)",
        ]
        assert [source.after(seen[0]).end for seen in tw.seen] == [17, 32]
    else:
        for step in (source.call, source.after):
            with pytest.raises(Unwritable, match=r"line 1 has (2 calls of assert_it|several statements)"):
                step(tw.seen[0][0])


def test_in_an_f_string(run: Any) -> None:
    tw, source = run("x = f'{tw.assert_it(1)}'\n")
    with pytest.raises(Unwritable, match="line 1 has 0 calls of assert_it"):
        source.call(tw.seen[0][0])


def test_the_callers_statement(run: Any) -> None:
    tw, source = run("def f():\n    with tw:\n        return 1\nx = [\n    f()\n]; y = 1\n")
    inner, outer = tw.seen[0]
    assert source.sandbox(inner).after is None
    spot = source.after(outer)
    assert source.text[spot.start : spot.end] == "; "


@pytest.mark.parametrize(
    "text",
    [
        "tw.expect('a', r=1).expect('b', r=2).expect('a', r=1)\n",
        "(tw\n  .expect('a', r=1)\n  .expect('b', r=2)\n  .expect('a', r=1))\n",
        "(\n  tw.expect('a').expect(\n    'b'\n  ).expect('a',\n  r=1)\n)\n",
        "tw.expect('a')\ntw.expect('b')\ntw.expect('a')\n",
    ],
)
def test_registrations(text: str, run: Any) -> None:
    """Of those alike on a line the last one is unused, then the one before."""
    tw, source = run(text)
    taken: list[int] = []
    found = []
    for method, line in [("b", tw.lines[1]), ("a", tw.lines[2]), ("a", tw.lines[0])]:
        place = source.registration(line, f"toy session 1.expect({method!r}, returns=1)", taken)
        taken.append(place.end)
        found.append(place.node.args[0].value)
    assert found == ["b", "a", "a"]
    assert len(set(taken)) == 3
    assert taken[2] < taken[0] < taken[1]


def test_no_registration(run: Any) -> None:
    _, source = run("x = 1\nprint(x)\n")
    for line in (1, 2):
        with pytest.raises(Unwritable, match=f"line {line} registers nothing that can be told apart"):
            source.registration(line, "toy.reply(1)", ())


@pytest.mark.parametrize(
    ("call", "name", "position", "found"),
    [
        ("f(1, b=2)", "a", 0, "1"),
        ("f(1, b=2)", "b", 1, "2"),
        ("f(1, b=2)", "c", 2, None),
        ("f(1, b=2)", "c", None, None),
        ("f(1, *x)", "a", 0, "1"),
        ("f(b=2, **x)", "b", None, "2"),
    ],
)
def test_arguments(call: str, name: str, position: int | None, found: str | None, exact_writer: Any) -> None:
    source, (site,) = exact_writer.read(f"⟦{call}⟧\n")
    node = source.argument(source.call(site), name, position)
    assert (node and source.segment(node)) == found


@pytest.mark.parametrize(("call", "position"), [("f(1, *x)", 1), ("f(*x)", 0), ("f(**x)", None)])
def test_unpacked_arguments(call: str, position: int | None, exact_writer: Any) -> None:
    source, (site,) = exact_writer.read(f"⟦{call}⟧\n")
    with pytest.raises(Unwritable, match="b may be in what the call unpacks"):
        source.argument(source.call(site), "b", position)


def test_several_statements_on_a_line(exact_writer: Any) -> None:
    source, _ = exact_writer.read("f(); f()\n")
    with pytest.raises(Unwritable) as caught:
        source.before(exact_writer.site(1, "f"))
    assert str(caught.value) == "line 1 has several statements, and which one is at work is not known"


@pytest.mark.parametrize("callee", ["f", "__enter__"])
def test_lines_that_are_gone(callee: str, exact_writer: Any) -> None:
    source, _ = exact_writer.read("\nx = 1\n\n")
    for line in (1, 3, 9):
        with pytest.raises(Unwritable, match=f"line {line} is not what it was"):
            source.before(exact_writer.site(line, callee))


def test_in_any_order(exact_writer: Any) -> None:
    text = "with tripwire.in_any_order():\n    ⟦a()⟧\n    def f():\n        ⟦b()⟧\n⟦c()⟧\n"
    source, found = exact_writer.read(text)
    assert [source.is_in_any_order(source.after(site)) for site in found] == [True, False, False]
    assert [source.is_in_any_order(source.before(site)) for site in found] == [True, False, False]


def test_a_thread_has_no_pytest_below_it() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(sites).result() == ()
