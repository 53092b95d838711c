"""Validation: the shapes over what a loader emitted, and what follows from each result.

A violation sets aside the row that made it; what refers to something that is set aside, and stands nowhere else, is set aside
with it. A warning stops nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from rdflib import RDF, SH, Literal, URIRef

from graphsvc.loading.context import Context
from graphsvc.loading.findings import Finding, shown
from graphsvc.provenance import Claim, EntityRecord, RelationClaim
from graphsvc.rdf import Rdf
from graphsvc.validation.report import CASCADE, Detail, Report, in_order
from graphsvc.validation.shapes import Broken, Shapes, rule_name

__all__ = ["Report", "Shapes", "validate"]


def validate(context: Context, shapes: Shapes, rdf: Rdf, stands: Callable[[Sequence[str]], set[str]]) -> Report:
    """Run the shapes over the spool, set rows aside, and report every finding of loader and shapes.

    ``stands`` tells which of some things stand although this input does not make them: those that the store holds.
    """
    _cascade(context, stands)
    results: list[tuple[Finding, Broken | None]] = []
    outside = context.spool.outside()
    standing = stands(outside) | context.known(outside)
    for broken in shapes.check((entry.claim for entry in context.spool.entries()), rdf, sorted(standing)):
        if broken.value is None and rdf.entity(broken.focus) in standing:
            continue  # what it lacks here the store has: it was checked with the map that it is of
        results.extend((finding, broken) for finding in _Locator(context, rdf).findings(broken))
    for finding, _ in results:
        if finding.severity == "violation":
            _set_aside(context, finding)
    _cascade(context, stands)
    for finding in context.uncounted():
        context.findings.append(finding)
    findings: list[tuple[Finding, Broken | None]] = [*((item, None) for item in context.findings), *results]
    order = in_order([item for item, _ in findings])
    details: dict[int, Detail] = {}
    for position, index in enumerate(order):
        result = findings[index][1]
        if result is not None:
            details[position] = (result.focus, result.path, result.value, result.component, result.shape)
    things, claims, _ = context.spool.counts()
    return Report(context.dataset, tuple(findings[index][0] for index in order), things, claims, len(context.set_aside), details)


def _set_aside(context: Context, finding: Finding) -> None:
    """Set aside the row of a finding, and remember what it was about."""
    if finding.row is None:
        return
    context.set_aside.setdefault((finding.file, finding.row), []).append(finding)
    for claim in context.spool.reject_row(finding.file, finding.row):
        keep(context, claim)


def keep(context: Context, claim: Claim) -> None:
    """Note that the store keeps what it holds of a claim set aside."""
    if isinstance(claim, EntityRecord):
        context.keep("thing", claim.entity)
    else:
        context.keep("relation", claim.subject, claim.relation, claim.object)


def _cascade(context: Context, stands: Callable[[Sequence[str]], set[str]]) -> None:
    """Set aside what refers to a thing or a source of which nothing is left, until nothing more follows."""
    while True:
        lost = context.spool.lost()
        gone = sorted(set(lost) - stands(lost))
        found = [(claim, entity) for entity in gone for claim in context.spool.referring(entity)]
        if not found:
            return
        for claim, entity in found:
            origin = claim.origin
            message = f"It refers to {entity}, whose own row is set aside."
            finding = Finding("info", CASCADE, message, "Mend that row, and load both.", "", subject=entity)
            if origin and origin.row is not None:
                finding = replace(finding, file=origin.file, row=origin.row, column=origin.column or "")
                context.findings.append(finding)
                _set_aside(context, finding)
            else:
                context.findings.append(finding)
                context.spool.reject(claim.id)
                keep(context, claim)


class _Locator:
    """Finds the rows that made a result."""

    def __init__(self, context: Context, rdf: Rdf) -> None:
        self.context = context
        self.rdf = rdf

    def findings(self, broken: Broken) -> list[Finding]:
        """A finding for each row at fault; none if no row of this input is."""
        claim_id = self.rdf.claim_id(broken.focus)
        if claim_id:
            found = self.context.spool.claim(claim_id)
            claims = [found] if found else []
        else:
            claims = self._claims(broken)
        if broken.component == SH.MaxCountConstraintComponent and not self._one_source_says_too_much(broken, claims):
            return []
        made = [self._finding(broken, claim) for claim in claims]
        return list({(item.file, item.row, item.column, item.message): item for item in made}.values())

    def _claims(self, broken: Broken) -> list[Claim]:
        """The claims about the focus node that the path and the value point to; its records where they point to none."""
        about = self.context.spool.claims_about(self.rdf.entity(broken.focus))
        name = self.rdf.predicates.get(str(broken.path), "")
        term = self.context.model.relations.get(name)
        if term is not None:
            found: list[Claim] = [
                claim for claim in about
                if isinstance(claim, RelationClaim) and claim.relation == name
                and (broken.value is None or self.rdf.thing(claim.object) == broken.value)
            ]  # fmt: skip
            if found:
                return found
        records: list[Claim] = [claim for claim in about if isinstance(claim, EntityRecord)]
        if broken.value is not None and name:
            holding = [claim for claim in records if any(o == broken.value for _, p, o in self.rdf.facts(claim) if p != RDF.type)]
            if holding:
                return holding
        if broken.value is not None and not records:
            target = self.rdf.entity(broken.value)
            return [claim for claim in about if isinstance(claim, RelationClaim) and claim.object == target]
        if records or broken.path is None:
            return records or about
        return []  # the thing is of a map that this one uses: its properties are that map's to mend

    def _one_source_says_too_much(self, broken: Broken, claims: list[Claim]) -> bool:
        """Whether one source alone passes a maximum. Where two sources differ, both claims stand: that is no error."""
        limit = broken.limit or 1
        name = self.rdf.predicates.get(str(broken.path), "")
        said: dict[tuple[str, str], set[str]] = {}
        for claim in claims:
            if isinstance(claim, RelationClaim):
                said.setdefault((claim.qualifiers.source, claim.qualifiers.locator), set()).add(claim.object)
            else:
                value = claim.values.get(name, ())
                values = value if isinstance(value, tuple) else (value,)
                said.setdefault((claim.qualifiers.source, claim.qualifiers.locator), set()).update(str(item) for item in values)
        return any(len(values) > limit for values in said.values())

    def _finding(self, broken: Broken, claim: Claim) -> Finding:
        origin = claim.origin
        name = self.rdf.predicates.get(str(broken.path), "")
        column = (origin.column if origin else None) or ""
        if not column:
            column = name if isinstance(claim, EntityRecord) else "object" if name else ""
        if isinstance(broken.value, Literal):
            value = shown(broken.value)
        elif isinstance(broken.value, URIRef):
            value = self.rdf.entity(broken.value) or str(broken.value).rpartition("#")[2]
        else:
            value = ""
        if isinstance(claim, RelationClaim):
            subject = claim.subject
            value = value or f"{claim.subject} {claim.relation} {claim.object}"
        else:
            subject = claim.entity
        return Finding(
            broken.severity, rule_name(broken, self.rdf), broken.message, "", broken.why,
            origin.file if origin else "", origin.row if origin else None, column, value, subject,
        )  # fmt: skip
