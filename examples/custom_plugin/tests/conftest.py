"""A real server, as far as its greeting."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest


@pytest.fixture
def real_server() -> Iterator[int]:
    """The port of a server that greets its first client."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        import threading

        def greet() -> None:
            client, _ = listener.accept()
            with client:
                client.sendall(b"220 ready\r\n")
                client.recv(1)

        thread = threading.Thread(target=greet)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()
