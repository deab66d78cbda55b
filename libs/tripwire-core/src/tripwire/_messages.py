"""All wording: what happened, where, what was nearest and why it did not match, and code to paste."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tripwire._frames import Place
from tripwire._values import LONGEST_VALUE, PASSES, comparison_error, cut, is_a
from tripwire._values import code as code
from tripwire._values import short as short

if TYPE_CHECKING:
    from tripwire._patching import Target
    from tripwire._plugin import Call, Plugin, Unmatched
    from tripwire._timeline import Interaction, Timeline
    from tripwire._trips import Trip
    from tripwire._unused import UnusedMock

CallWording = Callable[[str, "Place | None"], str]

LONGEST_LIST = 20


def at(place: object) -> str:
    """Where, as the end of a line."""
    return f"  ({place})" if place is not None else ""


def indent(text: str, by: str = "    ") -> str:
    """A text moved to the right."""
    return "\n".join(by + line if line else line for line in text.splitlines())


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at the nearest known name, or at all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(name[:LONGEST_VALUE], names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known are: {', '.join(names)}" if names else "none is known"


def _bullets(lines: Sequence[str]) -> str:
    shown = [f"  - {line}" for line in lines[:LONGEST_LIST]]
    if len(lines) > LONGEST_LIST:
        shown.append(f"  ... and {len(lines) - LONGEST_LIST:,} more")
    return "\n".join(shown)


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def described(interaction: Interaction) -> str:
    """An interaction in words."""
    try:
        return interaction.plugin.describe(interaction)
    except PASSES:
        raise
    except BaseException as error:  # noqa: BLE001 - a report must survive any plugin
        return f"{interaction.source!r} (which its plugin fails to describe: {short(error)})"


def outcome(interaction: Interaction) -> str:
    """What came of an interaction, for the timeline."""
    fields = interaction.fields
    for name in ("raised", "status", "returncode", "returned", "returns"):
        if fields.get(name) is not None:
            value = cut(_shown(interaction, name, fields[name]), 30)
            return f"raised {value}" if name == "raised" else value
    return "answered"


def earlier(number: int) -> str:
    """The head of a timeline that is too long to be shown."""
    return f"{_count(number, 'line')} before these"


def summary(interactions: int, tests: int, trips: int) -> str:
    """The last line of a run."""
    told = f"tripwire: {_count(interactions, 'interaction')} in {_count(tests, 'test')}"
    return f"{told}, {_count(trips, 'trip')}" if trips else told


def not_met(name: str) -> str:
    """Of a run: configuration that it did not need."""
    return f"allow_patchers names {name!r}, which has patched nothing in this run"


def not_tested(library: str, installed: str, tested: str) -> str:
    """Of a run: a client library in a version that no test of tripwire's has seen."""
    return f"{library} {installed} is not among the versions that tripwire is tested with: {tested}"


def _pasted(interaction: Interaction) -> str:
    try:
        return interaction.plugin.assertion_for(interaction)
    except PASSES:
        raise
    except BaseException:  # noqa: BLE001 - a report must survive any plugin
        return generic_assertion(interaction)


def unmocked(call: Call, place: Place | None, why: Unmatched) -> str:
    """UnmockedInteractionError."""
    parts = [f"nothing answers this call: {call.summary}", f"  called at {place}" if place else ""]
    if why.explanation:
        parts.append(why.explanation)
    if why.candidates:
        parts.append("nearest, and why it did not match:")
        parts.append(_bullets([f"{c.label}: {c.reason}{at(c.place)}" for c in why.candidates]))
    if why.paste:
        parts += ["to mock it, put this before the sandbox:", indent(why.paste)]
    return "\n".join(filter(None, parts))


def invalid_state(subject: str, method: str, state: str, allowed: Sequence[str]) -> str:
    """InvalidStateError."""
    where = " or ".join(repr(one) for one in allowed) or "no state"
    return f"{subject}: the scripted step {method!r} is out of its state: it is {state!r}, and {method!r} needs {where}"


def wrong_arguments(call: str, place: Place | None, why: object) -> str:
    """WrongArgumentsError."""
    return f"the real thing would not take this call: {call}\n  called at {place}\n{why}"


def post_sandbox(call: str, place: Place | None, opened: Place | None) -> str:
    """PostSandboxInteractionError."""
    return (
        f"a task or thread went on after its sandbox had closed, and called: {call}\n"
        f"  called at {place}; the sandbox was opened at {opened}\n"
        "await or join it before the sandbox ends, so that its calls are answered and can be asserted"
    )


def several_sandboxes(call: str, place: Place | None) -> str:
    """SandboxNotActiveError, where several verifiers could serve."""
    return (
        f"several verifiers have a sandbox open, and this call belongs to none of them: {call}\n"
        f"  called at {place}\n"
        "its thread or event loop is older than the sandboxes; start it inside one of them"
    )


def other_process(call: str, place: Place | None) -> str:
    """SandboxNotActiveError, in a forked child."""
    return (
        f"a child process made this call, and mocks cannot follow into another process: {call}\n"
        f"  called at {place}\n"
        "make the call in the test's own process: let the test use threads, or call what the child runs directly"
    )


def sandbox_not_active(call: str, place: Place | None) -> str:
    """SandboxNotActiveError, for what has nothing real behind it: a mock, a scripted connection or process."""
    return (
        f"nothing real stands behind this call, and no sandbox of its test is open: {call}\n"
        f"  called at {place}\n"
        "make the call inside `with tripwire:`"
    )


def swallowed(trips: Sequence[Trip]) -> str:
    """SwallowedTripError."""
    alike: dict[tuple[object, ...], list[Trip]] = {}
    for trip in trips:
        key = (type(trip.error), trip.error.call, trip.error.place, trip.caught_at())
        alike.setdefault(key, []).append(trip)
    lines = [_swallowed_line(same) for same in alike.values()]
    kinds = dict.fromkeys(f"tripwire.{type(trip.error).__name__}" for trip in trips)
    return (
        f"{_count(len(trips), 'trip')} never reached the test:\n{_bullets(lines)}\n"
        "mock the call; or, where the test is about the program's reaction, expect it:\n"
        f"    with tripwire.expect_trip({', '.join(kinds)}):"
    )


def _swallowed_line(alike: Sequence[Trip]) -> str:
    trip, times = alike[0], f", {len(alike):,} times" if len(alike) > 1 else ""
    what = f"{type(trip.error).__name__}: {trip.error.call}{at(trip.error.place)}"
    thread = f", in thread {trip.thread!r}" if trip.thread != "MainThread" else ""
    if trip.error.process is not None:
        thread = f", in process {trip.error.process}"
    caught = trip.caught_at()
    where = ""
    if caught is not None:
        where = "\n    swallowed at " if trip.was_handled() else "\n    swallowed at or after "
        where += f"{caught} in {caught.function}"
        if (passed := trip.let_through_at()) is not None:
            where += f", let through at {passed} in {passed.function}"
    return f"{what}{times}{thread}{where}\n{indent(str(trip.error), '    | ')}"


def no_trip(kinds: Sequence[type[BaseException]]) -> str:
    """`expect_trip` without a trip."""
    return f"expected a trip ({' or '.join(kind.__name__ for kind in kinds)}), and there was none"


def unasserted(interactions: Sequence[Interaction]) -> str:
    """UnassertedInteractionsError."""
    shown = interactions[:LONGEST_LIST]
    lines = [f"{described(i)}{at(i.place)}" for i in shown]
    more = len(interactions) - len(shown)
    pastes = [_pasted(i) for i in shown]
    if more:
        lines.append(f"... and {more:,} more")
        pastes.append(f"# ... and {more:,} more")
    verb = "was" if len(interactions) == 1 else "were"
    return (
        f"{_count(len(interactions), 'interaction')} {verb} not asserted:\n"
        + "\n".join(f"  - {line}" for line in lines)
        + "\nput this after the sandbox:\n"
        + indent("\n".join(pastes))
    )


def unused(mocks: Sequence[UnusedMock]) -> str:
    """UnusedMocksError."""
    verb = "was" if len(mocks) == 1 else "were"
    lines = [f"{mock.label}{at(mock.place)}{': ' if mock.note else ''}{mock.note}" for mock in mocks]
    return (
        f"{_count(len(mocks), 'mock')} {verb} never used:\n{_bullets(lines)}\n"
        "make the call, take the mock away, or register it with required=False"
    )


def still_at_work(what: str) -> str:
    """TripwireWarning."""
    return (
        f"{what} was started inside the sandbox and is still at work, now that the test is over; "
        "from here on its calls are real. Join or cancel it in the test"
    )


def mismatch(
    timeline: Timeline,
    source: object,
    expected: dict[str, Any],
    found: Interaction | None,
    *,
    any_order: bool,
) -> str:
    """InteractionMismatchError."""
    fields = ", ".join(f"{k}={_shown(found, k, v)}" for k, v in expected.items())
    asserted = f"{source!r}{f' with {fields}' if fields else ''}"
    if found is None:
        rest = list(timeline.open())
        if not rest:
            return f"asserted {asserted}, but every recorded interaction is asserted already"
        lines = [f"{described(i)}{at(i.place)}" for i in rest]
        return f"asserted {asserted}, but none of that source is left; left are:\n{_bullets(lines)}"
    if found.source is not source:
        return (
            f"asserted {asserted}, but the next interaction is another:\n"
            f"  {described(found)}{at(found.place)}\n"
            f"assert this first, or use `with tripwire.in_any_order():`\n" + indent(_pasted(found))
        )
    which = "the nearest interaction" if any_order else "the next interaction"
    return (
        f"{which} of {source!r} differs{at(found.place)}:\n"
        + "\n".join(_differing(expected, found))
        + "\nas it happened:\n"
        + indent(_pasted(found))
    )


def _differing(expected: dict[str, Any], found: Interaction) -> list[str]:
    from tripwire._assertions import Check, differences

    lines = []
    for name in differences(expected, found):
        value = expected[name]
        if is_a(value, Check):
            lines += [f"  {name}:", *(f"    {line}" for line in value.found_in(found))]
        elif name not in found.fields:
            lines.append(f"  {name}: there is no such field; {nearest(name, found.fields)}")
        else:
            lines += [
                f"  {name}:",
                f"    asserted {_shown(found, name, value)}",
                f"    happened {_shown(found, name, found.fields[name])}",
            ]
            if (trouble := comparison_error(value, found.fields[name])) is not None:
                lines.append(f"    comparing them raises {short(trouble)}")
    return lines


def _shown(interaction: Interaction | None, name: str, value: Any) -> str:
    """A field for a message, as its plugin wants it shown."""
    if interaction is None:
        return short(value)
    try:
        return short(interaction.plugin.shown(name, value))
    except PASSES:
        raise
    except BaseException:  # noqa: BLE001 - a report must survive any plugin
        return short(value)


def missing_fields(found: Interaction, missing: Sequence[str]) -> str:
    """MissingAssertionFieldsError."""
    lines = [
        f"{name}={_shown(found, name, found.fields[name])}" if name in found.fields else name
        for name in missing
    ]
    return (
        f"this assertion of {found.source!r} must also state:\n{_bullets(lines)}\n"
        f"as it happened{at(found.place)}:\n{indent(_pasted(found))}"
    )


def assertion_inside(source: object, place: Place | None) -> str:
    """AssertionInsideSandboxError."""
    return (
        f"{source!r} was asserted inside the sandbox{at(place)}\n"
        "assert after the `with tripwire:` block, when all calls have been made"
    )


def generic_assertion(interaction: Interaction) -> str:
    """The assertion any interaction can be written as."""
    fields = "".join(f", {name}={code(value)}" for name, value in interaction.fields.items())
    return f"tripwire.assert_interaction({interaction.source!r}{fields})"


def not_a_source(source: object) -> str:
    """TypeError."""
    return f"{short(source)} is not a source; name what was called, such as tripwire.http.request or a mock's method"


def second_plugin(plugin: Plugin) -> str:
    """ValueError."""
    kind = type(plugin).__name__
    return (
        f"this verifier already has a {kind}; use the one it has, or construct {kind}(verifier) "
        "before the first use and the first sandbox"
    )


def placed_twice(what: str, place: Place | None) -> str:
    """ValueError."""
    return f"there is a mock or spy in the place of {what} already{at(place)}; configure that one"


def caught_there(target: str, plugin: type[Plugin]) -> str:
    """ConflictError."""
    return (
        f"{target} is where tripwire's {plugin.name} plugin catches calls, so no mock or spy can stand there.\n"
        "Mock the call by that plugin, or a function of your own program that makes it"
    )


def spec_clash(what: str, names: Sequence[str]) -> str:
    """ValueError."""
    return (
        f"{what} cannot have this spec: the real thing has {', '.join(map(repr, names))}, which a mock needs for "
        "itself; mock the single methods instead"
    )


def needs_name(what: str, name: object) -> str:
    """TypeError."""
    return f"{what} needs a name, not {short(name)}"


def unprintable_name(what: str, name: str) -> str:
    """ValueError."""
    return (
        f"{what} {short(name)} must be one line of printable text, of at most {LONGEST_VALUE} characters: "
        "it stands in every message about the mock or spy"
    )


def no_attribute_name(name: object) -> str:
    """TypeError."""
    return f"attribute must be the name of an attribute, a string such as 'send', not {short(name)}"


def cannot_look_into(value: object, error: BaseException) -> str:
    """TypeError."""
    return (
        f"{short(value)} cannot be looked into: that raises {short(error)}; "
        "give the class or function that it is made from"
    )


def cannot_replace(what: str, error: BaseException) -> str:
    """TypeError."""
    return f"{what} cannot be replaced: that raises {short(error)}; replace it where it is used instead"


def no_step(label: str, method: object, known: Iterable[str]) -> str:
    """ValueError."""
    hint = nearest(method if type(method) is str else "", known)
    return f"{label} has no step {short(method)}; {hint}"


def no_moves(moves: object) -> str:
    """TypeError."""
    return (
        "moves must map each step to the states it leads to, "
        f"such as {{'commit': {{'open': 'closed'}}}}, not {short(moves)}"
    )


def no_trip_kind(kind: object) -> str:
    """TypeError."""
    return f"expect_trip() takes kinds of trips such as tripwire.UnmockedInteractionError, not {short(kind)}"


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


def two_plugins(plugin: type[Plugin], target: str, holder: type[Plugin] | None) -> str:
    """ConflictError. The holder is None where a mock or spy of the user's is in that place."""
    from tripwire._registry import distribution_of, first_to_go

    if holder is None:
        return (
            f"{_plugin(plugin, distribution_of(plugin))} claims {target}, where a mock or spy is in place already; "
            "create the plugin before the first sandbox, or take that mock or spy away"
        )
    names = [distribution_of(plugin), distribution_of(holder)]
    message = f"{_plugin(plugin, names[0])} claims {target}, which {_plugin(holder, names[1])} has patched already; "
    if (name := first_to_go(names)) is None or names[0] == names[1]:
        return message + "disable one of them in [tool.tripwire] disabled_plugins"
    return f"{message}only one of them can be active:\n    pip uninstall {name}"


def _plugin(plugin: type[Plugin], distribution: str | None) -> str:
    return f"{plugin.__qualname__}{(distribution and f' of {distribution}') or ''}"


def seam_moved(plugin: type[Plugin], target: Target) -> str:
    """TripwireError."""
    from tripwire._registry import versions_behind

    return (
        f"{plugin.__qualname__} cannot find {target}, where it catches calls; {versions_behind(target)}\n"
        "Use a supported version, or put the plugin under disabled_plugins in [tool.tripwire]"
    )


def cannot_import(name: str, value: str, distribution: str | None, error: Exception) -> str:
    """TripwireError."""
    return _unusable(name, value, distribution, f"cannot be imported: {short(error)}")


def wrong_plugin(name: str, value: str, distribution: str | None, problem: str) -> str:
    """TripwireError."""
    return _unusable(name, value, distribution, f"cannot be used: {problem}")


def _unusable(name: str, value: str, distribution: str | None, why: str) -> str:
    offered = f"{value} of {distribution}" if distribution else value
    return f"the plugin {name!r} ({offered}) {why}; mend it, or put {name!r} under disabled_plugins in [tool.tripwire]"


def plugin_failed(plugin: type[Plugin], doing: str, error: Exception) -> str:
    """TripwireError."""
    return (
        f"{plugin.__qualname__} failed while {doing}: {short(error)}; mend it, or put "
        f"{short(getattr(plugin, 'name', plugin.__qualname__))} under disabled_plugins in [tool.tripwire]"
    )


def mixed_versions(distribution: str, version: str, core: str) -> str:
    """ConflictError."""
    return (
        f"{distribution} {version} does not go with tripwire-core {core}: all tripwire distributions "
        f"share one version.\n    pip install --upgrade {distribution}=={core}"
    )


def pinned(distribution: str, version: str, wanted: str, core: str) -> str:
    """ConflictError."""
    return (
        f"{distribution} {version} needs tripwire-core {wanted}, and {core} is installed.\n"
        f"    pip install --upgrade {distribution} tripwire-core"
    )


def two_distributions(name: str, offers: Sequence[tuple[str | None, str]], extra: str | None) -> str:
    """ConflictError. An offer is a distribution's name and its entry point's value; `extra` is the one to uninstall."""
    shown = ", ".join(f"{value} of {dist}" if dist else value for dist, value in offers)
    remedy = f"uninstall all but one:\n    pip uninstall {extra}" if extra else "uninstall all but one"
    return f"several installed distributions offer a tripwire plugin {name!r}: {shown}; {remedy}"


def config_error(key: str, problem: str, path: str | None) -> str:
    """TripwireConfigError."""
    return f"{path or 'configuration'}: [tool.tripwire]{key and f' {key}'}: {problem}"
