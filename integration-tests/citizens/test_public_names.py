"""`__all__` is the truth: of every module that users import, and at an interactive prompt."""

from __future__ import annotations

import inspect
import json
import pkgutil
import subprocess
import sys
from importlib import import_module
from types import ModuleType

import pytest

import tripwire
from tripwire import _errors

PLUGINS = ["async_subprocess", "asyncpg", "http", "popen", "subprocess"]


def public_modules() -> list[str]:
    """The modules that have no private part in their name; `__main__` is run and not imported."""
    found = ["tripwire"]
    for package in ("tripwire", "tripwire.plugins"):  # an open namespace is not entered by itself
        found += [
            module.name for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}.")
        ]
    return sorted({name for name in found if "._" not in name})


def test_these_are_the_modules_that_users_import() -> None:
    plugins = [f"tripwire.plugins.{name}_plugin" for name in PLUGINS]
    assert public_modules() == ["tripwire", *plugins, "tripwire.testing", "tripwire.verifying"]


@pytest.mark.parametrize("name", public_modules())
def test_all_is_the_truth(name: str) -> None:
    module = import_module(name)
    listed = module.__all__
    assert listed == sorted(set(listed))
    assert [one for one in listed if one.startswith("_")] == []
    assert [one for one in listed if not hasattr(module, one)] == []
    ours = {
        one
        for one in dir(module)
        if not one.startswith("_")
        and not isinstance(held := getattr(module, one), ModuleType)
        and f"{getattr(held, '__module__', type(held).__module__)}.".startswith(f"{name}.")
    }
    assert ours - set(listed) - ({*PLUGINS} if name == "tripwire" else set()) == set()
    namespace: dict[str, object] = {}
    exec(f"from {name} import *", namespace)
    assert namespace.keys() - {"__builtins__"} == set(listed)


def test_every_error_is_public_by_the_name_it_tells() -> None:
    errors = [
        kind
        for kind in vars(_errors).values()
        if inspect.isclass(kind) and issubclass(kind, (tripwire.TripwireError, Warning))
    ]
    assert len(errors) > 15
    for kind in errors:
        assert getattr(tripwire, kind.__name__) is kind
        assert (kind.__module__, kind.__name__ in tripwire.__all__) == ("tripwire", True)


PROMPT = """
import json, rlcompleter, tripwire
complete = rlcompleter.Completer({"tripwire": tripwire}).attr_matches
asked = "tripwire.", "tripwire.mo", "tripwire.ht", "tripwire.http.mock_r", "tripwire.asyncpg.new_", "tripwire.popen.sp"
print(json.dumps({one: sorted(complete(one)) for one in asked}))
"""


def test_names_are_completed_at_a_prompt_where_no_test_runs() -> None:
    result = subprocess.run([sys.executable, "-c", PROMPT], capture_output=True, text=True, check=True)
    offers = json.loads(result.stdout)
    every = [one.removeprefix("tripwire.").rstrip("()") for one in offers.pop("tripwire.")]
    assert sorted(every) == sorted([*tripwire.__all__, *PLUGINS])
    assert offers == {
        "tripwire.mo": ["tripwire.mock("],
        "tripwire.ht": ["tripwire.http"],
        "tripwire.http.mock_r": ["tripwire.http.mock_response("],
        "tripwire.asyncpg.new_": ["tripwire.asyncpg.new_pool(", "tripwire.asyncpg.new_session("],
        "tripwire.popen.sp": ["tripwire.popen.spawn"],
    }
