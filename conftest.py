"""Shared by all test suites of the workspace."""

from __future__ import annotations

import gc
import os
import re
import sys
import threading
import time
from collections.abc import Iterator

import coverage
import pytest
import uvloop

from tripwire import _held, _late_imports, _patching, _routing

pytest_plugins = ["pytester"]
uvloop.new_event_loop().close()  # the first one opens a pipe for signals, for good
_BEFORE = pytest.StashKey[frozenset[str]]()
# Where coverage is measured: in the libs' tests, and in the others that write tests or ask a real PostgreSQL about
# mocks. Tracing doubles what a test costs, and the load tests would crawl.
_MEASURED = re.compile(
    r"(libs/(?!.*/test_load\.py)|integration-tests/(writing/|verify/asyncpg/|fidelity/asyncpg/test_recording))"
)
_COVERAGE = coverage.Coverage.current()
_PROCESSES = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_PROCESS")}


@pytest.fixture
def pytester(
    request: pytest.FixtureRequest, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """Inner runs look as on a user's machine, and go without plugins that take long to import."""
    with_anyio = "anyio" in request.path.read_text()
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest" + " -p no:anyio" * (not with_anyio))
    for name in ("CI", "BUILD_NUMBER"):  # where they are set, the summary repeats whole messages
        monkeypatch.delenv(name, raising=False)
    return pytester


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First what is measured, or what runs once in a process would be missed; then what installs, which takes long."""
    slow = {item.path for item in items if "make_environment" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: (_MEASURED.match(item.nodeid) is None, item.path not in slow))


def pytest_collection_finish() -> None:
    """From here on the collector looks only at what tests make: all that is imported would take it most of a run."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Measure coverage where it is asked for (`cov`, the gate), in this test's process and in those it starts."""
    wanted = _MEASURED.match(item.nodeid) is not None
    if _COVERAGE is None or wanted is (coverage.Coverage.current() is _COVERAGE):
        return
    if wanted:
        _COVERAGE.start()
        os.environ.update(_PROCESSES)
    else:
        _COVERAGE.stop()
        for name in _PROCESSES:
            del os.environ[name]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note what is open before a test."""
    item.stash[_BEFORE] = _open_files()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """After each test nothing of ours is left in this process."""
    __tracebackhide__ = True
    result = yield
    if nextitem is None or nextitem.path != item.path:  # what this file's tests have imported
        gc.collect()
        gc.freeze()
    assert not _patching.PATCHER._counts, "targets are still patched"
    assert not _patching.PATCHER._ours, "replacements are still known"
    assert not _routing._open, "a sandbox is still open"
    assert _held.current() is None, "this context still holds a sandbox"
    assert not any(isinstance(f, _late_imports.Watch) for f in sys.meta_path), "an import watch is left"
    before = item.stash[_BEFORE]
    for _ in range(100):  # another thread may just be reading a file, such as the source of a traceback
        if not _open_files() - before:
            break
        time.sleep(0.01)
    assert not _open_files() - before, "a file or pipe is still open"
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join(5)
            assert not thread.is_alive(), f"the thread {thread.name!r} is still at work"
    return result


def _open_files() -> frozenset[str]:
    """What this process has open, but for what event loops have."""
    found = set()
    for descriptor in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd") else ():
        try:
            found.add(os.readlink(f"/proc/self/fd/{descriptor}"))
        except OSError:  # the one that listed them
            continue
    return frozenset(name for name in found if not name.startswith(("socket:", "anon_inode:")))
