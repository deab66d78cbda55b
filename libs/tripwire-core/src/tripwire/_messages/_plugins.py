"""Plugins and distributions that cannot be used, or not together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tripwire._values import short

if TYPE_CHECKING:
    from tripwire._plugin import Plugin


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


def cannot_import(name: str, value: str, distribution: str | None, error: Exception) -> str:
    """TripwireError."""
    return _unusable(name, value, distribution, f"cannot be imported: {short(error)}")


def wrong_plugin(name: str, value: str, distribution: str | None, problem: str) -> str:
    """TripwireError."""
    return _unusable(name, value, distribution, f"cannot be used: {problem}")


def _unusable(name: str, value: str, distribution: str | None, why: str) -> str:
    offered = f"{value} of {distribution}" if distribution else value
    return f"the plugin {name!r} ({offered}) {why}; mend it, or put {name!r} under disabled_plugins in [tool.tripwire]"


def no_subclass(offered: object) -> str:
    """Why a plugin cannot be used."""
    return f"it is {short(offered)}, and must be a subclass of tripwire.Plugin"


def declares_wrong(attribute: str, wanted: str, value: object) -> str:
    """Why a plugin cannot be used."""
    return f"its {attribute} must be {wanted}, not {short(value)}"


def tested_with_no_name(library: object) -> str:
    """Why a plugin cannot be used."""
    return f"its tested_with must map names of distributions to versions, and has {short(library)}"


def tested_with_no_versions(library: str, tested: object) -> str:
    """Why a plugin cannot be used."""
    return f"its tested_with must give versions such as '>=1.0,<2' for {library}, not {short(tested)}"


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
