"""Names beside the seams that mockers of other kinds patch: in clients without a module of their own, and below all."""

from __future__ import annotations

PUBLIC_NAMES = ("httplib2:Http.request", "socket:create_connection")
