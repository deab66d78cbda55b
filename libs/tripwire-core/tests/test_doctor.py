"""`python -m tripwire doctor`, in an environment that is well and in others that are not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

CORE = version("tripwire-core")

PLUGIN = """
import tripwire

class Post(tripwire.Plugin):
    name = "post"
    tested_with = {"pytest": ">=1000", "no-such-distribution": ">=1"}
    public_names = ("post_office:send",)

    @classmethod
    def targets(cls):
        return (
            tripwire.Target("post_office:", "send", lambda genuine: lambda: "caught"),
            tripwire.Target("no_such_module:", "send", lambda genuine: genuine),
            tripwire.Target("post_office:Parcel", "send", lambda genuine: genuine, optional=True),
        )
"""


@pytest.fixture
def doctor(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Installs a plugin in a distribution of its own, writes more files, and calls the doctor."""
    (tmp_path / "post_office.py").write_text("def send(): pass\n")

    def call(
        *options: str,
        plugin: str = PLUGIN,
        name: str = "post-for-tripwire",
        dist_version: str = "1.0",
        **files: str,
    ) -> subprocess.CompletedProcess[str]:
        info = tmp_path / f"{name.replace('-', '_')}-{dist_version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {dist_version}\n")
        (info / "entry_points.txt").write_text("[tripwire.plugins]\npost = post_plugin:Post\n")
        (tmp_path / "post_plugin.py").write_text(plugin)
        for file, text in files.items():
            (tmp_path / file.replace("__", ".")).write_text(text)
        return subprocess.run(
            [sys.executable, "-m", "tripwire", "doctor", *options],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

    return call


def findings(result: subprocess.CompletedProcess[str]) -> Any:
    found = json.loads(result.stdout)
    assert result.returncode == (0 if found["ok"] else 1)
    assert found["ok"] is (found["problems"] == [])
    return found


def test_all_is_well(doctor: Any) -> None:
    found = findings(doctor("--json"))
    assert found["problems"] == []
    assert found["versions"]["pytest"] == version("pytest")
    assert found["distributions"]["tripwire-core"] == CORE
    assert found["distributions"]["post-for-tripwire"] == "1.0"
    (post,) = (one for one in found["plugins"] if one["name"] == "post")
    assert post == {
        "name": "post",
        "distribution": "post-for-tripwire",
        "state": "active",
        "reason": "",
        "clients": [
            {"name": "pytest", "version": version("pytest"), "tested": ">=1000"},
            {"name": "no-such-distribution", "version": None, "tested": ">=1"},
        ],
    }
    assert [one for one in found["targets"] if one["plugin"] == "post"] == [
        {"target": "post_office.send", "plugin": "post", "holder": "pristine"},
        {"target": "no_such_module.send", "plugin": "post", "holder": "not installed"},
        {"target": "post_office.Parcel.send", "plugin": "post", "holder": "not there"},
    ]
    assert {one["holder"] for one in found["targets"]} <= {"pristine", "not installed", "not there"}


def test_as_text(doctor: Any, tmp_path: Path) -> None:
    result = doctor(pyproject__toml='[tool.tripwire]\nenabled_plugins = ["post"]\n')
    assert result.returncode == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    for line in (
        f"configuration: {tmp_path / 'pyproject.toml'}",
        f"tripwire-core {CORE}",
        f"http: disabled, by [tool.tripwire] in {tmp_path / 'pyproject.toml'}",
        "post: active",
        f"pytest {version('pytest')}, NOT tested with this version: >=1000",
        "no-such-distribution is not installed",
        "post_office.send pristine",
        "no_such_module.send not installed",
    ):
        assert line in lines
    assert lines[-2:] == ["problems", "none"]


@pytest.mark.parametrize(
    ("given", "code", "problem"),
    [
        pytest.param(
            {"sitecustomize__py": "import post_office\npost_office.send = lambda: 'mine'\n"},
            "conflict",
            "post_office.send has already been patched by sitecustomize.py:2, so tripwire cannot vouch for what",
            id="a foreign patch",
        ),
        pytest.param(
            {"plugin": PLUGIN.replace('_office:", "send"', '_office:", "post"')},
            "unsupported-version",
            "Post cannot find post_office.post, where it catches calls; ",
            id="a seam that has moved",
        ),
        pytest.param(
            {"plugin": "import nowhere\n"},
            "broken-plugin",
            "the plugin 'post' (post_plugin:Post of post-for-tripwire) cannot be imported: ModuleNotFoundError(",
            id="a plugin that cannot be imported",
        ),
        pytest.param(
            {
                "plugin": PLUGIN.replace(
                    '"post_office:", "send"', '"asyncio:BaseEventLoop", "run_in_executor"'
                )
            },
            "conflict",
            "Post of post-for-tripwire claims asyncio.BaseEventLoop.run_in_executor, which Propagation of tripwire",
            id="two plugins on one target",
        ),
        pytest.param(
            {"name": "tripwire-asyncpg", "dist_version": "0.9"},
            "installation-conflict",
            f"tripwire-asyncpg 0.9 does not go with tripwire-core {CORE}: all tripwire distributions share one",
            id="mixed versions",
        ),
        pytest.param(
            {"pyproject__toml": "[tool.tripwire]\nenabled = ['http']\n"},
            "configuration",
            "enabled: is not a setting; did you mean 'enabled_plugins'?",
            id="a wrong configuration",
        ),
    ],
)
def test_something_is_wrong(doctor: Any, given: dict[str, str], code: str, problem: str) -> None:
    found = findings(doctor("--json", **given))
    assert any(problem in one["message"] for one in found["problems"] if one["code"] == code), found[
        "problems"
    ]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            '    name = "post"',
            '    name = "post"\n    def __init__(self, verifier): raise RuntimeError("no")',
            "Post failed while it was made: RuntimeError('no'); mend it, or put 'post' under disabled_plugins",
        ),
        (
            "        return (",
            "        raise RuntimeError('no')\n        return (",
            "Post failed while its targets were listed: RuntimeError('no'); mend it, or put 'post' under disabled",
        ),
        (
            "        return (",
            "        return (1,",
            "Post failed while its targets were listed: AttributeError(",
        ),
        (
            "lambda genuine: lambda:",
            "lambda: lambda:",
            "Post failed while its targets were applied: TypeError(",
        ),
        (
            ">=1000",
            "1 or 2",
            "the plugin 'post' (post_plugin:Post of post-for-tripwire) cannot be used: its tested_with must give",
        ),
        (
            "post_office:send",
            "post_office.send",
            "the plugin 'post' (post_plugin:Post of post-for-tripwire) cannot be used: its public_names must be of",
        ),
        (
            "(tripwire.Plugin)",
            "",
            "the plugin 'post' (post_plugin:Post of post-for-tripwire) cannot be used: it is <class",
        ),
    ],
)
def test_a_broken_plugin_hides_no_other(doctor: Any, old: str, new: str, reason: str) -> None:
    found = findings(
        doctor(
            "--json",
            plugin=PLUGIN.replace(old, new, 1),
            sitecustomize__py="import subprocess\nsubprocess.run = print\n",
        )
    )
    states = {one["name"]: one for one in found["plugins"]}
    assert states["post"]["state"] == "broken"
    assert states["post"]["reason"].startswith(reason)
    assert states["subprocess"]["state"] == "active"
    assert [one["message"].splitlines()[0] for one in found["problems"]] == [
        states["post"]["reason"].splitlines()[0],
        "subprocess.run has already been patched by builtins:print, so tripwire cannot vouch for what reaches it.",
    ]


def test_a_client_library_that_fails_on_import(doctor: Any) -> None:
    found = findings(doctor("--json", no_such_module__py="raise RuntimeError('no')\n"))
    assert found["problems"] == []
    assert {
        "target": "no_such_module.send",
        "plugin": "post",
        "holder": "cannot be imported: RuntimeError('no')",
    } in found["targets"]


def test_a_patched_target_names_its_holder(doctor: Any) -> None:
    found = findings(
        doctor("--json", sitecustomize__py="import post_office\npost_office.send = lambda: 'mine'\n")
    )
    assert {"target": "post_office.send", "plugin": "post", "holder": "sitecustomize.py:2"} in found[
        "targets"
    ]


def test_an_allowed_patcher_is_no_problem(doctor: Any) -> None:
    found = findings(
        doctor(
            "--json",
            sitecustomize__py="import post_office, pluggy._hooks\npost_office.send = pluggy._hooks.varnames\n",
            pyproject__toml='[tool.tripwire]\nallow_patchers = ["pluggy"]\n',
        )
    )
    assert found["problems"] == []


def test_without_a_command() -> None:
    result = subprocess.run([sys.executable, "-m", "tripwire"], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "usage: python -m tripwire" in result.stderr
