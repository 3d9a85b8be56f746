"""The local server: answers one page of one person, who has the token, on 127.0.0.1 and nowhere else."""

from __future__ import annotations

import json
import math
import secrets
import threading
import traceback
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from carbonsweep.explorer.answers import Answers
from carbonsweep.foundation.errors import CarbonsweepError, StoreError

HOME = "127.0.0.1"
STATIC = Path(__file__).parent / "static"
FILES = {"/explore.js": "text/javascript", "/explore.css": "text/css", "/land-110m.json": "application/json"}
MOST_BYTES = 1 << 20
"""Of a question."""
TOKEN = "X-Carbonsweep-Token"


class ExplorerServer(ThreadingHTTPServer):
    """Serves the page and answers its questions.

    Parameters
    ----------
    answers
        What knows the run.
    port
        The port; 0 takes a free one.
    framed
        Whether pages of this machine, such as notebooks, may show the page inside them.

    Raises
    ------
    StoreError
        If the port is taken.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, answers: Answers, port: int = 0, framed: bool = False) -> None:
        self.answers, self.framed = answers, framed
        self.token = secrets.token_urlsafe(32)
        self._once: set[str] = set()
        try:
            super().__init__((HOME, port), _Handler)
        except OSError as error:
            raise StoreError(f"port {port}: {error.strerror}; leave out --port to take a free one") from None

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """Where the page is, with the token."""
        return f"http://{HOME}:{self.port}/?token={self.token}"

    def url_for_once(self) -> str:
        """Where the page is, for one visit: what a browser is started with can be read by all users of the machine."""
        code = secrets.token_urlsafe(32)
        self._once.add(code)
        return f"http://{HOME}:{self.port}/?token={code}"

    def lets_in(self, given: str, once: bool) -> bool:
        """Whether something is the token, or a code that has not been used."""
        if secrets.compare_digest(given.encode(), self.token.encode()):
            return True
        used = next((code for code in self._once if secrets.compare_digest(given.encode(), code.encode())), None)
        self._once.discard(used or "")
        return once and used is not None

    @property
    def hosts(self) -> tuple[str, str]:
        """The names by which a browser of this machine may call: others are of pages that rebind their name."""
        return (f"{HOME}:{self.port}", f"localhost:{self.port}")

    def start(self) -> None:
        """Serve in a thread that ends with the process."""
        threading.Thread(target=self.serve_forever, daemon=True, kwargs={"poll_interval": 0.2}).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A page that was closed while it was answered is no error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer goes out at once and as a whole: else its second part waits 40 ms for the first to be acknowledged.
    wbufsize = -1
    disable_nagle_algorithm = True
    server_version, sys_version = "carbonsweep", ""
    server: ExplorerServer
    timeout = 300

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        if not self._let_in(place.query):
            return
        if place.path == "/":
            text = (STATIC / "index.html").read_text(encoding="utf-8").replace("{token}", self.server.token)
            self._send(HTTPStatus.OK, text.encode(), "text/html; charset=utf-8")
        elif place.path in FILES:
            folder = STATIC if place.path != "/land-110m.json" else STATIC.parent.parent / "pictures"
            self._send(HTTPStatus.OK, (folder / place.path[1:]).read_bytes(), f"{FILES[place.path]}; charset=utf-8")
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "there is no such page")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        # What is not read is taken for the next question of the connection.
        if not length.isdecimal() or int(length) > MOST_BYTES:
            self.close_connection = True
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a question has at most {MOST_BYTES} bytes")
            return
        content = self.rfile.read(int(length))
        if not self._let_in("", asked=True):
            return
        try:
            given = json.loads(content)
            if not isinstance(given, dict):
                raise ValueError
        except ValueError:
            self._refuse(HTTPStatus.BAD_REQUEST, "a question is an object in JSON")
            return
        try:
            self._answer(urlsplit(self.path).path, given)
        except CarbonsweepError as error:
            self._refuse(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            # A fault of ours: the page says so instead of waiting, and whoever started the server sees where it is.
            traceback.print_exc()
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, f"a fault of carbonsweep: {type(error).__name__}: {error}")

    def _answer(self, path: str, given: dict[str, Any]) -> None:
        answers = self.server.answers
        if path == "/query":
            if given.get("type") == "exec":
                answers.database.prepare(str(given.get("sql", "")))
                self._send(HTTPStatus.OK, b"", "text/plain")
            else:
                content = answers.database.arrow(str(given.get("sql", "")))
                self._send(HTTPStatus.OK, content, "application/vnd.apache.arrow.stream")
            return
        found = answers.answer(path.removeprefix("/ask/"), given)
        self._send(HTTPStatus.OK, json.dumps(_finite(found)).encode(), "application/json")

    def _let_in(self, query: str, asked: bool = False) -> bool:
        """Whether who calls is the page of the person who started the server."""
        server = self.server
        if self.headers.get("Host") not in server.hosts:
            self._refuse(HTTPStatus.FORBIDDEN, "this server answers to its own name only")
            return False
        origin = self.headers.get("Origin")
        own = {f"http://{host}" for host in server.hosts}
        if (asked or origin is not None) and origin not in own:
            self._refuse(HTTPStatus.FORBIDDEN, "this server answers its own page only")
            return False
        # A cookie is sent by whatever page asks; a question needs the header, which only the own page can set.
        given = [self.headers.get(TOKEN, "")]
        if not asked:
            given += [self._cookie(), *parse_qs(query).get("token", [])]
        if not any(server.lets_in(one, once=not asked) for one in given):
            self._refuse(HTTPStatus.FORBIDDEN, "the token is missing or wrong: open the address that was printed")
            return False
        return True

    def _cookie(self) -> str:
        try:
            found = SimpleCookie(self.headers.get("Cookie", "")).get(self._cookie_name)
        except CookieError:
            return ""
        return found.value if found is not None else ""

    @property
    def _cookie_name(self) -> str:
        return f"carbonsweep-{self.server.port}"  # cookies of 127.0.0.1 are those of all its ports

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self._send(status, json.dumps({"error": why}).encode(), "application/json")

    def _send(self, status: HTTPStatus, content: bytes, kind: str) -> None:
        frames = "http://localhost:* http://127.0.0.1:*" if self.server.framed else "'none'"
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header(
            "Content-Security-Policy",
            # Plot gives its pictures styles of their own, and draws densities as images in the page.
            "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; "
            f"img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors {frames}",
        )
        for name, value in (
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cache-Control", "no-store"),
        ):
            self.send_header(name, value)
        if status == HTTPStatus.OK and kind.startswith("text/html"):
            self.send_header(
                "Set-Cookie", f"{self._cookie_name}={self.server.token}; HttpOnly; SameSite=Strict; Path=/"
            )
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()


def _finite(value: Any) -> Any:
    """Plain data without numbers that JSON lacks."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(name): _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value
