"""Whether this installation is whole: another distribution may have an import package `tripwire` of its own.

Nothing else of tripwire is imported here, for it may be the other's, or be missing; so this has its own wording. The
plugins' packages import this first: the other's `tripwire/__init__.py` is what their import finds where it was
installed over ours.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from types import FrameType
from typing import NamedTuple

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_HELP = "help: python -m tripwire explain installation-conflict"
_IN_CORE_S_PLACE = re.compile(r"^tripwire/([^/,]+\.\w+|plugins/__init__\.py),", re.MULTILINE)


class Damage(NamedTuple):
    """What is wrong: the distribution that did it ("" if none did), if files of core's own were hit, and a message."""

    distribution: str
    hit: bool
    message: str


def damage() -> Iterator[Damage]:
    """Look at the files of the package: one entry for each distribution that has put some there.

    Takes a fraction of a millisecond where all is well. An editable installation has no list of its files, and is only
    looked at for second packages on its path.
    """
    site = os.path.dirname(_FOLDER)
    own = next((name for name in os.listdir(site) if _is_info(name, "tripwire_core")), None)
    recorded = _recorded(os.path.join(site, own)) if own is not None else {}
    sizes = {entry.name: entry.stat().st_size for entry in os.scandir(_FOLDER) if entry.is_file()}
    hit = sorted(name for name, size in recorded.items() if sizes.get(name) != size)
    sites = {site} if hit or (recorded and sizes.keys() - recorded.keys()) else set()
    paths = getattr(sys.modules.get("tripwire"), "__path__", ())
    sites |= {os.path.dirname(path) for path in paths if path != _FOLDER and _is_package(path)}
    others = [one for folder in sorted(sites) for one in _others(folder)]
    mend = "    pip install --force-reinstall --no-deps tripwire-core"
    if own is not None:
        mend += f"=={_name_and_version(own)[1]}"
    for name, version in others:
        message = (
            f"{name} {version} has an import package 'tripwire' too, and the two overwrite or hide each other's files. "
            f"Only one of them can be installed; to keep this one:\n    pip uninstall {name}\n{mend}"
        )
        yield Damage(name, bool(hit), message)
    missing = [name for name in hit if name not in sizes]
    if missing and not others:
        yield Damage("", True, f"files of tripwire-core are missing: {', '.join(missing)}\n{mend}")


def check() -> None:
    """Fail early, while the cause can still be told.

    Raises:
        ImportError: core's files are not its own. Or another distribution has put files beside them, and this is pytest
            loading its plugins: the other's is about to fail, or ours has not been chosen.
    """
    for one in damage():
        if one.hit or _is_pytest_loading_plugins():
            raise ImportError(f"{one.message}\n{_HELP}")


def _is_pytest_loading_plugins() -> bool:
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_globals.get("__name__") != "pluggy._manager":
        frame = frame.f_back
    return frame is not None


def _is_package(path: str) -> bool:
    return os.path.exists(os.path.join(path, "__init__.py"))


def _is_info(name: str, distribution: str) -> bool:
    return name.startswith(f"{distribution}-") and name.endswith(".dist-info")


def _name_and_version(info: str) -> tuple[str, str]:
    name, _, version = info.removesuffix(".dist-info").rpartition("-")
    return name.replace("_", "-"), version


def _record(info: str) -> str:
    try:
        with open(os.path.join(info, "RECORD"), encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def _recorded(info: str) -> dict[str, int]:
    """The sizes of core's own modules, from the list that the installer left."""
    sizes = {}
    for line in _record(info).splitlines():
        path, _, size = line.replace('"', "").rpartition(",")
        folder, _, name = path.partition(",")[0].rpartition("/")
        if folder == "tripwire" and size.isdigit():
            sizes[name] = int(size)
    return sizes


def _others(site: str) -> Iterator[tuple[str, str]]:
    for name in sorted(os.listdir(site)):
        is_other = name.endswith(".dist-info") and not _is_info(name, "tripwire_core")
        if is_other and _IN_CORE_S_PLACE.search(_record(os.path.join(site, name))):
            yield _name_and_version(name)


check()
