"""Fixtures that use tripwire: of function scope they may, of a wider scope they must not."""

from __future__ import annotations

import pytest

from runners.conftest import Inner
from runners.suites import AUTO

FIXTURES = """
import pytest, threading, tripwire
genuine = threading.Thread.start

@pytest.fixture
def box():
    repo = tripwire.mock("box").returns(1)
    with tripwire:
        yield repo
    repo.assert_call(args=("box",))

@pytest.fixture
async def async_box():
    repo = tripwire.mock("async_box").returns(2)
    async with tripwire:
        yield repo
    repo.assert_call(args=("async_box",))

@pytest.fixture
def base():
    repo = tripwire.mock("base").returns(1)
    with tripwire:
        yield repo
    repo.assert_call(args=("base",))
    (call,) = [call for call in tripwire.current_verifier().timeline if not call.asserted]
    tripwire.assert_interaction(call.source, args=("outer",))

@pytest.fixture
def outer(base):
    repo = tripwire.mock("outer").returns(3)
    with tripwire:
        yield repo

@pytest.fixture
def asserts_too_early(empty):
    repo = tripwire.mock("early").returns(3)
    with tripwire:
        yield repo
    repo.assert_call()

@pytest.fixture
def empty():
    with tripwire:
        yield

@pytest.fixture
def forgets():
    repo = tripwire.mock("forgets").returns(4)
    tripwire.sandbox().__enter__()
    yield repo

@pytest.fixture
def fails():
    tripwire.mock("fails").returns(5)
    tripwire.sandbox().__enter__()
    raise LookupError("set-up")

@pytest.fixture
async def async_fails():
    tripwire.mock("async_fails").returns(6)
    await tripwire.sandbox().__aenter__()
    raise LookupError("async set-up")

def test_by_value(request):
    assert request.getfixturevalue("box")("box") == 1

def test_async_by_value(request):
    assert request.getfixturevalue("async_box")("async_box") == 2

async def test_async(async_box):
    assert async_box("async_box") == 2

async def test_async_with_a_sync_fixture(box):
    assert box("box") == 1

def test_nested(outer, base):
    assert base("base") == 1
    assert outer("outer") == 3

def test_nested_and_asserted_too_early(asserts_too_early):
    asserts_too_early()

def test_forgets(forgets):
    assert forgets() == 4

def test_fails(fails): pass

def test_async_fails(async_fails): pass

@pytest.mark.parametrize("number", range(3))
def test_parametrised(box, number):
    assert box("box" if number != 1 else number) == 1

def test_nothing_is_left():
    assert threading.Thread.start is genuine
    verifier = tripwire.current_verifier()
    assert not verifier.trips and not list(verifier.timeline) and verifier.innermost_open() is None
"""


def test_fixtures_of_function_scope(inner: Inner) -> None:
    result = inner(plugins=("asyncio",), ini=AUTO, test_fixtures=FIXTURES)
    result.assert_outcomes(passed=11, errors=5)
    check_fixtures(result)


def check_fixtures(result: pytest.RunResult) -> None:
    """The reports of FIXTURES."""
    result.stdout.fnmatch_lines(
        [
            "*_ ERROR at teardown of test_nested_and_asserted_too_early _*",
            "E *AssertionInsideSandboxError: early was asserted inside the sandbox  (test_fixtures.py:*)",
            "*_ ERROR at teardown of test_forgets _*",
            "E *UnassertedInteractionsError: 1 interaction was not asserted:",
            "*- forgets() returned 4  (test_fixtures.py:*)",
            "*_ ERROR at setup of test_fails _*",
            "E *LookupError: set-up",
            "*_ ERROR at setup of test_async_fails _*",
            "E *LookupError: async set-up",
            "*_ ERROR at teardown of test_parametrised?1? _*",
            "E *InteractionMismatchError: the next interaction of box differs  (test_fixtures.py:*):",
        ]
    )


WIDE = """
import pytest, tripwire

@pytest.fixture(scope="{scope}")
{kind}def {name}():
    {with_}with tripwire:
        yield

@pytest.fixture(scope="{scope}")
{kind}def {name}_asks(tripwire_verifier):
    yield

class Test{name}:
    def test_it(self, {name}):
        pass

    def test_asks(self, {name}_asks):
        pass
"""


def test_fixtures_of_wider_scopes(inner: Inner) -> None:
    files = {}
    for kind in ("", "async "):
        for scope in ("class", "module", "package", "session"):
            name = f"{kind.strip()}_{scope}"
            files[f"test_{name}"] = WIDE.format(scope=scope, kind=kind, name=name, with_=kind)
    ini = "asyncio_mode = auto\nasyncio_default_fixture_loop_scope = session\n"
    result = inner(plugins=("asyncio",), ini=ini, **files)
    result.assert_outcomes(errors=16)
    for name in files:
        fixture, _, scope = name.removeprefix("test").rpartition("_")
        result.stdout.fnmatch_lines_random(
            [
                f"E *NoActiveVerifierError: tripwire was used in the fixture '{fixture[1:]}_{scope}', whose scope is "
                f"'{scope}': what it catches belongs to one test.",
                "E *Give the fixture function scope, or open the sandbox in a function-scoped fixture that uses it",
                f"ScopeMismatch: You tried to access the function scoped fixture tripwire_verifier with a {scope} "
                "scoped request object.*",
            ]
        )
