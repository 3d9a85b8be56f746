"""An S3-compatible server on loopback, and a proxy before it that fails on request."""

from __future__ import annotations

import http.client
import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

BUCKET = "sweeps"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of a server with an empty bucket."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    connection = http.client.HTTPConnection(host, port)
    connection.request("PUT", f"/{BUCKET}")
    assert connection.getresponse().status == 200
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


Judge = Callable[[str, str], str]
"""From method and path what becomes of a request: "pass", "500", "hang" (no answer until the client gives up), or
"few" (a listing of few names at a time)."""


@contextmanager
def proxy(behind: str, judge: Judge) -> Iterator[str]:
    """The address of a proxy that passes requests on, or not."""
    host, _, port = behind.removeprefix("http://").partition(":")
    closing = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            body = self._body()
            verdict = judge(self.command, self.path)
            if verdict == "hang":
                closing.wait(30)
                self.close_connection = True
                return
            if verdict == "500":
                self.send_response(500)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            there = http.client.HTTPConnection(host, int(port))
            # The body is unwrapped here, so that what describes its wrapping must not go on.
            skipped = {"transfer-encoding", "content-length", "content-encoding", "x-amz-trailer"}
            headers = {name: value for name, value in self.headers.items() if name.lower() not in skipped}
            path = f"{self.path}&max-keys=7" if verdict == "few" else self.path
            there.request(self.command, path, body=body, headers={**headers, "Content-Length": str(len(body))})
            answer = there.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                    self.send_header(name, value)
            length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(content))
            self.send_header("Content-Length", length or "0")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def _body(self) -> bytes:
            length = self.headers.get("Content-Length")
            raw = self.rfile.read(int(length)) if length else b""
            if "aws-chunked" in self.headers.get("Content-Encoding", ""):
                raw = _unwrapped(raw)
            return raw

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_one

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _unwrapped(raw: bytes) -> bytes:
    """The content of a body in AWS's chunked form: sizes in hexadecimal, each with its bytes."""
    content, place = b"", 0
    while True:
        end = raw.index(b"\r\n", place)
        size = int(raw[place:end].split(b";")[0], 16)
        if size == 0:
            return content
        content += raw[end + 2 : end + 2 + size]
        place = end + 2 + size + 2
