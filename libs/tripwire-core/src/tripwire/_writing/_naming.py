"""How a function of the user's names the doubles that stand in what is written there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tripwire._double import Double, receivers
from tripwire._values import is_a
from tripwire._writing import _render, _words
from tripwire._writing._edits import Unwritable
from tripwire._writing._statement import ANY, Code, Link, Statement

if TYPE_CHECKING:
    from tripwire._writing._render import Masks
    from tripwire._writing._sites import Site


def code_of(statement: Statement, site: Site, masks: Masks, *, is_assertion: bool) -> Code:
    """A statement as code for the function that a site is in.

    Raises:
        Unwritable: the function has no name for the double whose method it calls.
    """
    name = None
    if is_a(statement.on, Double):
        name = name_of(statement.on, site)
        if name is None:
            raise Unwritable(_words.no_name_for(site, statement.on))
    args = tuple(with_names(one, site) for one in statement.args)
    kwargs = {key: with_names(one, site) for key, one in statement.kwargs.items()}
    then = tuple(
        Link(link.method, tuple(with_names(one, site) for one in link.args), link.kwargs)
        for link in statement.then
    )
    named = Statement(statement.function, args, kwargs, then, statement.on)
    return _render.call(named, name, masks.at(site.filename), is_assertion=is_assertion)


def name_of(double: Double, site: Site) -> str | None:
    """How a function can call a double."""
    for one, path in receivers(double):
        name = site.names.get(id(one))
        if name is not None:
            return f"{name}{path}"
    return None


def with_names(value: Any, site: Site) -> Any:
    """A value in which the doubles that a function knows stand by their names."""
    if is_a(value, Double):
        name = name_of(value, site)
        return ANY if name is None else Code(name)
    if type(value) in (list, tuple):
        return type(value)(with_names(one, site) for one in value)
    if type(value) is dict:
        return {key: with_names(one, site) for key, one in value.items()}
    return value
