"""What makes `tripwire` more than a module: `with tripwire:` and `tripwire.<plugin>`."""

from __future__ import annotations

from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from tripwire import _context, _project

if TYPE_CHECKING:
    from tripwire._verifier import StrictVerifier

__tracebackhide__ = True  # in every function: at import time no report is shortened


class TripwireModule(ModuleType):
    """The class of the module `tripwire`."""

    def __call__(self, *_: object, **__: object) -> NoReturn:
        from tripwire import _messages
        from tripwire._errors import wrong_use

        raise wrong_use(TypeError, _messages.not_called())

    def __enter__(self) -> StrictVerifier:
        return _context.current_verifier().sandbox().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        _close(error)

    async def __aenter__(self) -> StrictVerifier:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        _close(error)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") and name != "__all__":
            raise AttributeError(f"module 'tripwire' has no attribute {name!r}")
        held = vars(self)
        if "__all__" not in held:
            from tripwire import _everything  # not before anything is asked for: most tests of a suite do not

            held.update({one: getattr(_everything, one) for one in (*_everything.__all__, "__all__")})
        if name in held:
            return held[name]
        from tripwire import _proxies

        return _proxies.find(name)

    def __dir__(self) -> list[str]:
        plugins = filter(_project.config().enables, _project.offered())
        return sorted({*self.__all__, *plugins, *(name for name in vars(self) if name.startswith("__"))})


def _close(error: BaseException | None) -> None:
    verifier = _context.current_verifier()
    sandbox = verifier.innermost_open()
    if sandbox is not None:
        verifier.exit_sandbox(sandbox, quiet=error is not None)
