"""The seam of `subprocess.Popen`. Everything private to the subprocess module is named here.

`_execute_child` is where a child is forked; it gets the ends of the pipes that `Popen` has made. Above it
the library's own code runs: `run`, text mode, timeouts, the context manager. `_get_handles` tells what
the caller gave as stdin, stdout and stderr, which `_execute_child` is not told. The public methods are
patched for what only they know: that the program calls them.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import locale
import subprocess
import weakref
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from tripwire import Target
from tripwire.plugins._processes import _timeouts
from tripwire.plugins._processes._child import Child, Outlasts
from tripwire.plugins._processes._command import check, listed, recorded
from tripwire.plugins._processes._files import Files, abandon
from tripwire.plugins._processes._private import expect_attributes, expect_parameters
from tripwire.plugins._processes._real import RealRun, running
from tripwire.plugins._processes._spawn import Handles, Spawn, caller, sent_by_the_library
from tripwire.plugins._processes._start import IsReal, Start, decided

if TYPE_CHECKING:
    from tripwire.plugins._processes._processes import Processes

Popen = subprocess.Popen[Any]

_ENDS = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")

_PARAMETERS = (
    "self",
    *("args", "executable", "preexec_fn", "close_fds", "pass_fds", "cwd", "env"),
    *("startupinfo", "creationflags", "shell"),
    *_ENDS,
)

_ends_of = itemgetter(*_ENDS)

_CHILD, _HANDLES, _REAL = "_tripwire_child", "_tripwire_handles", "_tripwire_real"


def child_of(popen: Popen) -> Child | None:
    """The scripted child behind a Popen, or None if the child is real."""
    return vars(popen).get(_CHILD)


def targets(processes: type[Processes]) -> Iterable[Target]:
    """The names to patch; the same targets each time."""
    expect_attributes(subprocess.Popen, "subprocess.Popen", ["_close_pipe_fds"])
    expect_parameters(_close_pipe_fds(), "subprocess.Popen._close_pipe_fds", ("self", *_ENDS))
    _timeouts.check()
    return _targets(processes)  # type: ignore[arg-type] # a class is, whatever mypy thinks


@functools.cache
def _targets(processes: type[Processes]) -> tuple[Target, ...]:
    return (
        Target(subprocess.Popen, "_get_handles", _get_handles),
        Target(subprocess.Popen, "_execute_child", functools.partial(_execute_child, processes=processes)),
        Target(subprocess.Popen, "communicate", _communicate),
        Target(subprocess.Popen, "wait", _wait),
        Target(subprocess.Popen, "poll", _poll),
        Target(subprocess.Popen, "send_signal", _send_signal),
    )


def _close_pipe_fds() -> Callable[..., None]:
    return subprocess.Popen._close_pipe_fds  # type: ignore[attr-defined, no-any-return]


def _get_handles(genuine: Callable[..., Any]) -> Callable[..., Any]:
    expect_parameters(genuine, "subprocess.Popen._get_handles", ("self", *Handles._fields))

    @wraps(genuine)
    def get_handles(self: Popen, stdin: Any, stdout: Any, stderr: Any) -> Any:
        vars(self)[_HANDLES] = Handles(stdin, stdout, stderr)
        return genuine(self, stdin, stdout, stderr)

    return get_handles


def _execute_child(genuine: Callable[..., None], processes: type[Processes]) -> Callable[..., None]:
    expect_parameters(genuine, "subprocess.Popen._execute_child", _PARAMETERS)
    names = tuple(inspect.signature(genuine).parameters)[1:]

    @wraps(genuine)
    def execute_child(self: Popen, *args: Any) -> None:
        args = (listed(args[0]), *args[1:])
        given = dict(zip(names, args))  # noqa: B905 - a subclass may give fewer
        handles = vars(self).pop(_HANDLES, None) or _handles_by(_ends_of(given))
        by_asyncio = decided()
        start = by_asyncio or _start(processes, given, handles)
        if start.processes is None:
            return genuine(self, *args)
        check(given["args"], given["executable"], given["env"], given["shell"])
        served = start.processes.start(start.spawn, start.handles, start.clock)
        if not isinstance(served, RealRun):
            served.own_session = _leads_group(given)
            return _become(self, start.processes, served, _ends_of(given), by_asyncio is None)
        if by_asyncio is not None:
            raise IsReal(served)
        return _let_through(self, served, lambda: genuine(self, *args), _ends_of(given))

    return execute_child


def _leads_group(given: dict[str, Any]) -> bool:
    # What a `preexec_fn` would have done is not known; mostly it is `os.setsid`.
    return bool(given.get("start_new_session") or given["preexec_fn"]) or given.get("process_group") == 0


def _let_through(popen: Popen, real: RealRun, begin: Callable[[], None], ends: tuple[int, ...]) -> None:
    try:
        begin()
    except BaseException as error:
        real.failed(error)
        raise
    dropped = weakref.ref(popen)
    vars(popen)[_REAL] = real
    real.code = lambda: getattr(dropped(), "returncode", None)
    running[popen.pid] = real
    _, stdin, stdout, _, stderr, _ = ends
    real.has_pipes(stdin, stdout, stderr)


def _handles_by(ends: tuple[int, ...]) -> Handles:
    """What the caller gave, told by the ends of the pipes: for a subclass that makes them itself."""
    p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite = ends

    def given(parents: int, childs: int) -> int | None:
        return subprocess.PIPE if parents != -1 else None if childs == -1 else childs

    merged = errwrite == c2pwrite != -1
    stderr = subprocess.STDOUT if merged else given(errread, errwrite)
    return Handles(given(p2cwrite, p2cread), given(c2pread, c2pwrite), stderr)


def _start(processes: type[Processes], given: dict[str, Any], handles: Handles) -> Start:
    how, is_look_up = caller("subprocess.Popen")
    command = recorded(given["args"], given["shell"])
    shell, cwd, env, executable = (given[name] for name in ("shell", "cwd", "env", "executable"))
    spawn = Spawn(command, handles.stdin, how, "popen", bool(shell), cwd, env, executable)
    return Start(None if is_look_up else processes.catching(spawn), spawn, handles)


def _become(popen: Popen, processes: Processes, child: Child, ends: tuple[int, ...], begins: bool) -> None:
    """Let a Popen have a scripted child; under asyncio its transport begins it."""
    files = Files(processes.stage, child, ends, encoding_of(popen))
    _close_pipe_fds()(popen, *files.left_of(ends))
    if begins:
        child.is_waitable = True
        try:
            child.begin(files)
        except BaseException:
            abandon(files.open)
            raise
    else:
        child.sink = files
    popen.pid = child.pid
    popen._child_created = True  # type: ignore[attr-defined]
    vars(popen)[_CHILD] = child
    dropped = weakref.ref(popen)
    child.shut = lambda: _shut(dropped())
    if files.open:
        weakref.finalize(popen, abandon, files.open).atexit = False


def _shut(popen: Popen | None) -> None:
    """Leave nothing of a child that is about to be cut off, and no warning about it."""
    if popen is None or popen.returncode is not None:
        return
    child = child_of(popen)
    assert child is not None
    if child.returncode is None:
        for file in (popen.stdin, popen.stdout, popen.stderr):
            if file is not None:
                with contextlib.suppress(OSError, ValueError):
                    file.close()
        child.abandon()
    popen.returncode = child.returncode


def _communicate(genuine: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(genuine)
    def communicate(self: Popen, input: Any = None, timeout: float | None = None) -> Any:  # noqa: A002
        child = child_of(self)
        if child is None:
            real: RealRun | None = vars(self).get(_REAL)
            with _giving_up(real):
                out = genuine(self, input, timeout)
            if real is not None:
                real.communicated(input, out)
            return out
        if getattr(self, "_communication_started", False) and input:
            return genuine(self, input, timeout)  # which refuses it
        _flush(self)
        try:
            child.communicate(input, _encoded(self, input), timeout)
        except Outlasts:
            assert timeout is not None
            return _timeouts.run_out(genuine, self, input, timeout)
        # A scripted child has answered already: no clock may decide that it has not.
        out = genuine(self, input, None if timeout is None else _timeouts.AGES)
        return fill_in(child, out, lambda data: _decode(self, data))

    return communicate


def _flush(popen: Popen) -> None:
    """Let the child hear what is written, and not yet flushed: `communicate` would do it next."""
    if popen.stdin is not None and not popen.stdin.closed:
        with contextlib.suppress(BrokenPipeError):
            popen.stdin.flush()


def _encoded(popen: Popen, given: Any) -> bytes | None:
    if popen.stdin is None or not given:
        return None
    if isinstance(given, str):
        return given.encode(encoding_of(popen), popen.errors or "strict")  # type: ignore[attr-defined]
    return bytes(given)


def fill_in(child: Child, out: Any, decode: Callable[[bytes], Any]) -> Any:
    """The output of `communicate`, with what was scripted also where the caller asked for no pipe."""
    result, child.result = child.result, None
    if result is None or not child.script.fills_in:
        return out
    stdout, stderr = out
    scripted = (result.stdout + result.stderr, b"") if child.merges else (result.stdout, result.stderr)
    if child.handles.stdout is None:
        stdout = decode(scripted[0])
    if child.handles.stderr is None:
        stderr = decode(scripted[1])
    return stdout, stderr


def _wait(genuine: Callable[..., int]) -> Callable[..., int]:
    @wraps(genuine)
    def wait(self: Popen, timeout: float | None = None) -> int:
        child = child_of(self)
        if child is not None:
            try:
                self.returncode = child.wait(timeout)
                child.is_waitable = False
            except Outlasts:
                assert timeout is not None
                raise subprocess.TimeoutExpired(self.args, timeout) from None
            return self.returncode
        with _giving_up(vars(self).get(_REAL)):
            code = genuine(self, timeout)
        _finish(self)
        return code

    return wait


@contextlib.contextmanager
def _giving_up(real: RealRun | None) -> Iterator[None]:
    try:
        yield
    except subprocess.TimeoutExpired as error:
        if real is not None:
            real.outlasted(error)
        raise


def _finish(popen: Popen) -> None:
    if (real := vars(popen).get(_REAL)) is not None:
        real.finish()


def _poll(genuine: Callable[..., int | None]) -> Callable[..., int | None]:
    @wraps(genuine)
    def poll(self: Popen) -> int | None:
        child = child_of(self)
        if child is None:
            code = genuine(self)
            _finish(self)
            return code
        self.returncode = child.look()
        child.is_waitable = child.is_waitable and self.returncode is None
        return self.returncode

    return poll


def _send_signal(genuine: Callable[..., None]) -> Callable[..., None]:
    @wraps(genuine)
    def send_signal(self: Popen, sig: int) -> None:
        child = child_of(self)
        if child is None:
            if (real := vars(self).get(_REAL)) is not None and self.returncode is None:
                real.signalled(int(sig), by_library=sent_by_the_library())
            genuine(self, sig)
        else:
            # The genuine one polls first, and nobody has asked for that.
            child.signal(sig, by_library=sent_by_the_library())

    return send_signal


def encoding_of(popen: Popen) -> str:
    """How a Popen decodes the output of its child; UTF-8 where it does not."""
    if not popen.text_mode:  # type: ignore[attr-defined]
        return "utf-8"
    given = popen.encoding  # type: ignore[attr-defined]
    return locale.getpreferredencoding(False) if given in (None, "locale") else str(given)


def _decode(popen: Popen, data: bytes) -> str | bytes:
    if not popen.text_mode:  # type: ignore[attr-defined]
        return data
    text = data.decode(encoding_of(popen), popen.errors or "strict")  # type: ignore[attr-defined]
    return text.replace("\r\n", "\n").replace("\r", "\n")
