"""Serves the files that Vite built, and knows their addresses for the pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from graphsvc.errors import NotFound

DIST = Path(__file__).parent / "dist"
MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}
FOR_EVER = "public, max-age=31536000, immutable"
"""Every name holds a hash of its content."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The script, style sheets and icon of one page; all empty where the pages are not built."""

    script: str = ""
    styles: tuple[str, ...] = ()
    icon: str = ""


def read_entries(dist: Path = DIST) -> Mapping[str, Entry]:
    """Entries by name (``site``, ``graphiql``) from Vite's manifest; empty where there is none."""
    try:
        manifest = json.loads((dist / ".vite" / "manifest.json").read_text())
    except (OSError, ValueError):
        return {}
    entries: dict[str, Entry] = {}
    icon = next((f"/static/{item['file']}" for key, item in manifest.items() if key.endswith("icon.svg")), "")

    def styles(key: str, seen: set[str]) -> list[str]:
        if key in seen:
            return []
        seen.add(key)
        chunk = manifest[key]
        below = [style for other in chunk.get("imports", ()) for style in styles(other, seen)]
        return [*below, *(f"/static/{style}" for style in chunk.get("css", ()))]

    for key, chunk in manifest.items():
        if chunk.get("isEntry"):
            links = tuple(dict.fromkeys(styles(key, set())))
            entries[chunk["name"]] = Entry(f"/static/{chunk['file']}", links, icon)
    return entries


class StaticFiles:
    """Files below ``/static/``: only those that Vite wrote, packed where the client takes gzip."""

    def __init__(self, dist: Path = DIST) -> None:
        folder = dist / "assets"
        self.files = {f"assets/{item.name}": item for item in folder.iterdir() if item.is_file()} if folder.is_dir() else {}

    async def serve(self, request: Request) -> Response:
        """The file at ``/static/{path}``."""
        path = request.path_params["path"]
        file = self.files.get(path)
        media_type = MEDIA_TYPES.get(file.suffix) if file else None
        if file is None or media_type is None:
            raise NotFound("No file stands at this address.", "After a new build of the pages, reload the page that links it.")
        headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
        packed = self.files.get(f"{path}.gz")
        if packed and "gzip" in request.headers.get("accept-encoding", ""):
            return FileResponse(packed, media_type=media_type, headers={**headers, "Content-Encoding": "gzip"})
        return FileResponse(file, media_type=media_type, headers=headers)
