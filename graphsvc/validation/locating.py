"""From a result of the shapes to the rows that made it."""

from __future__ import annotations

from typing import Final

from rdflib import RDF, SH, Literal, URIRef

from graphsvc.loading.findings import Finding, shown
from graphsvc.model import Model
from graphsvc.provenance import Claim, EntityRecord, RelationClaim
from graphsvc.rdf import Rdf
from graphsvc.validation.shapes import Broken, rule_name
from graphsvc.validation.spooled import Spooled

_COLUMNS: Final = {"validFrom": "start", "validTo": "end"}
"""Columns of sheets that are named otherwise than the term."""


class Locator:
    """Finds the rows that made a result."""

    def __init__(self, model: Model, spooled: Spooled, rdf: Rdf) -> None:
        self.model = model
        self.spooled = spooled
        self.rdf = rdf

    def findings(self, broken: Broken) -> list[Finding]:
        """A finding for each row at fault; none if no row of this input is."""
        claim_id = self.rdf.claim_id(broken.focus)
        if claim_id:
            said = self.spooled.own(claim_id)
            return [self._finding_of_row(broken, said)] if said else []
        claims = self._claims(broken)
        if broken.component == SH.MaxCountConstraintComponent and not self._one_source_says_too_much(broken, claims):
            return []
        made = [self._finding(broken, claim) for claim in claims]
        return list({(item.file, item.row, item.column, item.message): item for item in made}.values())

    def _claims(self, broken: Broken) -> list[Claim]:
        """The claims about the focus node that the path and the value point to; its records where they point to none."""
        entity = self.rdf.entity(broken.focus)
        name = self.rdf.predicates.get(str(broken.path), "")
        if name in self.model.relations:
            target = None if broken.value is None else self.rdf.entity(broken.value)
            if target != "" and (found := self.spooled.said(entity, name, target)):
                return found
        records = self.spooled.said(entity, "")
        if broken.value is not None and name:
            holding = [claim for claim in records if any(o == broken.value for _, p, o in self.rdf.facts(claim) if p != RDF.type)]
            if holding:
                return holding
        if broken.value is not None and not records:
            target = self.rdf.entity(broken.value)
            return [claim for claim in self.spooled.said(entity) if isinstance(claim, RelationClaim) and claim.object == target]
        if records or broken.path is None:
            return records or self.spooled.said(entity)
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

    def _finding_of_row(self, broken: Broken, claim: Claim) -> Finding:
        """What is wrong with who says a claim, and when: a row says it once for all that the row says."""
        origin, subject = claim.origin, claim.subject if isinstance(claim, RelationClaim) else claim.entity
        name = str(broken.path).rpartition("#")[2] if isinstance(broken.path, URIRef) else ""
        if isinstance(broken.value, Literal):
            value = shown(broken.value)
        elif isinstance(broken.value, URIRef) and broken.value != broken.focus:
            value = self.rdf.entity(broken.value) or str(broken.value).rpartition("#")[2]
        else:
            value = shown(claim.qualifiers.note)
        return Finding(
            broken.severity, rule_name(broken, self.rdf), broken.message, "", broken.why,
            origin.file if origin else "", origin.row if origin else None, _COLUMNS.get(name, name), value, subject,
        )  # fmt: skip

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
