"""Inner pytest runs in one fresh environment that has the frameworks."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from environments import Environment

from frameworks.programs import FASTAPI, FETCH, RETRYING, SAYING, STARLETTE

Said = dict[str, list[tuple[str, str, str]]]
"""Per inner test: when it failed, the error's type and its words; empty if it passed."""


@pytest.fixture(scope="session")
def frameworks(make_environment: Callable[..., Environment]) -> Environment:
    """The environment."""
    return make_environment(
        "python-tripwire[http]", "fastapi", "httpx", "httpx2", "starlette", "tenacity", "trio"
    )


@pytest.fixture(scope="session")
def run(frameworks: Environment, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Said]:
    """Runs a test module beside the programs, and tells what became of its tests."""

    def run(tests: str) -> Said:
        folder = tmp_path_factory.mktemp("frameworks")
        programs = {
            "fetching": FETCH,
            "starlette_app": STARLETTE,
            "fastapi_app": FASTAPI,
            "retrying": RETRYING,
        }
        result = frameworks.pytest(folder, "--tb=no", "-q", conftest=SAYING, test_inner=tests, **programs)
        assert result.returncode == pytest.ExitCode.TESTS_FAILED, result.stdout + result.stderr
        said: Said = json.loads((folder / "said.json").read_text())
        return said

    return run


def check(said: Said, name: str, kind: str, *words: str) -> None:
    """See that an inner test failed once, in its body, with these lines in this order; or that it passed."""
    if not kind:
        assert said[name] == []
        return
    assert [(when, typename) for when, typename, _ in said[name]] == [("call", kind)]
    pytest.LineMatcher(said[name][0][2].splitlines()).fnmatch_lines([*words])
