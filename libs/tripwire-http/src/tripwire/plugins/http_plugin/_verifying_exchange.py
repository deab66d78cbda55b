"""An exchange against a document: the request the program sent, and the response the mock gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tripwire._values import short
from tripwire.plugins.http_plugin._secrets import in_url, is_secret
from tripwire.plugins.http_plugin._url import Url
from tripwire.plugins.http_plugin._verifying_bodies import Bodies
from tripwire.plugins.http_plugin._verifying_claims import PARTLY_READ, Exchange, Told
from tripwire.plugins.http_plugin._verifying_document import Document, Node
from tripwire.plugins.http_plugin._verifying_paths import Paths
from tripwire.plugins.http_plugin._verifying_plain import Path, is_json, listed
from tripwire.plugins.http_plugin._verifying_request import Parameters, Security, unnamed
from tripwire.plugins.http_plugin._verifying_schema import Schemas
from tripwire.plugins.http_plugin._verifying_settings import DocumentSetting
from tripwire.plugins.http_plugin._verifying_texts import Texts
from tripwire.plugins.http_plugin._verifying_words import findings
from tripwire.verifying import Lie, Unchecked

UNNAMED_PATH = "a path that the document does not name"
UNNAMED_HEAD = "HEAD, where the document has GET only"
UNNAMED_OPTIONS = "OPTIONS, which the document does not name"
UNNAMED_REQUEST_BODY = "a request's body that the document says nothing of"
UNNAMED_BODY = "a response's body that the document says nothing of"
UNNAMED_STATUS = "a status that the document does not name"
ANY_SERVER = "a status that any server, or what is before it, may give"
REFUSED = "a refusal of a wrong request that the document does not name"
ENCODED = "a request's body with a content encoding"
_OF_ANY_SERVER = {408, 413, 414, 421, 429, 431}
_ASKED_FOR = {206: "range", 416: "range", 304: "if-none-match", 412: "if-match"}
_BODILESS = 204, 205, 304

Findings = Iterator["Lie | Unchecked"]


@dataclass(frozen=True)
class _Operation:
    """What a request asks for: its path item, the operation, and how messages call it."""

    item: Node
    node: Node
    where: str


class DescribedService:
    """A service as a document describes it."""

    def __init__(self, setting: DocumentSetting, document: Document) -> None:
        schemas = Schemas(document)
        self._setting, self._name = setting, document.name
        self._paths = Paths(document, setting.prefix)
        self._parameters, self._security = Parameters(schemas), Security(document.root)
        self._bodies, self._texts = Bodies(schemas), Texts(schemas)

    def check(self, exchange: Exchange, url: Url) -> Findings:
        """What is wrong with an exchange."""
        request, method = exchange.request, exchange.request.method.upper()
        found = self._paths.find(url.path, method)
        if found is None:
            yield from self._unknown_path(exchange, url)
            return
        route, values = found
        if method not in route.methods:
            yield from self._unknown_method(exchange, route.template, route.methods)
            return
        where = f"{method} {route.template} in {self._name}"
        operation = _Operation(route.item, route.item[method.lower()], where)
        wrong = list(self._request(operation, exchange, values))
        has_lies = any(isinstance(one, Lie) for one in wrong)
        if exchange.is_refused:  # a wrong request, and an answer that says so, are no lie together
            wrong = [one for one in wrong if isinstance(one, Unchecked)]
        yield from wrong
        if exchange.told is not None:
            yield from self._response(operation, exchange.told, request.method, exchange, is_wrong=has_lies)

    # -- what the document has not

    def _unknown_path(self, exchange: Exchange, url: Url) -> Findings:
        if exchange.told is not None and exchange.told.status in (404, 410):
            return
        if exchange.told is not None and 300 <= exchange.told.status < 400:
            yield Unchecked(ANY_SERVER)
            return
        if self._setting.allows_paths:
            yield Unchecked(UNNAMED_PATH)
            return
        near = self._paths.nearest(url.path)
        yield Lie(
            f"there is {short(in_url(url.path))}",
            f"{self._name} has no such path",
            f"did you mean {near!r}?" if near else "",
        )

    def _unknown_method(self, exchange: Exchange, template: str, methods: list[str]) -> Findings:
        method = exchange.request.method.upper()
        if exchange.told is not None and exchange.told.status in (404, 405, 501):
            return
        if method == "HEAD" and "GET" in methods:
            yield Unchecked(UNNAMED_HEAD)
        elif method == "OPTIONS":
            yield Unchecked(UNNAMED_OPTIONS)
        else:
            has = listed(methods, "and") if methods else "no method"
            yield Lie(f"{template} has {method}", f"it has {has} ({self._name})")

    # -- the request

    def _request(self, operation: _Operation, exchange: Exchange, path: dict[str, str]) -> Findings:
        request, where = exchange.request, operation.where
        yield from self._security.check(operation.node, request, where)
        parameters = self._parameters.of(operation.item, operation.node)
        yield from self._parameters.check(parameters, request, path, where)
        yield from unnamed(parameters, self._security.schemes.values(), request)
        wanted = operation.node.get("requestBody")
        if wanted is None:
            if request.body:
                yield Unchecked(UNNAMED_REQUEST_BODY)
        elif request.body:
            if "content-encoding" in request.headers:
                yield Unchecked(ENCODED)
                return
            sent = request.media_type
            yield from self._bodies.check(wanted["content"], sent, request.body, request, "request", where)
        elif wanted.value.get("required") is True:
            known = listed(map(repr, wanted["content"].value))
            yield Lie("the request has no body", f"a body of {known} is required ({where})")

    # -- the response

    def _response(
        self, operation: _Operation, told: Told, method: str, exchange: Exchange, *, is_wrong: bool
    ) -> Findings:
        responses = operation.node.get("responses")
        name = None if responses is None else _named(responses, told.status)
        if responses is None or name is None:
            yield self._unknown_status(operation, told.status, exchange, is_wrong=is_wrong)
            return
        response = responses[name]
        where = operation.where.replace(" in ", f" {told.status} in ", 1)
        yield from self._headers(response.get("headers"), told, where)
        content = response.get("content")
        if told.body is None:
            yield Unchecked(PARTLY_READ)
        elif method.upper() == "HEAD" or told.status in _BODILESS:
            return
        elif content is None or not content.value:
            if told.body:
                yield Unchecked(UNNAMED_BODY)
        elif told.body:
            yield from self._bodies.check(content, told.media_type, told.body, None, "response", where)
        elif all(is_json(kind.partition(";")[0].strip().lower()) for kind in content.value):
            yield Lie("the response has no body", f"a body of {listed(map(repr, content.value))} ({where})")

    def _unknown_status(
        self, operation: _Operation, status: int, exchange: Exchange, *, is_wrong: bool
    ) -> Lie | Unchecked:
        if self._setting.allows_status:
            return Unchecked(UNNAMED_STATUS)
        is_guarded = status in (401, 403) and self._security.of(operation.node)
        is_asked_for = _ASKED_FOR.get(status, "") in exchange.request.headers
        if status in _OF_ANY_SERVER or status >= 500 or 300 <= status < 400 or is_guarded or is_asked_for:
            return Unchecked(ANY_SERVER)
        if is_wrong and 400 <= status < 500:
            return Unchecked(REFUSED)
        responses = operation.node.get("responses")
        known = [name for name in (responses.value if responses is not None else ()) if name[:2] != "x-"]
        return Lie(f"the status is {status}", f"{listed(known or ['none'])} ({operation.where})")

    def _headers(self, wanted: Node | None, told: Told, where: str) -> Findings:
        for name, header in wanted.items() if wanted is not None else ():
            if name.lower() == "content-type":  # of which only the content speaks
                continue
            values, schema = told.headers.values_of(name), header.schema
            if not values:
                if header.value.get("required") is True:
                    yield Lie(f"the response has no header {name!r}", f"it is required ({where})")
            elif schema is not None:
                explodes = header.value.get("explode", False) is True
                readings = self._texts.parameter(schema, [",".join(values)], "simple", explodes)
                errors = self._texts.errors(schema, readings or [], "response")
                subject = f"the response's header {name!r}"
                yield from findings(errors, _always(subject), where, is_secret=is_secret(name))


def _always(subject: str) -> Callable[[Path], str]:
    return lambda _path: subject


def _named(responses: Node, status: int) -> str | None:
    """The name under which a document speaks of a status."""
    names = {name.upper(): name for name in responses.value}
    for one in (str(status), f"{status // 100}XX", "DEFAULT"):
        if one in names:
            return str(names[one])
    return None
