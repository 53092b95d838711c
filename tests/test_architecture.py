"""The structure holds: imports run downward only, and each third-party library stays behind its seam."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = (
    {"errors", "settings"},
    {"model"},
    {"ontology"},
    {"provenance", "dates"},
    {"rdf"},
    {"loading", "validation", "store"},
    {"pipeline", "api", "exports"},
    {"web", "cli"},
)
"""From the bottom up; a room sees the rooms below it, and those beside it where ``BESIDE`` says so."""
BESIDE = {("validation", "loading"), ("provenance", "dates"), ("cli", "web"), ("settings", "errors"), ("exports", "pipeline")}
INSIDE = {
    "loading": (
        "findings", "release", "layout", "formulas", "private_files", "persons", "files", "rejects", "audit", "times",
        "fields", "spool", "context", "directory", "folder", "mapping",
    ),
    "store": (
        "read_only", "termination", "connection", "disk", "single_flight", "editions", "sizes",
        "protocol", "publishing", "embedded", "schema", "keeper",
        "stored_claims", "export", "bolt_store", "factory", "claims", "neighbourhood", "other_datasets",
        "listed_releases",
    ),
    "validation": ("compiled", "shapes_graph", "shapes", "reporting"),
    "api": (
        "cache", "documents", "worker_thread", "schema", "planning", "questions", "answer_size", "entity_tags", "http",
        "read_queue", "introspection", "execution", "kept_answers", "service", "list_pages", "whole_answer",
        "remarks", "table_links", "table",
    ),
}  # fmt: skip
"""From the bottom up, inside a room: modules and groups of modules, each of which sees those before it."""
SEAMS = {
    "pyshacl": {"graphsvc/validation"},
    "neo4j": {"graphsvc/store"},
    "arcadedb_embedded": {"graphsvc/store"},
    "strawberry": {"graphsvc/api"},
    "graphql": {"graphsvc/api"},
    "starlette": {"graphsvc/web"},
    "jinja2": {"graphsvc/web"},
    "rdflib": {"graphsvc/ontology", "graphsvc/rdf", "graphsvc/validation", "graphsvc/exports", "loaders"},
    "openpyxl": {"loaders", "graphsvc/loading", "graphsvc/exports"},
    "edtf": {"graphsvc/dates"},
    "click": {"graphsvc/cli"},
}


def modules() -> list[Path]:
    return sorted([*(ROOT / "graphsvc").rglob("*.py"), *(ROOT / "loaders").rglob("*.py")])


def imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "graphsvc":
                yield from ((f"graphsvc.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield node.module, node.lineno


def room(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return parts[1].removesuffix(".py") if parts[0] == "graphsvc" else "loaders"


def level(name: str) -> int | None:
    return next((index for index, names in enumerate(LAYERS) if name in names), None)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_downward_only(path: Path) -> None:
    here = room(path)
    for name, line in imports(path):
        if name.startswith("graphsvc.") and name != "graphsvc.__version__":
            there = name.split(".")[1]
            if there == here:
                continue
            if here == "loaders":
                below = there in {"errors", "model", "provenance", "loading", "dates", "rdf"}
            else:
                mine, theirs = level(here), level(there)
                assert mine is not None, f"{path.name}: room {here!r} has no place in LAYERS"
                assert theirs is not None, f"{path.name}:{line}: room {there!r} has no place in LAYERS"
                below = theirs < mine or (here, there) in BESIDE
            assert below, f"{path.relative_to(ROOT)}:{line} imports {name}: imports run downward only"


@pytest.mark.parametrize("name", INSIDE)
def test_every_module_of_a_room_has_its_place(name: str) -> None:
    there = {
        path.stem for path in (ROOT / "graphsvc" / name).iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert there - {"__init__"} == set(INSIDE[name]), f"graphsvc/{name} and INSIDE differ"


@pytest.mark.parametrize(
    "path",
    [path for path in modules() if room(path) in INSIDE and path.stem != "__init__"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_imports_run_downward_inside_a_room_too(path: Path) -> None:
    name, order = room(path), INSIDE[room(path)]
    mine = path.relative_to(ROOT / "graphsvc" / name).parts[0].removesuffix(".py")
    for imported, line in imports(path):
        parts = imported.split(".")
        if parts[:2] == ["graphsvc", name] and len(parts) > 2 and parts[2] in order and parts[2] != mine:
            assert order.index(parts[2]) < order.index(mine), (
                f"{path.relative_to(ROOT)}:{line} imports {imported}: {mine} comes before {parts[2]}"
            )


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_libraries_stay_behind_their_seams(path: Path) -> None:
    here = str(path.relative_to(ROOT))
    for name, line in imports(path):
        allowed = SEAMS.get(name.partition(".")[0])
        assert allowed is None or here.startswith(tuple(allowed)), (
            f"{here}:{line} imports {name}, which belongs in {sorted(allowed)}"
        )


MOST_PARAMETERS = 6
"""Of a function, ``self`` aside: what always travels together is one small thing with a name."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    yield from (node for node in ast.walk(tree) if isinstance(node, Function))


def parameters(function: Function) -> list[str]:
    """Names of all parameters; not ``self`` or ``cls`` of a method."""
    given = function.args
    names = [item.arg for item in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg) if item]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def is_command(function: Function) -> bool:
    """Whether click calls it, whose options are parameters."""
    return any("click." in ast.unparse(item) or ".command(" in ast.unparse(item) for item in function.decorator_list)


def assigned(function: Function) -> Iterator[tuple[str, int]]:
    """Names that a function gives to locals, and their lines; not those of a comprehension, and not of functions within it."""
    left: list[ast.AST] = list(function.body)
    while left:
        node = left.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name, node.lineno
        if isinstance(node, ast.comprehension):
            left += [node.iter, *node.ifs]
        elif not isinstance(node, Function | ast.ClassDef):
            left += ast.iter_child_nodes(node)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_function_takes_few_parameters(path: Path) -> None:
    for function in functions(ast.parse(path.read_text())):
        found = parameters(function)
        assert is_command(function) or len(found) <= MOST_PARAMETERS, (
            f"{path.relative_to(ROOT)}:{function.lineno} {function.name} takes {len(found)} parameters; {MOST_PARAMETERS} at most"
        )


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_names_say_what_they_hold(path: Path) -> None:
    for function in functions(ast.parse(path.read_text())):
        names = [(name, function.lineno) for name in parameters(function)] + list(assigned(function))
        short = [f"{name} (line {line})" for name, line in names if len(name) == 1 and name != "_"]
        assert not short, f"{path.relative_to(ROOT)}: {function.name} uses names of one letter: {', '.join(short)}"
