"""One server for all tests of this folder, on a run with hostile names that is compared with another."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from carbonsweep.explorer.explore import Explorer, explore
from carbonsweep.explorer.server import TOKEN
from tests.pictures.conftest import runs as runs


@dataclass
class Caller:
    """Asks the server as its own page does, unless headers say otherwise."""

    explorer: Explorer

    def __call__(self, method: str, path: str, body: bytes = b"", **headers: str | None) -> tuple[int, bytes]:
        server = self.explorer.server
        given = {"Host": f"127.0.0.1:{server.port}"}
        if method == "POST":
            given |= {"Origin": f"http://127.0.0.1:{server.port}", TOKEN: server.token}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}  # type: ignore[dict-item]
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Content-Length": str(len(body)), **given}.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    def ask(self, path: str, **given: Any) -> tuple[int, Any]:
        status, content = self("POST", path, json.dumps(given).encode())
        return status, json.loads(content) if content[:1] in (b"{", b"[", b"n") else content


@pytest.fixture(scope="session")
def explorer(runs: dict[str, str]) -> Iterator[Explorer]:
    with explore(runs["one"], runs["other"], framed=False) as found:
        yield found


@pytest.fixture(scope="session")
def caller(explorer: Explorer) -> Caller:
    return Caller(explorer)
