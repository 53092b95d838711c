"""Measures the compiled checks and pyshacl over the same records, and the memory of the checks at two sizes.

    .venv/bin/python -m bench.validation --things 20000

pyshacl looks at one graph of ``--compared`` organisations with their claims; making that graph is not counted for it. The checks
are measured over as many, reading from the spool included, and over ``--things``. Numbers are of processor time and of one
machine; the ratio travels. Memory is what Python allocates at the most.
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.directory import directory
from graphsvc.loading import Spool
from graphsvc.ontology import read_model
from graphsvc.rdf import Rdf
from graphsvc.validation.compiled.spool_reader import SpoolReader
from graphsvc.validation.shapes import Shapes

ROOT = Path(__file__).parent.parent


@contextmanager
def spooled(things: int) -> Iterator[SpoolReader]:
    """Makes a spool with a directory of so many organisations."""
    with TemporaryDirectory(prefix="graphsvc-bench-") as folder:
        spool = Spool(Path(folder) / "claims.sqlite")
        try:
            for claim in directory(things):
                spool.add(claim)
            found = SpoolReader(spool)
            found.find_stored(lambda page: set())
            yield found
        finally:
            spool.close()


def seconds(shapes: Shapes, rdf: Rdf, things: int) -> tuple[float, int]:
    """Measures the processor time of the checks, and counts their results."""
    with spooled(things) as found:
        start = time.process_time()
        results = sum(1 for _ in shapes.check(found, rdf))
        return time.process_time() - start, results


def peak(shapes: Shapes, rdf: Rdf, things: int) -> float:
    """Measures the most memory that Python allocates during the checks, in MB."""
    with spooled(things) as found:
        tracemalloc.start()
        for _ in shapes.check(found, rdf):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return most / 1e6


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        prog="bench.validation", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--things", type=int, default=20_000, help="organisations in the larger directory")
    parser.add_argument("--compared", type=int, default=2_000, help="organisations that pyshacl looks at too")
    chosen = parser.parse_args()
    model = read_model(ROOT / "ontology", ROOT / "shapes")
    shapes, rdf = Shapes(model, ROOT / "ontology", ROOT / "shapes"), Rdf(model, "http://localhost")
    start = time.process_time()
    with spooled(0) as nothing:
        list(shapes.check(nothing, rdf))
    print(f"the shapes compiled, once:         {time.process_time() - start:8.2f} s")
    with spooled(chosen.compared) as found:
        graph = shapes.graph(found, rdf)
        start = time.process_time()
        whole = len(shapes.results(graph))
        theirs = time.process_time() - start
    ours, results = seconds(shapes, rdf, chosen.compared)
    print(f"pyshacl, {chosen.compared:9,} organisations:  {theirs:8.2f} s, {whole:,} results")
    print(f"checks,  {chosen.compared:9,} organisations:  {ours:8.2f} s, {results:,} results: {theirs / ours:.1f} times as fast")
    ours, results = seconds(shapes, rdf, chosen.things)
    print(f"checks,  {chosen.things:9,} organisations:  {ours:8.2f} s, {results:,} results: {ours / chosen.things * 1e6:.0f} µs")
    for things in (chosen.things // 8, chosen.things // 2):
        print(f"memory,  {things:9,} organisations:  {peak(shapes, rdf, things):8.1f} MB")


if __name__ == "__main__":
    main()
