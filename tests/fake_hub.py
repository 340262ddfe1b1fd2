"""A local server with the parts of the Hugging Face hub's interface that downloads use."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class FakeHub:
    """Serves the files of a folder as the model ``somebody/model``.

    Attributes
    ----------
    downloads : list of str
        Downloaded files, in order.
    ranges : list of str
        Requested ranges: a continued download requests one.
    cut_once : str or None
        A file whose first download is interrupted halfway.
    stuck : str or None
        A file of which only half is sent until `go_on` is set.
    gated : bool
        Whether the model's terms would have to be accepted first.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.downloads: list[str] = []
        self.ranges: list[str] = []
        self.cut_once: str | None = None
        self.stuck: str | None = None
        self.go_on = threading.Event()
        self.gated = False
        self.address = ""

    def listing(self) -> list[str]:
        return sorted(
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path.is_file()
        )


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: FakeHub

    def log_message(self, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def do_GET(self) -> None:
        self.answer(with_body=True)

    def answer(self, *, with_body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        api = re.fullmatch(r"/api/models/somebody/model(?:/(revision|tree)/([^/]+).*)?", path)
        file = re.fullmatch(r"/somebody/model/resolve/([^/]+)/(.+)", path)
        if self.hub.gated and (api or file):
            self.reply(403, b"{}", {"X-Error-Code": "GatedRepo"})
        elif api and api[2] in (None, "main", COMMIT):
            self.reply(200, json.dumps(self.described(api[1])).encode(), {})
        elif file and (self.hub.folder / file[2]).is_file():
            self.send_part(file[2], with_body)
        elif api:
            self.reply(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
        else:
            code = "EntryNotFound" if file else "RepoNotFound"
            self.reply(404, b"{}", {"X-Error-Code": code})

    def described(self, kind: str | None) -> object:
        names = self.hub.listing()
        if kind == "tree":
            sizes = {name: (self.hub.folder / name).stat().st_size for name in names}
            return [
                {"type": "file", "path": name, "size": size, "oid": "0" * 40}
                for name, size in sizes.items()
            ]
        return {
            "id": "somebody/model",
            "sha": COMMIT,
            "siblings": [{"rfilename": name} for name in names],
        }

    def send_part(self, name: str, with_body: bool) -> None:
        data = (self.hub.folder / name).read_bytes()
        headers = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "X-Repo-Commit": COMMIT}
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if not with_body:
            self.reply(200, data, headers, body=False)
            return
        self.hub.downloads.append(name)
        if asked:
            self.hub.ranges.append(f"{name} {asked[0]}")
            start = int(asked[1])
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            self.reply(206, data[start:], headers)
        elif name == self.hub.cut_once:
            self.hub.cut_once = None
            self.reply(200, data, headers, cut=True)
        elif name == self.hub.stuck:
            self.reply(200, data, headers, stuck=True)
        else:
            self.reply(200, data, headers)

    def reply(
        self,
        status: int,
        data: bytes,
        headers: dict[str, str],
        *,
        body: bool = True,
        cut: bool = False,
        stuck: bool = False,
    ) -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(key, value)
        self.end_headers()
        if body and self.command == "GET":
            half = len(data) // 2
            self.wfile.write(data[:half])
            if stuck:
                self.hub.go_on.wait(60)
            if not cut:
                self.wfile.write(data[half:])
        if cut:
            self.close_connection = True
            self.connection.close()


@contextmanager
def serving(folder: Path) -> Iterator[FakeHub]:
    """Serve a folder as the model ``somebody/model`` while the block runs."""
    hub = FakeHub(folder)
    handler = type("BoundHandler", (Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()
