"""A request that a recording sends a second time, to see what of the answer varies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tripwire._plugin import Answer
from tripwire._writing import _render
from tripwire.plugins.http_plugin._decoding import decoded
from tripwire.plugins.http_plugin._statements import Path


@dataclass
class LetThrough(Answer):
    """Leads a request to the real server; `is_asked_twice` if it may be sent there twice."""

    is_asked_twice: bool = False


def varying(first: Mapping[str, Any], second: Mapping[str, Any]) -> frozenset[Path] | None:
    """Where in their JSON two records of one request differ; None, if one of them has none."""
    try:
        return _render.varying(json.loads(_body(first)), json.loads(_body(second)))
    except (ValueError, RecursionError):
        return None


def _body(fields: Mapping[str, Any]) -> bytes:
    return decoded(fields["response_body"] or b"", fields["response_headers"] or {})[0]
