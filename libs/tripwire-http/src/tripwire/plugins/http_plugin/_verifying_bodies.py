"""Bodies: which of the documented media types one has, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tripwire.plugins.http_plugin._content import FORM, MULTIPART, FilePart
from tripwire.plugins.http_plugin._exchange import Request
from tripwire.plugins.http_plugin._secrets import in_value
from tripwire.plugins.http_plugin._verifying_document import Node
from tripwire.plugins.http_plugin._verifying_plain import Path, as_json, is_json, json_path, listed
from tripwire.plugins.http_plugin._verifying_schema import Direction, Schemas
from tripwire.plugins.http_plugin._verifying_texts import Texts, part_of, types_of
from tripwire.plugins.http_plugin._verifying_words import findings
from tripwire.verifying import Lie, Unchecked

NO_TYPE = "a body without a content type"
_PLAIN = {"type", "format", "description", "title", "contentMediaType", "contentEncoding"}
_PLAIN |= {"example", "examples", "nullable", "deprecated", "default"}


def fitting(content: Node, media_type: str) -> Node | None:
    """What is said of a media type: under its own name, or else under a range that it is in."""
    ranges = {name.partition(";")[0].strip().lower(): name for name in content.value}
    for one in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
        if one in ranges:
            return content[ranges[one]]
    return None


class Bodies:
    """The bodies of one document."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas, self._texts = schemas, Texts(schemas)

    def check(
        self,
        content: Node,
        media_type: str,
        body: bytes,
        request: Request | None,
        whose: Direction,
        where: str,
    ) -> Iterator[Lie | Unchecked]:
        """What is wrong with a body; a `request` is given where it is that one's."""
        if not media_type:
            yield Unchecked(NO_TYPE)
            media_type = self._only_json(content, body)
            if not media_type:
                return
        media = fitting(content, media_type)
        if media is None:
            known = listed(map(repr, content.value))
            yield Lie(f"the content type of the {whose} is {media_type!r}", f"{known} ({where})")
            return
        schema = media.schema
        if is_json(media_type):
            yield from self._json(schema, body, whose, where)
        elif schema is None or _takes_any_text(schema):
            return
        elif media_type.startswith("text/") and types_of(schema) <= {
            "string",
            "integer",
            "number",
            "boolean",
        }:
            text = body.decode("utf-8", "replace")
            errors = self._texts.errors(schema, self._texts.scalar(schema, text), whose)
            yield from findings(errors, lambda _: f"the {whose}'s body", where)
        elif request is not None and media_type in (FORM, MULTIPART):
            yield from self._form(schema, media.get("encoding"), request, where)
        else:
            yield Unchecked(f"a body of {media_type!r}")

    def _only_json(self, content: Node, body: bytes) -> str:
        """The one media type that a body without a type can have, if it is JSON as that one."""
        names = [name for name in content.value if is_json(name.partition(";")[0].strip().lower())]
        if len(names) != 1 or len(content.value) != 1:
            return ""
        try:
            as_json(body)
        except ValueError:
            return ""
        return str(names[0].partition(";")[0].strip().lower())

    def _json(
        self, schema: Node | None, body: bytes, whose: Direction, where: str
    ) -> Iterator[Lie | Unchecked]:
        try:
            data = as_json(body)
        except ValueError:
            yield Lie(f"the {whose}'s body is {in_value(body)}", f"JSON ({where})")
            return
        if schema is not None:
            errors = self._schemas.errors(schema, data, whose)
            yield from findings(errors, lambda path: f"{json_path(path)} of the {whose}'s body", where)

    # -- forms

    def _form(
        self, schema: Node, encoding: Node | None, request: Request, where: str
    ) -> Iterator[Lie | Unchecked]:
        if encoding is not None and any("style" in one.value for _, one in encoding.items()):
            yield Unchecked("a form whose fields have a style")
            return
        fields: Mapping[str, Any] = {**(request.form or {}), **(request.files or {})}
        data, files = {}, set()
        for name, value in fields.items():
            values = value if isinstance(value, list) else [value]
            if any(isinstance(one, FilePart) for one in values):
                files.add(name)
            data[name] = self._field(part_of(schema, "properties", name), values)
        errors = self._schemas.errors(schema, data, "request")
        # What is in a file is not for a schema to say.
        told = [one for one in errors if not (one.absolute_path and one.absolute_path[0] in files)]

        def subject(path: Path) -> str:
            return f"the field {path[0]!r} of the request's form" if path else "the request's form"

        yield from findings(told, subject, where)

    def _field(self, schema: Node | None, values: list[Any]) -> Any:
        texts = [one.content.decode("latin-1") if isinstance(one, FilePart) else one for one in values]
        types = types_of(schema)
        if schema is not None and "array" in types:
            return self._texts.listed(schema, texts)
        if "object" in types and len(texts) == 1:
            try:
                return as_json(texts[0])
            except ValueError:
                return texts[0]
        return self._texts.one(schema, texts[0]) if len(texts) == 1 else texts


def _takes_any_text(schema: Node) -> bool:
    value = schema.resolved().value
    if value in (True, {}):
        return True
    is_string = isinstance(value, dict) and value.get("type", "string") == "string"
    return is_string and value.keys() <= _PLAIN and value.get("format", "binary") == "binary"
