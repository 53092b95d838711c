"""Validation: the shapes over what a loader emitted, and what follows from each result.

A violation sets aside the row that made it; what refers to something that is set aside, and stands nowhere else, is set aside
with it. A warning stops nothing.
"""

from __future__ import annotations

from graphsvc.loading.context import Context
from graphsvc.rdf import Rdf
from graphsvc.validation.cascade import Stands, set_aside, set_aside_with
from graphsvc.validation.locating import Locator
from graphsvc.validation.report import Detail, Report, in_order
from graphsvc.validation.shapes import Shapes
from graphsvc.validation.spooled import Spooled

__all__ = ["Report", "Shapes", "validate"]


def validate(context: Context, shapes: Shapes, rdf: Rdf, stands: Stands) -> Report:
    """Run the shapes over the spool, set rows aside, and report the findings of loader and shapes.

    ``stands`` tells which of some things stand although this input does not make them: those that the store holds. Of each rule
    so many findings are kept as a Context keeps; the rest are counted, and their rows are set aside like the others.
    """
    spooled = Spooled(context.spool)
    set_aside_with(context, spooled, stands)
    spooled.find_standing(lambda page: stands(page) | context.known(page))
    locator = Locator(context.model, spooled, rdf)
    details: dict[int, Detail] = {}
    for broken in shapes.check(spooled, rdf):
        for finding in locator.findings(broken):
            if rdf.claim_id(broken.focus) and not context.first(finding.rule, f"{finding.file} {finding.row} {finding.message}"):
                continue
            kept = len(context.findings)
            context.report(finding)
            if len(context.findings) > kept:
                details[kept] = (broken.focus, broken.path, broken.value, broken.component, broken.shape)
            if finding.severity == "violation" and finding.row is not None:
                spooled.note_row(finding.file, finding.row)
    for file, row in spooled.noted_rows():
        set_aside(context, file, row)
    set_aside_with(context, spooled, stands)
    context.findings.extend(context.uncounted())
    order = in_order(context.findings)
    placed = {position: details[index] for position, index in enumerate(order) if index in details}
    things, claims, _ = context.spool.counts()
    findings = tuple(context.findings[index] for index in order)
    return Report(context.dataset, findings, things, claims, len(context.set_aside), placed)
