"""What the tests of scripted children of sync callers share."""

from __future__ import annotations

from typing import Any

import tripwire


def child(**options: Any) -> Any:
    return tripwire.popen.new_session().expect("spawn", returns=None, **options)


def assert_spawn(stdin: Any = None, command: str = "x") -> None:
    tripwire.popen.assert_spawn(command=[command], stdin=stdin)
