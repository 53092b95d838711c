"""The stores of the tests: one suite, both engines.

``store`` is an empty store, ``loaded`` one that holds the shipped maps (for tests that only read). Both are parametrised over
``embedded`` and ``neo4j``; where no Neo4j can be started, the second half is not collected and the summary says so, and with
``CI=true`` it fails. ``NEO4J_URI`` (with ``NEO4J_USER``, ``NEO4J_PASSWORD``, ``NEO4J_DATABASE``) names another server, whose
database must be empty, since the tests empty it.

With several workers (``pytest -n 2``) all that share a store run in one of them: the tests on Neo4j, those on the embedded
store with the maps, those that empty an embedded store. The rest goes wherever there is room (``sharing.py``). A test that
kills the Neo4j of the run (``own_neo4j``) comes last in its worker.
"""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import chromium
import httpx
import made_once
import neo4j_server
import pytest
from sharing import ByStore, keep_groups, make_folder
from store_claims import empty
from web_client import client_of

from graphsvc.model import Model
from graphsvc.settings import Settings, from_environment, project_root
from graphsvc.store import Store, open_store
from graphsvc.store.embedded.client import hold

ENGINES = ("embedded", "neo4j")
_MEMORY = "512m"


def _ci() -> bool:
    return os.environ.get("CI", "").lower() == "true"


def _without_neo4j() -> str:
    return "" if os.environ.get("NEO4J_URI") else neo4j_server.missing()


def _engines() -> tuple[str, ...]:
    return ENGINES[:1] if _without_neo4j() and not _ci() else ENGINES


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses ``engine``, ``store`` or ``loaded`` once for each engine."""
    if "loaded_engine" in metafunc.fixturenames:
        # A browser sees no difference between the stores; test_web.py asks both for the same pages.
        engines = ENGINES[:1] if metafunc.definition.get_closest_marker("browser") else _engines()
        metafunc.parametrize("loaded_engine", engines, indirect=True, scope="session")
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", _engines(), indirect=True)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker of pytest-xdist where to write down which tests share a store."""
    node.workerinput["groups"] = make_folder(node.config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByStore:
    """Share the tests among the workers by store, whatever way was asked for: Neo4j has one database to empty."""
    return ByStore(config, log, Path(make_folder(config)))


def pytest_configure() -> None:
    """Let Java compile quickly rather than well: an engine that lives for some minutes takes half the processor's time in all."""
    os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what needs Neo4j."""
    if on_neo4j(item):
        item.add_marker(pytest.mark.neo4j)


def on_neo4j(item: pytest.Item) -> bool:
    """Whether a test needs a Neo4j."""
    given = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    named = {"neo4j_settings", "neo4j_or_skip"}.intersection(getattr(item, "fixturenames", ()))
    return bool(named) or "neo4j" in (given.get("engine"), given.get("loaded_engine"))


def store_of(item: pytest.Item) -> str:
    """Name of the store that a test shares with others; empty if it shares none."""
    named = set(getattr(item, "fixturenames", ()))
    if on_neo4j(item) and named & {"loaded_engine", "store_settings", "neo4j_settings", "neo4j_or_skip", "mortal"}:
        return "neo4j"
    return "maps" if "loaded_engine" in named else "embedded" if named & {"store_settings", "embedded_settings"} else ""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that empty the store come after those that read the maps, which take a while to load; those that kill it, last."""
    items.sort(key=lambda item: [name in getattr(item, "fixturenames", ()) for name in ("mortal", "engine")])
    if folder := getattr(config, "workerinput", {}).get("groups"):
        keep_groups(Path(folder), {item.nodeid: store_of(item) for item in items})


def pytest_collection_finish() -> None:
    """Spare the garbage collector: what is made by now lives as long as the run, and each look at all of it takes a while."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 50)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say plainly what was not tested."""
    untested = []
    if _without_neo4j():
        untested.append(f"Neo4j was NOT tested: {_without_neo4j()} not found.")
    if not chromium.program():
        untested.append(f"The browser pages were NOT tested: none of {', '.join(chromium.NAMES)} found.")
    if untested:
        terminalreporter.write_sep("=", "not tested", yellow=True, bold=True)
    for line in untested:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session", autouse=True)
def _made_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        made_once.for_all_tests(patch)
        yield


@pytest.fixture(scope="session")
def model() -> Model:
    """The Model of the shipped ontology and shapes."""
    return made_once.model_of(project_root() / "ontology", project_root() / "shapes")


@pytest.fixture(scope="session")
def neo4j_settings(request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Settings that name a Neo4j for the tests: the given one, else one that is started."""
    if os.environ.get("NEO4J_URI"):
        given = from_environment()
        _refuse_a_graph_of_worth(given)
        yield given
        return
    server: neo4j_server.Server = request.getfixturevalue("own_neo4j")
    yield Settings(neo4j_uri=server.uri, neo4j_user=server.user, neo4j_password=server.password)


@pytest.fixture(scope="session")
def own_neo4j(tmp_path_factory: pytest.TempPathFactory) -> Iterator[neo4j_server.Server]:
    """The Neo4j that is started for the tests, where none is given."""
    if lacking := neo4j_server.missing():
        pytest.fail(f"With CI=true, Neo4j must be tested: {lacking} not found.", pytrace=False)
    server = neo4j_server.start(tmp_path_factory.mktemp("neo4j"))
    try:
        yield server
    finally:
        server.stop()


def _refuse_a_graph_of_worth(settings: Settings) -> None:
    """End the run if the given Neo4j holds anything that a run of the tests did not leave there."""
    import neo4j

    credentials = (settings.neo4j_user, settings.neo4j_password)
    with neo4j.GraphDatabase.driver(settings.neo4j_uri, auth=credentials, notifications_min_severity="OFF") as driver:
        text = "MATCH (n) WITH count(n) AS nodes OPTIONAL MATCH (t:GraphsvcTests) RETURN nodes, count(t)"
        nodes, marks = driver.execute_query(text, database_=settings.neo4j_database).records[0]
        if nodes and not marks:
            pytest.exit("NEO4J_URI names a database that is not empty, and the tests would empty it. Name an empty one.", 2)
        driver.execute_query("MERGE (:GraphsvcTests)", database_=settings.neo4j_database)


@pytest.fixture(scope="session")
def embedded_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings that name a data folder whose engine runs for as long as the tests do."""
    settings = Settings(data_dir=str(tmp_path_factory.mktemp("embedded")), embedded_memory=_MEMORY)
    held = hold(settings.data_dir, settings.embedded_memory)
    try:
        yield settings
    finally:
        held.release()


@pytest.fixture
def data_folder(embedded_settings: Settings, model: Model, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty embedded store for commands: the environment names its data folder, and its engine runs."""
    asyncio.run(empty(embedded_settings, model))
    monkeypatch.setenv("GRAPHSVC_DATA_DIR", embedded_settings.data_dir)
    monkeypatch.delenv("NEO4J_URI", raising=False)
    return Path(embedded_settings.data_dir)


@pytest.fixture(scope="session")
def neo4j_or_skip(request: pytest.FixtureRequest) -> Settings:
    """Settings of the Neo4j of the tests, for what only it can answer; skipped where there is none."""
    if _without_neo4j() and not _ci():
        pytest.skip(f"Neo4j was not tested: {_without_neo4j()} not found")
    settings: Settings = request.getfixturevalue("neo4j_settings")
    return settings


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """Name of the engine: ``embedded`` or ``neo4j``."""
    return str(request.param)


@pytest.fixture
def store_settings(engine: str, request: pytest.FixtureRequest) -> Settings:
    """Settings of ``store``, for a second way in."""
    settings: Settings = request.getfixturevalue(f"{engine}_settings")
    return settings


@pytest.fixture
async def store(store_settings: Settings, model: Model) -> AsyncIterator[Store]:
    """An empty, prepared store; remarks of Neo4j on a query are errors."""
    await empty(store_settings, model)
    async with open_store(store_settings, model, strict=True) as opened:
        await opened.prepare()
        yield opened


@pytest.fixture(scope="session")
def loaded_engine(request: pytest.FixtureRequest) -> str:
    """Name of the engine of ``loaded``."""
    return str(request.param)


@pytest.fixture(scope="session")
async def loaded_settings(
    loaded_engine: str, model: Model, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Settings]:
    """Settings of the store with the shipped maps."""
    if loaded_engine == "neo4j":
        settings: Settings = request.getfixturevalue("neo4j_settings")
        await empty(settings, model)
        await load_maps(settings, model)
        yield settings
        return
    settings = Settings(data_dir=str(tmp_path_factory.mktemp("maps")), embedded_memory=_MEMORY)
    held = await asyncio.to_thread(hold, settings.data_dir, settings.embedded_memory)
    try:
        await load_maps(settings, model)
        yield settings
    finally:
        await asyncio.to_thread(held.release)


@pytest.fixture(scope="session")
async def loaded(loaded_settings: Settings, model: Model) -> AsyncIterator[Store]:
    """A store that holds the shipped maps. Only read it."""
    async with open_store(loaded_settings, model, strict=True) as opened:
        yield opened


@pytest.fixture(scope="session")
async def web(loaded: Store, loaded_settings: Settings, model: Model) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application over the shipped maps."""
    from graphsvc.web import create_app

    # Neo4j plans each text when it first meets it, and the other half of the suite uses the machine too.
    settings = replace(loaded_settings, page_timeout=60.0, query_timeout=60.0)
    async with client_of(create_app(settings, model, loaded)) as client:
        yield client


async def load_maps(settings: Settings, model: Model) -> None:
    """Load every shipped map, as `graphsvc load maps/*` does."""
    from graphsvc.pipeline import Loading, load

    async with open_store(settings, model) as opened:
        await opened.prepare()
        await load(shipped_maps(), Loading(opened, model, made_once.shapes_of(model), settings.base_iri))


def shipped_maps() -> list[Path]:
    """Folders of the shipped maps."""
    return sorted(folder for folder in (project_root() / "maps").iterdir() if (folder / "about.csv").is_file())
