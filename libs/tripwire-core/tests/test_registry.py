"""Plugins come in by entry point: a third party's, in a distribution of its own."""

from __future__ import annotations

import fnmatch
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import tripwire
from tripwire import _project, _registry

POST = """
import tripwire

class PostPlugin(tripwire.Plugin):
    name = "post"
    config_keys = {"country": str, "express": bool, "weight": int}
    sent = tripwire.Source("post.sent")

    def send(self, *fields):
        return self.intercept(tripwire.Call(self.sent, dict(fields), "a letter")).value

    def decide(self, call):
        return tripwire.Answer(self.config.get("country"), fields={"stamped": True})

    def constant(self):
        return self.name
"""


@pytest.fixture
def installed(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a distribution, as pip would leave it, and runs a test module beside it."""
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))

    def make(
        name: str, entry: str, module: str = POST, dist_version: str = "1.0", requires: str = "tripwire-core"
    ) -> None:
        info = pytester.mkdir(f"{name.replace('-', '_')}-{dist_version}.dist-info")
        metadata = (
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {dist_version}\nRequires-Dist: {requires}\n"
        )
        (info / "METADATA").write_text(metadata)
        (info / "entry_points.txt").write_text(f"[tripwire.plugins]\n{entry}\n")
        pytester.makepyfile(post_plugin=module)

    return make


def run(pytester: pytest.Pytester, code: str) -> pytest.RunResult:
    pytester.makepyfile(test_inner="import pytest, tripwire\n" + code)
    return pytester.runpytest_subprocess("-p", "no:asyncio")


ENTRY = "post = post_plugin:PostPlugin"


def test_a_plugin_of_a_third_party(pytester: pytest.Pytester, installed: Any) -> None:
    installed("post-for-tripwire", ENTRY)
    pytester.makepyprojecttoml('[tool.tripwire.post]\ncountry = "IT"\n')
    result = run(
        pytester,
        """
def test_it():
    assert "post" in dir(tripwire)
    assert repr(tripwire.post.sent) == "tripwire.post.sent"
    with tripwire:
        assert tripwire.post.send(("to", "Ada")) == "IT"
    tripwire.assert_interaction(tripwire.post.sent, to="Ada", stamped=True)

def test_unasserted():
    with tripwire:
        tripwire.post.send(("to", "Ada"))
    interaction, = tripwire.current_verifier().timeline
    assert repr(interaction) == "<Interaction 0 tripwire.post.sent>"
""",
    )
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*  - tripwire.post.sent(to='Ada', stamped=True)  (test_inner.py:12)",
            "*    tripwire.assert_interaction(tripwire.post.sent, to='Ada', stamped=True)",
        ]
    )


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("contry = 'IT'", "post.contry: is not a setting; did you mean 'country'?"),
        ("country = 3", "post.country: must be of type str, not 3"),
        ("weight = true", "post.weight: must be of type int, not True"),
        ("express = 1", "post.express: must be of type bool, not 1"),
    ],
)
def test_its_table_is_checked(pytester: pytest.Pytester, installed: Any, table: str, message: str) -> None:
    installed("post-for-tripwire", ENTRY)
    pytester.makepyprojecttoml(f"[tool.pytest.ini_options]\n[tool.tripwire.post]\n{table}\n")
    result = run(pytester, "def test_it():\n    pass\n")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"pyproject.toml: [tool.tripwire] {message}" in result.stderr.str()


def test_a_right_table_is_taken(pytester: pytest.Pytester, installed: Any) -> None:
    installed("post-for-tripwire", ENTRY)
    pytester.makepyprojecttoml("[tool.tripwire.post]\nexpress = true\nweight = 3\n")
    code = "def test_it():\n    assert dict(tripwire.post.config) == {'express': True, 'weight': 3}\n"
    run(pytester, code).assert_outcomes(passed=1)


def test_the_same_plugin_found_twice_is_one(pytester: pytest.Pytester, installed: Any) -> None:
    installed("post-for-tripwire", ENTRY)
    installed("post-again", ENTRY)
    run(pytester, "def test_it():\n    assert tripwire.post.constant() == 'post'\n").assert_outcomes(passed=1)


USE = "def test_it():\n    with tripwire:\n        pass\n"


def test_two_distributions_with_one_name(pytester: pytest.Pytester, installed: Any) -> None:
    installed("post-for-tripwire", ENTRY)
    installed("post-again", "post = other_plugin:PostPlugin")
    result = run(pytester, USE)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*ConflictError: several installed distributions offer a tripwire plugin 'post': *; uninstall all but one:",
            "*    pip uninstall post-*",
        ]
    )


def test_a_plugin_that_cannot_be_imported(pytester: pytest.Pytester, installed: Any) -> None:
    installed("post-for-tripwire", ENTRY, module="import no_such_module\n")
    result = run(pytester, USE)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*TripwireError: the plugin 'post' (post_plugin:PostPlugin of post-for-tripwire) cannot be imported: "
            "ModuleNotFoundError(\"No module named 'no_such_module'\"); "
            "mend it, or put 'post' under disabled_plugins in [[]tool.tripwire]"
        ]
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            ("class PostPlugin(tripwire.Plugin):", "class PostPlugin:"),
            "it is <class *>, and must be a subclass of *",
        ),
        (
            (POST, "def PostPlugin(verifier): pass"),
            "it is <function *>, and must be a subclass of tripwire.Plugin",
        ),
        (('    name = "post"', ""), "its name must be a string, not None"),
        (('    name = "post"', "    name = b'post'"), "its name must be a string, not b'post'"),
        *(
            (('    name = "post"', f'    name = "post"\n    {line}'), problem)
            for line, problem in [
                ("public_names = 'a:b'", "its public_names must be a tuple of strings, not 'a:b'"),
                ("public_names = None", "its public_names must be a tuple of strings, not None"),
                (
                    "public_names = ('a:b', 'a.b')",
                    "its public_names must be of the form 'module:name', not 'a.b'",
                ),
                ("public_names = (3,)", "its public_names must be of the form 'module:name', not 3"),
                ("public_names = ('a:',)", "its public_names must be of the form 'module:name', not 'a:'"),
                ("tested_with = ['httpx']", "its tested_with must be a mapping, not [[]'httpx']"),
                (
                    "tested_with = {'httpx': '1 or 2'}",
                    "its tested_with must give versions such as '>=1.0,<2' for httpx, not '1 or 2'",
                ),
                (
                    "tested_with = {'httpx': 3}",
                    "its tested_with must give versions such as '>=1.0,<2' for httpx, not 3",
                ),
                (
                    "tested_with = {'': '>=1'}",
                    "its tested_with must map names of distributions to versions, and has ''",
                ),
            ]
        ),
        (
            ('config_keys = {"country": str, "express": bool, "weight": int}', "config_keys = ()"),
            "its config_keys must be a mapping, not ()",
        ),
    ],
)
def test_what_is_no_plugin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Any, problem: str
) -> None:
    monkeypatch.setattr(_project, "_offered", None)
    monkeypatch.setattr(_registry, "_loaded", {})
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "post_plugin", raising=False)
    info = tmp_path / "post_for_tripwire-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: post-for-tripwire\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[tripwire.plugins]\n{ENTRY}\n")
    (tmp_path / "post_plugin.py").write_text(POST.replace(*change) if change[0] != POST else change[1])
    with pytest.raises(tripwire.TripwireError) as caught:
        _registry.load("post")
    assert fnmatch.fnmatchcase(
        str(caught.value),
        f"the plugin 'post' (post_plugin:PostPlugin of post-for-tripwire) cannot be used: {problem}; "
        "mend it, or put 'post' under disabled_plugins in [[]tool.tripwire]",
    )


def test_what_is_no_plugin_in_a_test_run(pytester: pytest.Pytester, installed: Any) -> None:
    installed("post-for-tripwire", ENTRY, module="def PostPlugin(verifier): pass\n")
    result = run(pytester, USE)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*TripwireError: the plugin 'post' (post_plugin:PostPlugin of post-for-tripwire) cannot be used: it is *"
        ]
    )


RIVAL = """
import asyncio, http.client, tripwire

class Rival(tripwire.Plugin):
    name = "rival"

    @classmethod
    def targets(cls):
        return (tripwire.Target({target}, lambda genuine: lambda *args, **more: None),)
"""


@pytest.mark.parametrize(
    ("name", "target", "claims"),
    [
        (
            "rival",
            ("asyncio:BaseEventLoop", "run_in_executor"),
            "Rival of rival-for-tripwire claims asyncio.BaseEventLoop.run_in_executor, "
            "which Propagation of tripwire-core has",
        ),
        (
            "rival",
            ("http.client:HTTPConnection", "connect"),
            "Rival of rival-for-tripwire claims http.client.HTTPConnection.connect, "
            "which HttpPlugin of tripwire-http has",
        ),
        (
            "a_rival",  # comes first, so that ours is the one that cannot be activated
            ("http.client:HTTPConnection", "connect"),
            "HttpPlugin of tripwire-http claims http.client.HTTPConnection.connect, "
            "which Rival of rival-for-tripwire has",
        ),
    ],
)
def test_two_plugins_on_one_target(
    pytester: pytest.Pytester, installed: Any, name: str, target: tuple[str, str], claims: str
) -> None:
    module = RIVAL.format(target=", ".join(map(repr, target)))
    installed("rival-for-tripwire", f"{name} = post_plugin:Rival", module=module)
    result = run(pytester, USE)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            f"*ConflictError: {claims} patched already; only one of them can be active:",
            "*    pip uninstall rival-for-tripwire",
        ]
    )


def test_a_broken_plugin_can_be_disabled(pytester: pytest.Pytester, installed: Any) -> None:
    installed("post-for-tripwire", ENTRY, module="import no_such_module\n")
    pytester.makepyprojecttoml("[tool.pytest.ini_options]\n[tool.tripwire]\ndisabled_plugins = ['post']\n")
    run(pytester, USE).assert_outcomes(passed=1)


def test_a_broken_plugin_with_a_table_is_reported_once(pytester: pytest.Pytester, installed: Any) -> None:
    installed("post-for-tripwire", ENTRY, module="import no_such_module\n")
    pytester.makepyprojecttoml("[tool.pytest.ini_options]\n[tool.tripwire.post]\ncountry = 'IT'\n")
    result = run(pytester, USE)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert (
        "the plugin 'post' (post_plugin:PostPlugin of post-for-tripwire) cannot be imported"
        in result.stderr.str()
    )


def test_a_proxy_outside_a_test_has_what_its_plugin_has(pytester: pytest.Pytester, installed: Any) -> None:
    installed("post-for-tripwire", ENTRY)
    code = """
from tripwire import post
assert not hasattr(post, "no_such_thing")
assert not hasattr(post, "__wrapped__")
with pytest.raises(tripwire.NoActiveVerifierError):
    post.send()
with pytest.raises(tripwire.NoActiveVerifierError):
    post.config
later = post.unused
def test_it():
    assert list(later()) == []
    assert not hasattr(post, "no_such_thing")
"""
    run(pytester, code).assert_outcomes(passed=1)


@pytest.mark.parametrize("name", ["tripwire-http", "python-tripwire"])
def test_mixed_versions_of_ours(pytester: pytest.Pytester, installed: Any, name: str) -> None:
    core = version("tripwire-core")
    installed(name, "http = post_plugin:PostPlugin", dist_version="0.9")
    result = run(pytester, "def test_it():\n    pass\n")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[:2] == [
        f"ERROR: {name} 0.9 does not go with tripwire-core {core}: all tripwire distributions share one version.",
        f"    pip install --upgrade {name}=={core}",
    ]


def test_mixed_versions_outside_pytest(pytester: pytest.Pytester, installed: Any) -> None:
    installed("tripwire-http", "http = post_plugin:PostPlugin", dist_version="0.9")
    code = """
import tripwire
from tripwire import _registry
for act in (lambda: tripwire.StrictVerifier().sandbox().__enter__(), lambda: tripwire.popen):
    try:
        act()
    except tripwire.ConflictError as error:
        print(error.target, error.patcher, str(error).splitlines()[1])
print([error.patcher for error in _registry.conflicts()])
"""
    result = pytester.run(sys.executable, "-c", code)
    command = f"tripwire tripwire-http     pip install --upgrade tripwire-http=={version('tripwire-core')}"
    assert result.stdout.lines == [command, command, "['tripwire-http']"]


def test_another_package_further_on_the_path(pytester: pytest.Pytester) -> None:
    other = pytester.mkpydir("elsewhere").joinpath("tripwire")
    other.mkdir()
    other.joinpath("__init__.py").touch()
    info = other.with_name("other_tripwire-0.21.0.dist-info")
    info.mkdir()
    info.joinpath("RECORD").write_text("tripwire/__init__.py,,\nother_tripwire-0.21.0.dist-info/RECORD,,\n")
    code = f"""
import sys
sys.path.append({str(other.parent)!r})
import tripwire
from tripwire import _registry
for error in _registry.conflicts():
    print(error.target, error.patcher)
    print(error)
"""
    result = pytester.run(sys.executable, "-c", code)
    assert result.stdout.lines[:3] == [
        "tripwire other-tripwire",
        "other-tripwire 0.21.0 has an import package 'tripwire' too, and the two overwrite or hide each other's files. "
        "Only one of them can be installed; to keep this one:",
        "    pip uninstall other-tripwire",
    ]
    assert result.stdout.lines[3].startswith("    pip install --force-reinstall --no-deps tripwire-core")


def test_a_plugin_for_another_core(pytester: pytest.Pytester, installed: Any) -> None:
    core = version("tripwire-core")
    installed("post-for-tripwire", ENTRY, requires="tripwire-core==0.9")
    result = run(pytester, USE)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            f"*ConflictError: post-for-tripwire 1.0 needs tripwire-core 0.9, and {core} is installed.",
            "*    pip install --upgrade post-for-tripwire tripwire-core",
        ]
    )


def test_a_broken_pyproject(pytester: pytest.Pytester) -> None:
    (pytester.path / "pytest.ini").write_text("[pytest]\n")  # which pytest reads, and not the other
    (pytester.path / "pyproject.toml").write_text("[tool.tripwire\n")
    result = run(pytester, USE)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "pyproject.toml: Expected ']' at the end of a table declaration" in result.stderr.str()


def test_the_nearest_file_with_the_table_counts(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml("[tool.tripwire]\ndisabled_plugins = ['popen']\n")
    inner = pytester.mkdir("inner")
    (inner / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (inner / "pytest.ini").write_text("[pytest]\n")
    (inner / "test_it.py").write_text(
        "import tripwire\ndef test_it():\n    assert 'popen' not in dir(tripwire)\n"
    )
    pytester.runpytest_subprocess("-p", "no:asyncio", inner).assert_outcomes(passed=1)
