"""What a request says, read from its URL, its headers and its body."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterable
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from tripwire.plugins.http_plugin._headers import Headers

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
        header = Message()
        header["Content-Type"] = self.headers.get("content-type", "")
        charset = str(header.get_param("charset", "utf-8"))
        try:
            return self.body.decode(charset, "replace")
        except LookupError:
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

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies sent."""
        pairs = (pair.partition("=") for pair in str(self.headers.get("cookie", "")).split(";"))
        return {name.strip(): value.strip() for name, found, value in pairs if found}

    def _parts(self) -> Iterable[tuple[str, str | None, bytes, str]]:
        head = f"Content-Type: {self.headers.get('content-type', '')}\r\n\r\n".encode("latin-1", "replace")
        message = BytesParser(policy=HTTP).parsebytes(head + self.body)
        for part in message.iter_parts() if message.is_multipart() else ():
            name = part.get_param("name", "", header="content-disposition")
            content = part.get_payload(decode=True)
            kind = str(part.get("content-type", ""))
            yield str(name), part.get_filename(), content if isinstance(content, bytes) else b"", kind


def gathered(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Pairs as a dict; a list where a name comes more than once."""
    lists: dict[str, list[Any]] = {}
    for name, value in pairs:
        lists.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in lists.items()}
