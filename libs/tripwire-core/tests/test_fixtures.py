"""Fixtures of a test may use tripwire; those of several tests must not."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("ini")


FIXTURES = """
import pytest, tripwire

@pytest.fixture
def sync_box():
    repo = tripwire.mock("repo").returns(1)
    with tripwire:
        yield repo
    repo.assert_call()

@pytest.fixture
async def async_box():
    repo = tripwire.mock("repo").returns(1)
    async with tripwire:
        yield repo
    repo.assert_call()
"""


@pytest.mark.parametrize("scope", ["function", "module", "session"])
@pytest.mark.parametrize("fixture", ["sync_box", "async_box"])
def test_fixtures_may_open_the_sandbox_and_assert_after_yield(
    pytester: pytest.Pytester, fixture: str, scope: str
) -> None:
    pytester.makeini(
        f"[pytest]\nasyncio_mode=auto\nasyncio_default_fixture_loop_scope={scope}\n"
        f"asyncio_default_test_loop_scope={scope}\n"
    )
    pytester.makepyfile(
        FIXTURES
        + f"async def test_async({fixture}):\n    {fixture}()\n"
        + f"def test_sync({fixture}):\n    {fixture}()\n"
        + "def test_after():\n    assert tripwire.current_verifier().innermost_open() is None\n"
    )
    pytester.runpytest("-p", "no:randomly").assert_outcomes(passed=3)


def test_real_clean_up_after_an_async_fixture_closed_its_sandbox(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        FIXTURES
        + """
import json

@pytest.fixture
def cleaned():
    yield
    assert json.dumps(1) == "1"

@pytest.fixture
async def spied():
    tripwire.mock("json:dumps").required(False)
    async with tripwire:
        yield

async def test_it(cleaned, spied):
    pass
"""
    )
    pytester.runpytest().assert_outcomes(passed=1)


@pytest.mark.parametrize("scope", ["class", "module", "package", "session"])
@pytest.mark.parametrize("use", ["with tripwire: pass", "tripwire.mock('x')", "tripwire.current_verifier()"])
def test_a_wider_fixture_must_not_use_tripwire(pytester: pytest.Pytester, scope: str, use: str) -> None:
    pytester.makepyfile(
        f"""
        import pytest, tripwire
        @pytest.fixture(scope="{scope}")
        def database():
            {use}
        def test_it(database):
            pass
        """
    )
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            f"E *NoActiveVerifierError: tripwire was used in the fixture 'database', whose scope is '{scope}': "
            "what it catches belongs to one test.",
            "E *Give the fixture function scope, or open the sandbox in a function-scoped fixture that uses it",
        ]
    )


def test_use_while_no_test_is_running(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import tripwire\ntripwire.mock('x')\ndef test_it():\n    pass\n")
    result = pytester.runpytest_subprocess()  # in this process a test, this one, is running
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "E *NoActiveVerifierError: tripwire was used while no test was running.",
            "E *Use it in a test or in a function-scoped fixture, with tripwire's pytest plugin active "
            "(no -p no:tripwire); outside pytest, make a tripwire.StrictVerifier()",
        ]
    )


def test_a_wider_fixture_must_not_use_tripwire_after_its_yield(pytester: pytest.Pytester) -> None:
    cases = [(kind, scope) for kind in ("", "async ") for scope in ("class", "module", "package", "session")]
    pytester.makepyfile(
        "import pytest, pytest_asyncio, tripwire\n"
        + "".join(
            f"""
@pytest_asyncio.fixture(scope="{scope}", loop_scope="{scope}")
{kind}def {kind.strip()}_{scope}():
    yield
    tripwire.mock("x")
@pytest.fixture(scope="{scope}")
def user_of_{kind.strip()}_{scope}({kind.strip()}_{scope}):
    yield
class Test{kind.strip()}{scope}:
    def test_it(self, user_of_{kind.strip()}_{scope}):
        tripwire.mock("x").required(False)
"""
            for kind, scope in cases
        )
    )
    result = pytester.runpytest("-p", "no:randomly")
    result.assert_outcomes(passed=8, errors=3)  # the last test has the errors of what is wider than a class
    for kind, scope in cases:
        result.stdout.fnmatch_lines_random(
            f"*NoActiveVerifierError: tripwire was used in the fixture '{kind.strip()}_{scope}', whose scope is "
            f"'{scope}': what it catches belongs to one test."
        )


ONCE_FOR_MANY = {
    "setUpClass": (
        "class TestIt(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls):\n        tripwire.mock('x')\n"
        "    def test_it(self): pass\n",
        "setUpClass or tearDownClass of 'TestIt', which runs once for the whole class: what it catches "
        "belongs to one test.",
        "setUp",
    ),
    "tearDownClass": (
        "class TestIt(unittest.TestCase):\n    @classmethod\n    def tearDownClass(cls):\n        tripwire.mock('x')\n"
        "    def test_it(self): pass\n",
        "setUpClass or tearDownClass of 'TestIt', which runs once for the whole class: what it catches "
        "belongs to one test.",
        "setUp",
    ),
    "setup_class": (
        "class TestIt:\n    def setup_class(self): tripwire.mock('x')\n    def test_it(self): pass\n",
        "setup_class or teardown_class of 'TestIt', which runs once for the whole class: what it catches "
        "belongs to one test.",
        "setup_method",
    ),
    "setup_module": (
        "def setup_module(): tripwire.mock('x')\ndef test_it(): pass\n",
        "setup_module or teardown_module of 'test_here', which runs once for the whole module: what it catches "
        "belongs to one test.",
        "setup_function",
    ),
}


@pytest.mark.parametrize("method", ONCE_FOR_MANY)
def test_methods_that_run_once_for_many_tests_must_not_use_tripwire(
    pytester: pytest.Pytester, method: str
) -> None:
    code, where, remedy = ONCE_FOR_MANY[method]
    pytester.makepyfile(test_here="import tripwire, unittest\n\n" + code)
    result = pytester.runpytest()
    result.assert_outcomes(errors=1, passed=method == "tearDownClass")
    result.stdout.fnmatch_lines(
        [
            f"E *NoActiveVerifierError: tripwire was used in {where}",
            f"E *Use it in {remedy}, or in a function-scoped fixture",
        ]
    )


def test_a_wider_fixture_set_up_inside_the_sandbox(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest, tripwire
        @pytest.fixture(scope="session")
        def wide():
            with pytest.raises(tripwire.NoActiveVerifierError):
                tripwire.mock("x")
        def test_it(request):
            with tripwire:
                request.getfixturevalue("wide")
        """
    )
    pytester.runpytest().assert_outcomes(passed=1)
