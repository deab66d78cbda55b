"""Shared by all test suites of the workspace."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tripwire import _late_imports, _patching, _pytest_plugin, _routing

pytest_plugins = ["pytester"]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """After each test nothing of ours is left in this process."""
    __tracebackhide__ = True
    result = yield
    assert not _patching.PATCHER._counts, "targets are still patched"
    watching = {id(patch.replacement) for patch in _pytest_plugin._watching}
    assert set(_patching.PATCHER._ours) == watching, "replacements are still known"
    assert not _routing._open, "a sandbox is still open"
    assert _routing.current() is None, "this context still holds a sandbox"
    assert not any(isinstance(f, _late_imports.Watch) for f in sys.meta_path), "an import watch is left"
    return result
