"""A moto server in this process that answers some requests as a test says."""

from __future__ import annotations

import io
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

Answer = tuple[int, str, bytes]
Fault = Callable[[dict[str, Any], bytes], Answer | None]


class Server:
    """`fault` is asked of each request; None leaves it to moto. `url` is where it listens."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.fault: Fault = lambda env, body: None


@contextmanager
def faulty_moto() -> Iterator[Server]:
    werkzeug: Any = pytest.importorskip("werkzeug.serving")
    moto: Any = pytest.importorskip("moto.moto_server.werkzeug_app", reason="pip install 'moto[server]'")
    inner = moto.DomainDispatcherApplication(moto.create_backend_app)

    def app(env: dict[str, Any], start: Any) -> Any:
        body = env["wsgi.input"].read(int(env.get("CONTENT_LENGTH") or 0))
        env["wsgi.input"] = io.BytesIO(body)
        made = server.fault(env, body)
        if made is None:
            return inner(env, start)
        start(f"{made[0]} X", [("Content-Type", made[1]), ("Content-Length", str(len(made[2])))])
        return [made[2]]

    listening = werkzeug.make_server("127.0.0.1", 0, app, threaded=True)
    server = Server(f"http://127.0.0.1:{listening.server_port}")
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    # moto keeps one state a process: what an earlier server was told is still there.
    urllib.request.urlopen(urllib.request.Request(f"{server.url}/moto-api/reset", method="POST")).close()
    try:
        yield server
    finally:
        listening.shutdown()
        thread.join(10)
