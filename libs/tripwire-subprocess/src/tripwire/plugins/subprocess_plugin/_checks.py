"""What a test may give to `mock_run` and `mock_which`: one clear error for what it may not."""

from __future__ import annotations

import math

from tripwire._errors import wrong_use
from tripwire._values import can_be_written, is_a, short


def is_required(required: object) -> None:
    """Refuse what is no bool."""
    if not is_a(required, bool):
        raise wrong_use(TypeError, f"required= must be True or False, not {short(required)}")


def seconds(after: object) -> None:
    """Refuse what is no span of time."""
    if type(after) is int and after == 0:
        return
    if not (is_a(after, int) or is_a(after, float)) or is_a(after, bool):
        raise wrong_use(TypeError, f"after= must be a number of seconds, not {short(after)}")
    if not 0 <= after < math.inf:
        raise wrong_use(ValueError, f"after={short(after)} is no time to come; give seconds, 0 or more")


def count(times: object) -> None:
    """Refuse what is no number of times."""
    if times is None or (type(times) is int and times > 0):
        return
    if not is_a(times, int) or is_a(times, bool):
        raise wrong_use(
            TypeError, f"times= must be a number such as 3, or None for any number, not {short(times)}"
        )
    if times < 1:
        raise wrong_use(
            ValueError, f"times={times} would never serve; write 1 or more, or None for any number"
        )


def outcome(returncode: object, stdout: object, stderr: object, raises: object, required: object) -> None:
    """Refuse what no process could come to."""
    if not is_a(returncode, int):
        raise wrong_use(TypeError, f"returncode= must be an int, not {short(returncode)}")
    for name, output in (("stdout", stdout), ("stderr", stderr)):
        if type(output) is str and output.isascii():
            continue
        if not (is_a(output, str) or is_a(output, bytes)):
            raise wrong_use(TypeError, f"{name}= must be str or bytes, not {short(output)}")
        if is_a(output, str) and not can_be_written(output):
            raise wrong_use(
                ValueError, f"{name}={short(output)} cannot be encoded; give the bytes themselves"
            )
    if raises is not None and not is_a(raises, BaseException):
        raise wrong_use(TypeError, f"raises= must be an exception instance, not {short(raises)}")
    is_required(required)
