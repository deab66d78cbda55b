"""What a request says, read from its URL, its headers and its body."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterable
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from tripwire.plugins.http_plugin._headers import Headers, RawHeaders

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

Fields = dict[str, "str | list[str]"]


class FilePart(NamedTuple):
    """A file of a multipart body: its name, its bytes and its content type, the last two as they were sent."""

    filename: str
    content: bytes
    content_type: str


class Content:
    """Adds the readings of a request to its plain values."""

    url: str
    headers: Headers
    raw_headers: Headers | RawHeaders
    body: bytes

    @property
    def params(self) -> Fields:
        """The parameters of the query, decoded; a list where a name comes more than once."""
        return gathered(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case; empty if there is none."""
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body as text, in the charset it states, else UTF-8; what cannot be decoded is replaced."""
        try:
            return self.body.decode(self._media_parameter("charset") or "utf-8", "replace")
        except (LookupError, ValueError):  # some codecs replace nothing
            return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body's JSON as data.

        Raises:
            ValueError: it is none.
        """
        return json_module.loads(self.body)

    @property
    def form(self) -> Fields | None:
        """The fields of a form, URL-encoded or multipart, without its files; None if the body is no form."""
        if self.media_type == FORM:
            return gathered(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))
        if self.media_type == MULTIPART:
            return gathered(
                (name, content.decode("utf-8", "replace"))
                for name, filename, content, _ in self._parts()
                if filename is None
            )
        return None

    @property
    def files(self) -> dict[str, FilePart | list[FilePart]] | None:
        """The files of a multipart body by field; None if the body is none."""
        if self.media_type != MULTIPART:
            return None
        return gathered(
            (name, FilePart(filename, content, kind))
            for name, filename, content, kind in self._parts()
            if filename is not None
        )

    def reading(self, name: Literal["json", "form", "files"]) -> Any:
        """One of these, read once for however many mocks: to be compared with, and not to be changed.

        Raises:
            ValueError, RecursionError: it is no JSON.
        """
        state = self.body, None if name == "json" else self.headers
        readings = self.__dict__.setdefault("_readings", {})
        kept = readings.get(name)
        if kept is None or kept[0] is not state[0] or kept[1] is not state[1]:
            try:
                found = self.json() if name == "json" else getattr(self, name)
            except (ValueError, RecursionError) as error:
                found = error
            kept = readings[name] = *state, found
        if isinstance(kept[2], Exception):
            raise kept[2].with_traceback(None)
        return kept[2]

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies sent."""
        sent = ";".join(self.headers.values_of("cookie"))  # HTTP/2 clients may send a header each
        pairs = (pair.partition("=") for pair in sent.split(";"))
        return {name.strip(): value.strip() for name, found, value in pairs if found}

    def _parts(self) -> Iterable[tuple[str, str | None, bytes, str]]:
        if not (boundary := self._media_parameter("boundary")):
            return
        delimiter = b"--" + boundary.encode("latin-1", "replace")
        end = b"\r\n" if delimiter + b"\r\n" in self.body else b"\n"
        for part in (end + self.body).split(end + delimiter)[1:]:
            if part.startswith(b"--"):
                return
            head, _, content = part.partition(end * 2)
            fields = Message()
            for line in head.decode("utf-8", "replace").split("\n"):
                name, _, value = line.partition(":")
                fields[name.strip()] = value.strip()
            called = collapse_rfc2231_value(fields.get_param("name", "", "content-disposition"))
            yield called, fields.get_filename(), content, fields.get("content-type", "")

    def _media_parameter(self, name: str) -> str:
        header = Message()
        header["Content-Type"] = self.headers.get("content-type", "")
        return str(header.get_param(name, ""))


def gathered(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Pairs as a dict; a list where a name comes more than once."""
    lists: dict[str, list[Any]] = {}
    for name, value in pairs:
        lists.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in lists.items()}
