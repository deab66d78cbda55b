"""The two plugins that serve sessions have this in common."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from tripwire import Answer, Call, Interaction, SessionQueue, Source, Unmatched
from tripwire._unset import UNSET
from tripwire._writing._statement import Statement
from tripwire.plugins._processes import _session_script, _wording
from tripwire.plugins._processes._command import Output, path_of, plain
from tripwire.plugins._processes._processes import Member
from tripwire.plugins._processes._script import Script
from tripwire.plugins._processes._session_script import ChildCall, SessionScript
from tripwire.plugins._processes._spawn import Spawn
from tripwire.plugins._processes._steps import MACHINE, ProcessSession

if TYPE_CHECKING:
    from tripwire import StrictVerifier, UnusedMock


class SessionPlugin(Member):
    """What `tripwire.popen` and `tripwire.async_subprocess` have in common."""

    spawn: ClassVar[Source]
    communicate: ClassVar[Source]
    wait: ClassVar[Source]
    signal: ClassVar[Source]
    stdin: ClassVar[Source]

    def __init__(self, verifier: StrictVerifier) -> None:
        super().__init__(verifier)
        self._sessions = SessionQueue(f"tripwire.{self.name}", MACHINE, ProcessSession)

    def new_session(self) -> ProcessSession:
        """Script one more child; sessions serve in the order they are made.

        ```python
        import subprocess, tripwire

        def test_child():
            session = tripwire.popen.new_session()
            session.expect("spawn", returns=None).expect("communicate", returns=(b"hello", b"", 0))
            with tripwire:
                with subprocess.Popen(["echo", "hello"], stdout=subprocess.PIPE) as child:
                    assert child.communicate()[0] == b"hello"
            tripwire.popen.assert_spawn(command=["echo", "hello"], stdin=None)
            tripwire.popen.assert_communicate(input=None)
        ```
        """
        session = self._sessions.new()
        assert isinstance(session, ProcessSession)
        return session

    def assert_spawn(
        self, *, command: Any, stdin: Any, shell: Any = UNSET, cwd: Any = UNSET, env: Any = UNSET
    ) -> None:
        """Assert the next interaction: the start of a process.

        Args:
            command: a list for a program and its arguments, a string for a shell's command.
            stdin: what the program gave as `stdin`, such as `subprocess.PIPE`; None if it gave nothing.
            shell: whether a shell was to read the command; compared if given, as are the others.
            cwd: the directory it was started in, or None.
            env: in what its environment differs from the parent's, with None for what it lacks; None if the
                program gave none.

        Raises:
            InteractionMismatchError: the next interaction is another, or differs.
        """
        __tracebackhide__ = True
        given = {"shell": shell, "cwd": path_of(cwd), "env": env}
        others = {name: value for name, value in given.items() if value is not UNSET}
        self.verifier.take(self.spawn, {"command": plain(command), "stdin": stdin, **others})

    def assert_communicate(self, *, input: Any) -> None:  # noqa: A002 - the library's own name
        """Assert the next interaction: a call of `communicate`.

        Args:
            input: what the program gave as `input`, or None.

        Raises:
            InteractionMismatchError: the next interaction is another, or differs.
        """
        __tracebackhide__ = True
        self.verifier.take(self.communicate, {"input": input})

    def assert_wait(self) -> None:
        """Assert the next interaction: a call of `wait`.

        Raises:
            InteractionMismatchError: the next interaction is another.
        """
        __tracebackhide__ = True
        self.verifier.take(self.wait, {})

    def assert_signal(self, *, signal: Any) -> None:
        """Assert the next interaction: a signal that the program has sent.

        Args:
            signal: its number.

        Raises:
            InteractionMismatchError: the next interaction is another, or differs.
        """
        __tracebackhide__ = True
        self.verifier.take(self.signal, {"signal": signal})

    def assert_stdin(self, *, data: Any) -> None:
        """Assert the next interaction: what the program has written to a child's stdin, other than by `communicate`.

        It stands before the first signal, `wait` or `communicate` of the child after it.

        Args:
            data: all of it. Text is compared as UTF-8.

        Raises:
            InteractionMismatchError: the next interaction is another, or differs.
        """
        __tracebackhide__ = True
        self.verifier.take(self.stdin, {"data": Output(data)})

    # -- the road of a call

    def call(self, spawn: Spawn) -> Call:
        """The start of a process as a call."""
        return Call(self.spawn, spawn.fields(), spawn)

    def answers(self, spawn: Spawn) -> bool:  # noqa: ARG002 - a session serves any command
        """Whether a session is left."""
        return self._sessions.upcoming() is not None

    def script(self, answer: Answer) -> Script:
        """The script of the child that an answer starts."""
        session, spawn = answer.value
        return SessionScript(self, session, spawn)

    def decide(self, call: Call) -> Answer:
        """Take the session's step for a call."""
        if isinstance(call.summary, ChildCall):
            return self._decide_child(call.summary)
        spawn = call.summary
        assert isinstance(spawn, Spawn)
        try:
            session, step = self._sessions.begin("spawn")
        except Unmatched as unmatched:
            raise _wording.unmatched(spawn, self.processes.members, unmatched) from None
        return Answer((session, spawn), step.raises)

    def _decide_child(self, call: ChildCall) -> Answer:
        try:
            return _session_script.decide(call)
        except Unmatched as unmatched:
            if unmatched.error is None:
                unmatched.paste = _wording.step(call.method, call.session)
                lines = (unmatched.explanation, f"the step below belongs to {call.session.begins()}")
                unmatched.explanation = "\n".join(filter(None, lines))
            raise

    def unused(self) -> Iterable[UnusedMock]:
        """The required steps no call took."""
        return self._sessions.unused()

    # -- words

    def describe(self, interaction: Interaction) -> str:
        """An interaction in words."""
        return _wording.describe(interaction)

    def shown(self, name: str, value: Any) -> Any:
        """What a message shows of a field: no secrets."""
        return _wording.shown(name, value)

    def assertion(self, interaction: Interaction, also: Collection[str] = ()) -> Statement:
        """The typed helper that asserts it."""
        return _wording.assertion(self.name, interaction, also)

    def assertion_for(self, interaction: Interaction) -> str:
        """The same in a line."""
        return self.assertion(interaction).in_a_line(_wording.in_code)
