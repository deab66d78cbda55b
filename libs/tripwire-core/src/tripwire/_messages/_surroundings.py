"""Where tripwire cannot work: no test, a wrong configuration, somebody else's patch, a library that has changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tripwire._messages._parts import nearest
from tripwire._values import short

if TYPE_CHECKING:
    from tripwire._patching import Target
    from tripwire._plugin import Plugin


def missing_plugin(name: str, distribution: str) -> str:
    """AttributeError."""
    return f"tripwire.{name} needs its plugin: pip install {distribution}"


def disabled_plugin(name: str) -> str:
    """AttributeError."""
    return f"tripwire.{name} is installed, but disabled by [tool.tripwire] in pyproject.toml"


def unknown_attribute(name: str, known: Iterable[str]) -> str:
    """AttributeError."""
    return f"module 'tripwire' has no attribute {name!r}; {nearest(name, known)}"


_ONCE_FOR_MANY = {
    "setUpClass": ("setUpClass or tearDownClass", "setUp"),
    "setup_class": ("setup_class or teardown_class", "setup_method"),
    "setup_module": ("setup_module or teardown_module", "setup_function"),
}


def no_verifier(fixture: tuple[str, str] | None) -> str:
    """NoActiveVerifierError."""
    if fixture is not None:
        name, scope = fixture
        method, is_xunit, owner = name.partition("_fixture_")
        method = method.removeprefix("_unittest_").removeprefix("_xunit_")
        if is_xunit and method in _ONCE_FOR_MANY:  # pytest runs these by fixtures with names of its own
            methods, remedy = _ONCE_FOR_MANY[method]
            return (
                f"tripwire was used in {methods} of {owner!r}, which runs once for the whole {scope}: what it "
                f"catches belongs to one test.\nUse it in {remedy}, or in a function-scoped fixture"
            )
        return (
            f"tripwire was used in the fixture {name!r}, whose scope is {scope!r}: what it catches belongs to one "
            "test.\nGive the fixture function scope, or open the sandbox in a function-scoped fixture that uses it"
        )
    return (
        "tripwire was used while no test was running.\n"
        "Use it in a test or in a function-scoped fixture, with tripwire's pytest plugin active (no -p no:tripwire); "
        "outside pytest, make a tripwire.StrictVerifier()"
    )


def config_error(key: str, problem: str, path: str | None) -> str:
    """TripwireConfigError."""
    return f"{path or 'configuration'}: [tool.tripwire]{key and f' {key}'}: {problem}"


def cannot_be_read(path: object, error: BaseException) -> str:
    """TripwireConfigError."""
    return f"{path}: {error}"


def of_wrong_kind(wanted: str, value: object) -> str:
    """TripwireConfigError."""
    return f"must be {wanted}, not {short(value)}"


def no_setting(name: str, known: Iterable[str]) -> str:
    """TripwireConfigError."""
    return f"is not a setting; {nearest(name, known)}"


def no_plugin(name: str, known: Iterable[str]) -> str:
    """TripwireConfigError."""
    return f"{name!r} is not a plugin; {nearest(name, known)}"


def no_file(name: str, folder: object) -> str:
    """TripwireConfigError."""
    return f"there is no file {name!r} in {folder}"


def secret_of_everything(entry: str) -> str:
    """TripwireConfigError."""
    return f"{short(entry)} would make everything a secret"


def no_pattern(entry: str, error: BaseException) -> str:
    """TripwireConfigError."""
    return f"{short(entry)} is not a regular expression: {error}"


def matches_nothing(entry: str) -> str:
    """TripwireConfigError."""
    return f"{short(entry)} matches the empty text"


def no_host_pattern(entry: str) -> str:
    """TripwireConfigError."""
    return f"{short(entry)} is not the pattern of a host, such as '*.example.com', without a port"


def conflict(target: str, who: str, what: str = "") -> str:
    """ConflictError. `what` is the place of that which was put there."""
    from tripwire._conflicts import is_instrumentation

    message = (
        f"{target} has already been patched by {who}{what and f' with {what}'}, "
        "so tripwire cannot vouch for what reaches it.\n"
        "Take that patch away, or open the sandbox before it"
    )
    if not is_instrumentation(who):
        return message
    return f'{message}; a transparent wrapper can be allowed:\n    [tool.tripwire]\n    allow_patchers = ["{who}"]'


def overlaid(target: str, who: str, what: str = "") -> str:
    """ConflictError. `what` is the place of that which was put there."""
    return (
        f"{target} was patched by {who}{what and f' with {what}'} inside the sandbox, and still is.\n"
        "Calls made through that patch were not caught. Mock the call with tripwire instead"
    )


def seam_moved(plugin: type[Plugin], target: Target) -> str:
    """TripwireError."""
    from tripwire._registry import versions_behind

    return (
        f"{plugin.__qualname__} cannot find {target}, where it catches calls; {versions_behind(target)}\n"
        "Use a supported version, or put the plugin under disabled_plugins in [tool.tripwire]"
    )
