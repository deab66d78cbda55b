"""Which operation of a document a request asks for: its path and its method."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any
from urllib.parse import unquote

from tripwire.plugins.http_plugin import _url
from tripwire.plugins.http_plugin._verifying_document import Document, Node
from tripwire.plugins.http_plugin._verifying_settings import Prefix

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_PARAMETER = re.compile(r"\{([^{}]*)\}")
_MOST_SERVERS = 100
# OpenAPI has no parameter that takes slashes, and documents have: under names such as these.
_SPANNING = re.compile(r"path|^\*|[+*]$", re.IGNORECASE)


@dataclass(frozen=True)
class Route:
    """A path of a document, as a template."""

    template: str
    item: Node
    pattern: re.Pattern[str]
    names: tuple[str, ...]
    bases: tuple[str, ...]

    @property
    def methods(self) -> list[str]:
        """The methods that it has, in capitals."""
        return [method.upper() for method in METHODS if method in self.item.value]

    def values(self, path: str) -> dict[str, str] | None:
        """The path's parameters, decoded, if it fits."""
        for base in self.bases:
            if path.startswith(base) and (found := self.pattern.fullmatch(path[len(base) :] or "/")):
                return dict(zip(self.names, map(unquote, found.groups()), strict=True))
        return None


class Paths:
    """The paths of a document, where a prefix puts them."""

    def __init__(self, document: Document, prefix: Prefix) -> None:
        self._prefix = prefix
        everywhere = document.root.get("servers")
        routes = []
        paths = document.root.get("paths")
        for template, item in paths.items() if paths is not None else ():
            names = tuple(_PARAMETER.findall(template))
            servers = item.get("servers") or everywhere
            bases = tuple(_bases(prefix, servers, template))
            routes.append(Route(template, item, _pattern(template), names, bases))
        # A path without parameters is meant before one with them.
        self._routes = sorted(routes, key=lambda one: -len(_PARAMETER.sub("", one.template)))
        self._routes.sort(key=lambda one: len(one.names))

    def find(self, path: str, method: str) -> tuple[Route, dict[str, str]] | None:
        """The route that a path takes, and its parameters: of several, one that has the method."""
        fitting = [(route, values) for route in self._routes if (values := route.values(path)) is not None]
        having = [one for one in fitting if method in one[0].methods]
        return next(iter(having or fitting), None)

    def nearest(self, path: str) -> str:
        """The template most like a path that takes no route; empty if none is."""
        path = path.rstrip("/")  # which is the most common difference, and not to count as a part
        texts = [
            (_alike((base + route.template).rstrip("/"), path), route.template)
            for route in self._routes
            for base in route.bases
        ]
        near = difflib.get_close_matches(path, [text for text, _ in texts], n=1)
        return next((template for text, template in texts if text in near), "")


def _alike(template: str, path: str) -> str:
    """A template with the parts of a path for its parameters, where it has as many."""
    parts = path.split("/")
    wanted = template.split("/")
    if len(parts) != len(wanted):
        return template
    return "/".join(part if "{" in one else one for part, one in zip(parts, wanted, strict=True))


def _pattern(template: str) -> re.Pattern[str]:
    parts = _PARAMETER.split(template)
    for number, part in enumerate(parts):
        if number % 2:
            parts[number] = "(.+?)" if _SPANNING.search(part) else "([^/]+?)"
        else:
            parts[number] = re.escape(_url.canonical_part(part))
    return re.compile("".join(parts))


def _bases(prefix: Prefix, servers: Node | None, template: str) -> Iterator[str]:
    """What stands before a path: as the servers say, as far as they are those of the prefix."""
    said = list(_servers(servers))
    here = [path for origin, path in said if origin in ("", _origin(prefix.url))]
    below = [path for path in here if (path + "/").startswith(prefix.path + "/")]
    if below:
        yield from dict.fromkeys(below)
        return
    # The prefix may be that of some paths, such as `/v1`, and the server's that of all.
    yield from (path for _, path in said if f"{path}{template}/".startswith(f"{prefix.path}/"))
    elsewhere = (prefix.path + path for origin, path in said if origin != _origin(prefix.url))
    yield from dict.fromkeys([prefix.path, *elsewhere])  # a copy of the service: who knows what is before it


def _origin(url: _url.Url) -> str:
    return f"{url.scheme}://{url.host}:{url.port}"


def _servers(servers: Node | None) -> Iterable[tuple[str, str]]:
    """The servers by origin, empty for that of the document, and path."""
    for server in servers.value if servers is not None else [{"url": "/"}]:
        for text in _filled(server):
            try:
                url = _url.parse(text if "://" in text else f"//here/{text.lstrip('/')}")
            except ValueError:
                continue
            path = url.path.rstrip("/")
            yield (_origin(url) if url.scheme else ""), path


def _filled(server: dict[str, Any]) -> Iterator[str]:
    """The URLs of a server: one for each value of its variables."""
    variables = server.get("variables", {})
    names = [name for name in _PARAMETER.findall(server["url"]) if name in variables]
    values = [variables[name].get("enum") or [variables[name]["default"]] for name in names]
    for number, chosen in enumerate(product(*values)):
        if number == _MOST_SERVERS:
            return
        text = server["url"]
        for name, value in zip(names, chosen, strict=True):
            text = text.replace(f"{{{name}}}", str(value))
        yield text
