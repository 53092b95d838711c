"""Validation: checks what a loader read against the shapes, and sets rows with violations aside.

A violation sets aside the row that made it; what refers to something that is set aside, and stands nowhere else, is set aside
with it. A warning stops nothing.
"""

from __future__ import annotations

from graphsvc.loading.context import Context
from graphsvc.rdf import Rdf
from graphsvc.validation.compiled.spool_reader import SpoolReader
from graphsvc.validation.reporting.cascade import FindExisting, set_aside, set_aside_referring
from graphsvc.validation.reporting.locator import Locator
from graphsvc.validation.reporting.report import Detail, Report, in_order
from graphsvc.validation.shapes import Shapes

__all__ = ["Report", "Shapes", "validate"]


def validate(context: Context, shapes: Shapes, rdf: Rdf, find_existing: FindExisting) -> Report:
    """Checks the spool against the shapes, sets rows aside, and reports the findings of loader and shapes.

    ``find_existing`` tells which of some things the store holds although this input does not make them. Of each rule
    so many findings are kept as a Context keeps; the rest are counted, and their rows are set aside like the others.
    """
    reader = SpoolReader(context.spool)
    set_aside_referring(context, reader, find_existing)
    reader.find_stored(lambda page: find_existing(page) | context.known(page))
    locator = Locator(context.model, reader, rdf)
    details: dict[int, Detail] = {}
    for result in shapes.check(reader, rdf):
        for finding in locator.findings(result):
            if rdf.claim_id(result.focus) and not context.first(finding.rule, f"{finding.file} {finding.row} {finding.message}"):
                continue
            kept = len(context.findings)
            context.report(finding)
            if len(context.findings) > kept:
                details[kept] = (result.focus, result.path, result.value, result.component, result.shape)
            if finding.severity == "violation" and finding.row is not None:
                reader.note_row(finding.file, finding.row)
    for file, row in reader.noted_rows():
        set_aside(context, file, row)
    set_aside_referring(context, reader, find_existing)
    context.findings.extend(context.findings_beyond_limit())
    order = in_order(context.findings)
    placed = {position: details[index] for position, index in enumerate(order) if index in details}
    things, claims, _ = context.spool.counts()
    findings = tuple(context.findings[index] for index in order)
    return Report(context.dataset, findings, things, claims, len(context.set_aside), placed)
