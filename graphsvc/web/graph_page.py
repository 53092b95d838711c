"""The page of a named graph: which source, dataset, load and revision it is of; the same of a dataset, and of all of them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from graphsvc.errors import NotFound
from graphsvc.exports.catalogue import Catalogue, title_of
from graphsvc.exports.thing import FORMATS as RDF_FORMATS
from graphsvc.exports.thing import Document, write_catalogue
from graphsvc.rdf import Rdf
from graphsvc.store import Edition
from graphsvc.store.neighbourhood import read_things, sources_of_dataset
from graphsvc.web.kept_pages import answer_kept
from graphsvc.web.linked_data import day_of, headers_of, unchanged, wanted_form
from graphsvc.web.site import Site, site_of


async def graph_page(request: Request) -> Response:
    """Answers at ``/graph``, ``/graph/{dataset}`` and ``/graph/{dataset}/{source}``."""
    site = site_of(request)
    form, day = wanted_form(request), day_of(request, site.settings)
    edition = await site.edition()
    headers = headers_of(request, site, edition, form, day)
    if (answer := unchanged(request, headers)) is not None:
        return answer
    return await answer_kept(request, edition, lambda: _describe(request, site, edition, headers))


async def _describe(request: Request, site: Site, edition: Edition, headers: dict[str, str]) -> Response:
    form, day, revision = wanted_form(request), day_of(request, site.settings), edition.revision
    dataset, source = request.path_params.get("dataset", ""), request.path_params.get("source", "")
    loads = {load.dataset: load for load in await site.store.loads()}
    if dataset and dataset not in loads:
        raise NotFound("No dataset that is loaded has this address.", "The page of sources lists what is loaded.")
    rdf = Rdf(site.model, site.settings.base_iri.rstrip("/"))
    catalogue = Catalogue(rdf, day, loads, revision)
    for name in [dataset] if dataset else loads:
        catalogue.add_dataset(name)
    sources: list[str] = []
    if dataset:
        held = await sources_of_dataset(site.store, dataset, revision=revision)
        sources = [item for item in held if not source or item == f"source/{source}"]
        described = await read_things(site.store, sources, revision=revision)
        for item in sources:
            catalogue.add_graph(dataset, item, title_of(item, described.get(item, {})))
    if source and not sources:
        raise NotFound("No source of this dataset has this address.", "The page of the dataset lists its sources.")
    if form in RDF_FORMATS:
        document = Document(site.model, rdf.base, day, revision, loads)
        text = await site.service.worker.run(write_catalogue, catalogue, form, document)
        return Response(text, media_type=form, headers=headers)
    answer = site.page(
        request,
        "graph.html",
        dataset=loads.get(dataset),
        loads=[] if dataset else sorted(loads.values(), key=lambda load: load.dataset),
        graphs=[(item, catalogue.title(item)) for item in sources],
        source=f"source/{source}" if source else "",
        iri=rdf.base + request.url.path,
        store_line=f"revision {revision}",
    )
    answer.headers.update(headers)
    return answer
