"""The plugin for whole commands, sync and async, and for `shutil.which`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from tripwire import Answer, Call, Candidate, Interaction, Source, StrictVerifier, Target
from tripwire._errors import wrong_use
from tripwire._frames import user_place
from tripwire._plugin import Unmatched
from tripwire._routing import require_sandbox
from tripwire._unset import UNSET
from tripwire._unused import UnusedMock
from tripwire._values import code, is_a, short
from tripwire._writing._statement import Statement
from tripwire.plugins._processes import (
    AnyArgs,
    Fitting,
    Member,
    Output,
    RealRun,
    Recorded,
    Role,
    Script,
    Spawn,
    any_args,
    caller,
    key,
    mock_run,
    path_of,
    plain,
    refusal,
    start_source,
)
from tripwire.plugins._processes import _wording as words
from tripwire.plugins.subprocess_plugin import _checks, _which, _written
from tripwire.plugins.subprocess_plugin._queue import Queue
from tripwire.plugins.subprocess_plugin._runs import ANY, RECORDED, Conditions, Run, RunScript, Served, Start
from tripwire.plugins.subprocess_plugin._whiches import LOOK, LookUp, Which, mock_which


class SubprocessPlugin(Member):
    """Serves commands by what they are, whatever function starts them, and look-ups on PATH.

    Use it as `tripwire.subprocess`.
    """

    name = "subprocess"
    role: ClassVar[Role] = "run"
    public_names: ClassVar[Sequence[str]] = (
        "subprocess:Popen",
        "subprocess:run",
        "subprocess:call",
        "subprocess:check_call",
        "subprocess:check_output",
        "subprocess:getoutput",
        "subprocess:getstatusoutput",
        "shutil:which",
    )

    run: ClassVar[Source] = start_source("run")
    which: ClassVar[Source] = Source("subprocess.which")
    signal: ClassVar[Source] = Source("subprocess.signal")
    any_args: ClassVar[AnyArgs] = any_args
    config_keys: ClassVar[Mapping[str, type]] = {"ordered": bool}

    def __init__(self, verifier: StrictVerifier) -> None:
        super().__init__(verifier)
        self._is_ordered = bool(self.config.get("ordered", False))
        self._runs: Queue[Run] = Queue(ordered=self._is_ordered)
        self._whiches: Queue[Which] = Queue()
        self._recorded: dict[Interaction, Recorded] = {}

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
        stdout: str | bytes = "",
        stderr: str | bytes = "",
        raises: BaseException | None = None,
        required: bool = True,
        *,
        input: Any = UNSET,  # noqa: A002 - the library's own name
        cwd: Any = UNSET,
        env: Any = UNSET,
        after: float = 0,
        times: int | None = 1,
    ) -> None:
        """Answer a start of a command, by any function of `subprocess`, asyncio or `os`.

        ```python
        import subprocess, tripwire

        def test_branch():
            tripwire.subprocess.mock_run(["git", "branch"], stdout="* main")
            with tripwire:
                assert subprocess.check_output(["git", "branch"]) == b"* main"
            tripwire.subprocess.assert_run(["git", "branch"], returncode=0)
        ```

        Args:
            command: the program and its arguments, or a string: a shell's command, or what a shell would
                split into the program and its arguments. Matchers may stand for it or in it, `any_args` at its
                end; or a function that gets the command and says whether the mock is for it.
            returncode: what the process ends with.
            stdout: its output, as str or bytes; the caller gets what it asks for.
            stderr: likewise.
            raises: an exception instead: a `SubprocessError` when the program waits for the process, any
                other at the start.
            required: whether the mock, left unused or used less than `times`, fails the test.
            input: serve only who writes this to the process, or what a matcher fits; str and bytes are the same.
            cwd: serve only who starts the process there; None for who does not say.
            env: serve only a process with these variables, or a matcher for what it has beside its parent's.
            after: how long the process takes, in seconds of a clock that nobody waits for.
            times: how often the mock serves; None for any number.

        Raises:
            TypeError, ValueError: naming the argument that is wrong.
        """
        _checks.outcome(returncode, stdout, stderr, raises, required)
        _checks.seconds(after)
        result = (stdout, stderr, returncode)
        looks = not (input is UNSET and cwd is UNSET and env is UNSET)
        conditions = Conditions(input, cwd, env) if looks else ANY
        self._add(command, result, raises, required, conditions, times, after)

    def pass_through(
        self, command: Any, *, cwd: Any = UNSET, times: int | None = 1, required: bool = True
    ) -> None:
        """Let a command start the real process. What really happened is recorded, and is to be asserted.

        Args:
            command: as for `mock_run`.
            cwd: as for `mock_run`.
            times: how often; None for any number.
            required: whether the mock, left unused or used less than `times`, fails the test.

        Raises:
            TypeError, ValueError: naming the argument that is wrong.
        """
        _checks.is_required(required)
        self._add(command, None, None, required, Conditions(UNSET, cwd), times, 0)

    def _add(
        self,
        command: Any,
        result: Any,
        raises: BaseException | None,
        required: bool,
        conditions: Conditions,
        times: Any,
        after: float,
    ) -> None:
        if why := refusal(command):
            kind = ValueError if is_a(command, list) or is_a(command, tuple) else TypeError
            raise wrong_use(kind, f"command={short(command)} {why}")
        _checks.count(times)
        run = Run(
            plain(command),
            result,
            raises,
            required,
            user_place(),
            conditions=conditions,
            times=times,
            after=float(after),
        )
        self._runs.add(run)

    def assert_run(
        self,
        command: Any,
        *,
        returncode: Any = UNSET,
        stdout: Any = UNSET,
        stderr: Any = UNSET,
        input: Any = UNSET,  # noqa: A002 - the library's own name
        raises: Any = UNSET,
        shell: Any = UNSET,
        cwd: Any = UNSET,
        env: Any = UNSET,
        stdin: Any = UNSET,
    ) -> None:
        """Assert the next interaction: a command that `mock_run` has answered, or `pass_through` has let through.

        Args:
            command: as for `mock_run`.
            returncode: compared if given, as are the others.
            stdout: str and bytes are the same, as UTF-8.
            stderr: likewise.
            input: what the program wrote to the process; likewise.
            raises: the exception that came of it: its type, or one of that type with equal arguments.
            shell: whether a shell was to read the command.
            cwd: the directory it was started in, or None.
            env: in what its environment differs from the parent's, with None for what it lacks; None if the
                program gave none.
            stdin: what the program gave as `stdin`, or None.

        Raises:
            InteractionMismatchError: the next interaction is another, or differs.
        """
        __tracebackhide__ = True
        expected: dict[str, Any] = {"command": Fitting(plain(command))}
        others = {
            "returncode": returncode,
            "raises": raises,
            "shell": shell,
            "cwd": path_of(cwd),
            "env": env,
            "stdin": stdin,
        }
        expected.update((name, value) for name, value in others.items() if value is not UNSET)
        for name, value in (("stdout", stdout), ("stderr", stderr), ("input", input)):
            if value is not UNSET:
                expected[name] = Output(value)
        self.verifier.take(self.run, expected)

    def assert_signal(self, *, signal: Any) -> None:
        """Assert the next interaction: a signal that the program has sent to a mocked command.

        Args:
            signal: its number.

        Raises:
            InteractionMismatchError: the next interaction is another, or differs.
        """
        __tracebackhide__ = True
        self.verifier.take(self.signal, {"signal": signal})

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
            raise wrong_use(
                TypeError, f"returns= must be a path as str or bytes, or None, not {short(returns)}"
            )
        _checks.is_required(required)
        self._whiches.add(Which(path_of(name), returns, required, user_place()))

    def assert_which(self, name: Any, *, returns: Any = UNSET) -> None:
        """Assert the next interaction: a call of `shutil.which`.

        Args:
            name: the program looked for.
            returns: what was found; compared if given.

        Raises:
            InteractionMismatchError: the next interaction is another, or differs.
        """
        __tracebackhide__ = True
        expected = {"name": path_of(name)}
        if returns is not UNSET:
            expected["returns"] = returns
        self.verifier.take(self.which, expected)

    # -- the road of a call

    def call(self, spawn: Spawn) -> Call:
        """The start of a process as a call."""
        return Call(self.run, spawn.fields(), spawn)

    def script(self, answer: Answer) -> Script:
        """The child of a mocked command."""
        served = answer.value
        return RunScript(
            served.run, answer.interaction, served.choose, self._record_signal, self._require_sandbox
        )

    def real(self, answer: Answer) -> RealRun | None:
        """The record of a process that is let through."""
        if answer.value is RECORDED:
            record = self._recorded[answer.interaction] = Recorded(answer.interaction, self._record_signal)
            return record
        return RealRun(answer.interaction) if answer.value.run.is_real else None

    def answers(self, spawn: Spawn) -> bool:
        """Whether a mock fits, and is not used."""
        return self._runs.find(Start(spawn), key(spawn.command)) is not None

    def nearest(self, spawn: Spawn) -> list[Candidate]:
        """The mocked commands that are like this one, and why each does not fit."""
        return self._runs.nearest(Start(spawn))

    def decide(self, call: Call) -> Answer:
        """Use up the mock that fits a call."""
        if isinstance(call.summary, LookUp):
            name = call.summary.name
            which = self._whiches.take(name, name, lambda: mock_which(name))
            return Answer(which, fields={"returns": which.returns})
        spawn = call.summary
        assert isinstance(spawn, Spawn)
        try:
            run = self._runs.take(Start(spawn), key(spawn.command), lambda: mock_run(spawn.command))
        except Unmatched as unmatched:
            unmatched.explanation = words.explanation(spawn)
            raise
        looks = run.conditions.input is not UNSET
        choose = partial(self._choose, call, spawn, run) if looks else None
        fields = {**({} if looks else run.fields()), "input": None}
        return Answer(Served(run, choose), None if looks else run.start_raises, fields)

    def _choose(self, call: Call, spawn: Spawn, run: Run, given: Any) -> Run:
        """The mock for an input, where those for the command look at it; `run` was taken until it is known."""
        run.served -= 1
        start = Start(spawn, given)
        found = self._runs.find(start, key(spawn.command))
        (found or run).served += 1
        if found is None:
            paste = mock_run(spawn.command).replace(", returncode", f", input={code(given)}, returncode")
            self.refuse(call, Unmatched(candidates=self._runs.nearest(start), paste=paste))
        return found

    def _require_sandbox(self, call: object) -> None:
        require_sandbox(self.run, call, self.verifier)

    def _record_signal(self, number: int) -> None:
        self._require_sandbox(f"signal {number}")
        self.verifier.record(self, self.signal, {"signal": number})

    @classmethod
    def _answer_which(cls, genuine: Callable[..., Any], cmd: Any, mode: int, path: Any) -> Any:
        name = path_of(cmd)
        call = LookUp(name)
        plugin = None if caller("shutil.which").is_look_up else cls.serving(cls.which, call)
        if plugin is None:
            return genuine(cmd, mode, path)
        answer = plugin.intercept(Call(cls.which, {"name": name}, call))
        if answer.value is not LOOK:
            return answer.value.returns
        found = genuine(cmd, mode, path)
        answer.interaction.complete(returns=found)
        return found

    def unused(self) -> Iterable[UnusedMock]:
        """The mocks no call used."""
        yield from self._runs.unused()
        yield from self._whiches.unused()

    # -- words

    def describe(self, interaction: Interaction) -> str:
        """An interaction in words."""
        shown = ", ".join(f"{k}={short(self.shown(k, v))}" for k, v in _written.told(interaction).items())
        return f"{interaction.source!r}({shown})"

    def shown(self, name: str, value: Any) -> Any:
        """What a message shows of a field: no secrets."""
        return words.shown(name, value)

    # -- what is written

    def assertion(self, interaction: Interaction, also: Collection[str] = ()) -> Statement:
        """The typed helper that asserts an interaction."""
        return _written.assertion(interaction, also)

    def assertion_for(self, interaction: Interaction) -> str:
        """The same in a line."""
        return self.assertion(interaction).in_a_line(words.in_code)

    def mocks(self, interactions: Sequence[Interaction]) -> Sequence[Statement]:
        """The mocks of the look-ups and of the commands that were let through."""
        ran = [(one, self._recorded.get(one)) for one in interactions if one.source is self.run]
        found = [_written.look_up(one) for one in interactions if one.source is self.which]
        return [*found, *_written.mocks(ran, self.verifier.config, ordered=self._is_ordered)]

    def let_through(self, call: Call) -> Answer | None:
        """The answer that lets a command run, or `shutil.which` look."""
        if isinstance(call.summary, LookUp):
            return Answer(LOOK)
        # What comes of it is known bit by bit.
        fields = {"returncode": None, "stdout": "", "stderr": "", "input": None}
        return Answer(RECORDED, fields=fields)
