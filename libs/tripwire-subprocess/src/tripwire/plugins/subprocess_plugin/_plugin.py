"""The plugin for whole commands, sync and async, and for `shutil.which`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tripwire import (
    Answer,
    Call,
    Candidate,
    Interaction,
    Source,
    StrictVerifier,
    Target,
    UnusedMock,
)
from tripwire._frames import user_place
from tripwire._unset import UNSET
from tripwire._values import can_be_written, code, is_a, short
from tripwire.plugins._processes import (
    Fitting,
    Member,
    Output,
    Script,
    Spawn,
    caller,
    key,
    mock_run,
    path_of,
    plain,
)
from tripwire.plugins.subprocess_plugin import _which
from tripwire.plugins.subprocess_plugin._queue import Queue
from tripwire.plugins.subprocess_plugin._runs import Run, RunScript, Text
from tripwire.plugins.subprocess_plugin._whiches import Which


class SubprocessPlugin(Member):
    """Serves commands by what they are, whatever function starts them, and look-ups on PATH.

    Use it as `tripwire.subprocess`.
    """

    name = "subprocess"
    role = "run"
    public_names = (
        "subprocess:Popen",
        "subprocess:run",
        "subprocess:call",
        "subprocess:check_call",
        "subprocess:check_output",
        "subprocess:getoutput",
        "subprocess:getstatusoutput",
        "shutil:which",
    )

    run = Source("subprocess.run")
    which = Source("subprocess.which")

    def __init__(self, verifier: StrictVerifier) -> None:
        super().__init__(verifier)
        self._runs: Queue[Run] = Queue()
        self._whiches: Queue[Which] = Queue()

    @classmethod
    def targets(cls) -> Iterable[Target]:
        """The look-up of programs; the starts are caught by what the process plugins share."""
        return _which.targets(cls._answer_which)

    # -- what users call

    def install(self) -> None:
        """Say that the test wants no process. Changes nothing: every sandbox catches them."""

    def mock_run(
        self,
        command: Any,
        returncode: int = 0,
        stdout: Text = "",
        stderr: Text = "",
        raises: BaseException | None = None,
        required: bool = True,
    ) -> None:
        """Answer one start of a command, by any function of `subprocess` or asyncio.

        Args:
            command: the program and its arguments, or a string: a shell's command, or what a shell would
                split into the program and its arguments. Matchers may stand for it or in it.
            returncode: what the process ends with.
            stdout: its output, as str or bytes; the caller gets what it asks for.
            stderr: likewise.
            raises: an exception instead: a `SubprocessError` when the program waits for the process, any
                other at the start.
            required: whether the mock, left unused, fails the test.

        Raises:
            TypeError, ValueError: naming the argument that is wrong.
        """
        _check_outcome(returncode, stdout, stderr, raises, required)
        result = (stdout, stderr, returncode)
        self._runs.add(Run(plain(command), result, raises, required, user_place()))

    def assert_run(
        self,
        command: Any,
        *,
        returncode: Any = UNSET,
        stdout: Any = UNSET,
        stderr: Any = UNSET,
        input: Any = UNSET,  # noqa: A002 - the library's own name
    ) -> None:
        """Assert the next interaction: a command that `mock_run` has answered.

        Args:
            command: as for `mock_run`.
            returncode: compared if given, as are the others.
            stdout: str and bytes are the same, as UTF-8.
            stderr: likewise.
            input: what the program wrote to the process; likewise.

        Raises:
            InteractionMismatchError: the next interaction is another, or differs.
        """
        __tracebackhide__ = True
        expected: dict[str, Any] = {"command": Fitting(plain(command))}
        if returncode is not UNSET:
            expected["returncode"] = returncode
        for name, value in (("stdout", stdout), ("stderr", stderr), ("input", input)):
            if value is not UNSET:
                expected[name] = Output(value)
        self.verifier.take(self.run, expected)

    def mock_which(self, name: Any, returns: str | bytes | None = None, *, required: bool = True) -> None:
        """Answer one call of `shutil.which`.

        Args:
            name: the program looked for.
            returns: where it is; None if it is not found.
            required: whether the mock, left unused, fails the test.

        Raises:
            TypeError: `returns` is no path, or `required` no bool.
        """
        if not (returns is None or is_a(returns, str) or is_a(returns, bytes)):
            raise TypeError(f"returns= must be a path as str or bytes, or None, not {short(returns)}")
        _check_required(required)
        self._whiches.add(Which(_name(name), returns, required, user_place()))

    def assert_which(self, name: Any, *, returns: Any = UNSET) -> None:
        """Assert the next interaction: a call of `shutil.which`.

        Args:
            name: the program looked for.
            returns: what was found; compared if given.

        Raises:
            InteractionMismatchError: the next interaction is another, or differs.
        """
        __tracebackhide__ = True
        expected = {"name": _name(name)}
        if returns is not UNSET:
            expected["returns"] = returns
        self.verifier.take(self.which, expected)

    # -- the road of a call

    def call(self, spawn: Spawn) -> Call:
        """The start of a process as a call."""
        return Call(self.run, {"command": spawn.command}, spawn)

    def script(self, answer: Answer) -> Script:
        """The child of a mocked command."""
        return RunScript(answer.value, answer.interaction)

    def answers(self, spawn: Spawn) -> bool:
        """Whether a mock fits, and is not used."""
        return self._runs.find(spawn.command, key(spawn.command)) is not None

    def nearest(self, spawn: Spawn) -> list[Candidate]:
        """The mocked commands that are like this one, and why each does not fit."""
        return self._runs.nearest(spawn.command)

    def decide(self, call: Call) -> Answer:
        """Use up the mock that fits a call."""
        if call.source is self.which:
            name = call.fields["name"]
            which = self._whiches.take(name, name, _mock_which)
            return Answer(which.returns, fields={"returns": which.returns})
        command = call.fields["command"]
        run = self._runs.take(command, key(command), mock_run)
        fields: dict[str, Any] = {"returncode": run.returncode, "stdout": run.stdout, "stderr": run.stderr}
        return Answer(run, run.start_raises, {**fields, "input": None})

    @classmethod
    def _answer_which(cls, genuine: Callable[..., Any], cmd: Any, mode: int, path: Any) -> Any:
        name = _name(cmd)
        words = f"shutil.which({short(name)})"
        plugin = None if caller("shutil.which").is_look_up else cls.serving(cls.which, words)
        if plugin is None:
            return genuine(cmd, mode, path)
        return plugin.intercept(Call(cls.which, {"name": name}, words)).value

    def unused(self) -> Iterable[UnusedMock]:
        """The mocks no call used."""
        yield from self._runs.unused()
        yield from self._whiches.unused()

    # -- words

    def assertion_for(self, interaction: Interaction) -> str:
        """The typed helper that asserts an interaction."""
        fields = dict(interaction.fields)
        first = "name" if interaction.source is self.which else "command"
        helper = "assert_which" if interaction.source is self.which else "assert_run"
        given = [code(fields.pop(first)), *(f"{name}={code(value)}" for name, value in fields.items())]
        return f"tripwire.subprocess.{helper}({', '.join(given)})"


def _mock_which(name: object) -> str:
    return f"tripwire.subprocess.mock_which({code(name)}, returns=...)"


def _name(program: Any) -> Any:
    return path_of(program)


def _check_required(required: object) -> None:
    if not is_a(required, bool):
        raise TypeError(f"required= must be True or False, not {short(required)}")


def _check_outcome(
    returncode: object, stdout: object, stderr: object, raises: object, required: object
) -> None:
    if not is_a(returncode, int):
        raise TypeError(f"returncode= must be an int, not {short(returncode)}")
    for name, output in (("stdout", stdout), ("stderr", stderr)):
        if not (is_a(output, str) or is_a(output, bytes)):
            raise TypeError(f"{name}= must be str or bytes, not {short(output)}")
        if is_a(output, str) and not can_be_written(output):
            raise ValueError(f"{name}={short(output)} cannot be encoded; give the bytes themselves")
    if raises is not None and not is_a(raises, BaseException):
        raise TypeError(f"raises= must be an exception instance, not {short(raises)}")
    _check_required(required)
