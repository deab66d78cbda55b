from __future__ import annotations

from pathlib import Path

import pytest

import tripwire
from tripwire import _project


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            "enabled_plugin = []",
            "[tool.tripwire] enabled_plugin: is not a setting; did you mean 'enabled_plugins'?",
        ),
        (
            "enabled_plugins = 'http'",
            "[tool.tripwire] enabled_plugins: must be a list of strings, not 'http'",
        ),
        ("allow_patchers = [1]", "[tool.tripwire] allow_patchers: must be a list of strings, not [1]"),
        (
            "disabled_plugins = ['htttp']",
            "[tool.tripwire] disabled_plugins: 'htttp' is not a plugin; did you mean 'http'?",
        ),
        ("[tool.tripwire.pop]", "[tool.tripwire] pop: is not a setting; did you mean 'popen'?"),
        ("[tool.tripwire.popen]\nspeed = 1", "[tool.tripwire] popen.speed: is not a setting; none is known"),
    ],
)
def test_a_wrong_table_is_reported_once(pytester: pytest.Pytester, table: str, message: str) -> None:
    pytester.makepyprojecttoml(f"[tool.pytest.ini_options]\n[tool.tripwire]\n{table}\n")
    pytester.makepyfile("def test_one(): pass\ndef test_two(): pass\n")
    result = pytester.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    path = pytester.path / "pyproject.toml"
    assert f"ERROR: {path}: {message}\n" in result.stderr.str()


def test_the_table_must_be_one(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml("[tool.pytest.ini_options]\n[tool]\ntripwire = 3\n")
    pytester.makepyfile("def test_one(): pass\n")
    result = pytester.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "[tool.tripwire]: must be a table, not 3" in result.stderr.str()


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text("[tool\n")
    with pytest.raises(tripwire.TripwireConfigError) as caught:
        _project.Project(tmp_path).config()
    assert str(caught.value).startswith(f"{path}: Expected")
    assert caught.value.path == str(path)


def test_what_fails_besides_is_shown_as_it_is(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one(): pass\n")
    pytester.makeconftest(
        """
        import pytest
        from tripwire import _project
        @pytest.hookimpl(tryfirst=True)
        def pytest_sessionstart():
            project = _project.projects[-1]
            def once():
                del project.config
                return 1 / 0
            project.config = once
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:asyncio")
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    result.stdout.fnmatch_lines(["INTERNALERROR> ZeroDivisionError: division by zero"])


@pytest.mark.parametrize(
    ("table", "there"),
    [
        ("", True),
        ("enabled_plugins = ['popen']", True),
        ("enabled_plugins = ['http']", False),
        ("disabled_plugins = ['popen']", False),
    ],
)
def test_plugins_are_enabled_and_disabled(pytester: pytest.Pytester, table: str, there: bool) -> None:
    pytester.makepyprojecttoml(f"[tool.tripwire]\n{table}\n")
    pytester.makepyfile(
        f"""
        import pytest, tripwire
        def test_it():
            assert ("popen" in dir(tripwire)) is {there}
            if not {there}:
                with pytest.raises(AttributeError) as caught:
                    tripwire.popen
                assert str(caught.value) == (
                    "tripwire.popen is installed, but disabled by [tool.tripwire] in pyproject.toml"
                )
        """
    )
    pytester.runpytest("-p", "no:asyncio").assert_outcomes(passed=1)


def test_allowed_patchers_may_wrap(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml('[tool.tripwire]\nallow_patchers = ["unittest.mock"]\n')
    pytester.makepyfile(
        """
        import asyncio, pytest, unittest.mock, tripwire
        @pytest.mark.parametrize("new", [unittest.mock.DEFAULT, lambda *args: None])
        def test_it(new):
            with unittest.mock.patch("asyncio.create_subprocess_exec", new), tripwire.sandbox():
                pass
        """
    )
    pytester.runpytest("-p", "no:asyncio").assert_outcomes(passed=2)


def test_an_inner_session_leaves_the_outer_configuration_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml("[tool.tripwire]\ndisabled_plugins = ['popen']\n")
    pytester.makepyfile("import tripwire\ndef test_it():\n    assert 'popen' not in dir(tripwire)\n")
    pytester.runpytest_inprocess("-p", "no:asyncio").assert_outcomes(passed=1)
    assert "popen" in dir(tripwire)
