"""The plugin in inner pytest sessions, as a user has it.

They are processes of their own: httpx imports its core late, and would keep one that pytester takes away.
"""

from __future__ import annotations

from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


def test_the_example_of_the_readme_runs(pytester: pytest.Pytester) -> None:
    example = README.read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]
    pytester.makepyfile(example)
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_each_promise_fails_the_test_that_breaks_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        app="""
        import httpx


        def data_or_nothing(url):
            try:
                return httpx.get(url).json()
            except Exception:
                return None
        """
    )
    pytester.makepyfile(
        """
        import app
        import httpx
        import tripwire

        URL = "https://api.example.com/data"


        def test_unmocked():
            with tripwire:
                httpx.get(URL)


        def test_swallowed():
            with tripwire:
                assert app.data_or_nothing(URL) is None


        def test_unasserted():
            tripwire.http.mock_response("GET", URL)
            with tripwire:
                httpx.get(URL)


        def test_unused():
            tripwire.http.mock_response("GET", URL)
        """
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=2, passed=2, errors=2)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_unasserted*",
            "*GET https://api.example.com/data -> 200*",
            "*ERROR at teardown of test_unused*",
            "*tripwire.http.mock_response('GET', 'https://api.example.com/data')*",
            "*_ test_unmocked _*",
            "*nothing answers this call: GET https://api.example.com/data",
            "*_ test_swallowed _*",
            "*1 trip never reached the test:",
            "*swallowed at app.py:6 in data_or_nothing",
        ]
    )


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_anyio_on_both_of_its_loops(pytester: pytest.Pytester, library: str) -> None:
    pytester.makepyfile(
        f"""
        import anyio
        import {library} as client
        import pytest
        import tripwire

        pytestmark = pytest.mark.anyio
        URL = "https://api.example.com/data"


        async def test_tasks_and_threads():
            got = []

            async def fetch():
                async with client.AsyncClient() as session:
                    got.append((await session.get(URL)).json())

            for number in range(3):
                tripwire.http.mock_response("GET", URL, json=number)
            async with tripwire:
                async with anyio.create_task_group() as group:
                    group.start_soon(fetch)
                    group.start_soon(fetch)
                got.append(await anyio.to_thread.run_sync(lambda: client.get(URL).json()))
            assert sorted(got) == [0, 1, 2]
            for _ in range(3):
                tripwire.http.assert_request("GET", URL, status=200)
        """
    )
    pytester.runpytest_subprocess("-p", "no:asyncio").assert_outcomes(passed=2)
