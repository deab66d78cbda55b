"""What stands for an argument that was not given, where None is a value."""

from __future__ import annotations

from typing import Any

UNSET: Any = type("UNSET", (), {"__repr__": lambda _: "UNSET"})()
