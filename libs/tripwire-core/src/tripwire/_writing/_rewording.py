"""How an assertion that is there comes to say what has happened."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tripwire._double import Double
from tripwire._values import is_a
from tripwire._writing import _changes, _render, _words
from tripwire._writing._align import differences
from tripwire._writing._edits import CallPlace, Change, Unwritable
from tripwire._writing._naming import code_of, with_names

if TYPE_CHECKING:
    from tripwire._timeline import Interaction
    from tripwire._writing._render import Masks
    from tripwire._writing._scribe import Asserted
    from tripwire._writing._sites import Site
    from tripwire._writing._source import SourceFile
    from tripwire._writing._statement import Code

CREATE, UPDATE = "create", "update"


def reworded(
    source: SourceFile, call: CallPlace, asserted: Asserted, interaction: Interaction, masks: Masks
) -> Iterator[tuple[str, Change]]:
    """What must change of an assertion, each with its kind; no more than differs, if that can be told apart."""
    differing = differences(asserted, interaction)
    if "url" in differing and getattr(asserted.expected.get("url"), "params", None) is not None:
        differing.append("params")  # they are part of it
    if not differing:
        return
    site, plugin = asserted.sites[0], interaction.plugin
    refuse_alias(call, site)
    statement = plugin.assertion(interaction, also=asserted.expected)
    if site.callee == "assert_interaction":
        said: dict[str, Any] = dict(interaction.fields)
        positions: Sequence[str] = ()
    elif statement.function.rpartition(".")[2] == site.callee:
        owner = interaction.source if is_a(interaction.source, Double) else plugin
        positions = tuple(inspect.signature(getattr(owner, site.callee)).parameters)
        said = {**dict(zip(positions, statement.args, strict=False)), **statement.kwargs}
    else:
        said, positions = {}, ()
    if not all(name in said for name in differing):
        code = code_of(statement, site, masks, is_assertion=True)
        yield UPDATE, _changes.replaced_call(source, call, code)
        return
    said = {name: with_names(one, site) for name, one in said.items()}
    masks = masks.at(source.path)
    for name in differing:
        position = positions.index(name) if name in positions else None
        node = source.argument(call, name, position)
        if node is None:
            value = _render.value(said[name], masks, name=name, is_assertion=True)
            yield CREATE, _changes.added_argument(source, call, name, value)
            continue
        expected = _given(asserted.expected, name)
        for change in _changes.replacement(source, node, expected, said[name], _renderer(masks, name)):
            yield UPDATE, change


def refuse_alias(call: CallPlace, site: Site) -> None:
    """Refuse a call by another name: what it is bound to, and what more it does, is not known."""
    function = call.node.func
    if site.callee not in (getattr(function, "attr", None), getattr(function, "id", None)):
        raise Unwritable(_words.other_name(site, ast.unparse(function)))


def _given(expected: dict[str, Any], name: str) -> Any:
    """What an assertion gives by a name: a check knows the plain value."""
    if name not in expected and name == "params":
        return getattr(expected.get("url"), "params", None)
    return getattr(expected.get(name), "given", expected.get(name))


def _renderer(masks: Masks, name: str) -> _changes.Renderer:
    def render(value: Any, part: str) -> Code:
        return _render.value(value, masks, name=part or name, is_assertion=True)

    return render
