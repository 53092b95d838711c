"""Finds the rows of the input behind a validation result."""

from __future__ import annotations

from typing import Final

from rdflib import RDF, SH, Literal, URIRef

from graphsvc.loading.findings import Finding, shown
from graphsvc.model import Model
from graphsvc.provenance import Claim, EntityRecord, RelationClaim
from graphsvc.rdf import Rdf
from graphsvc.validation.compiled.spool_reader import SpoolReader
from graphsvc.validation.shapes import ValidationResult, rule_name

_COLUMNS: Final = {"validFrom": "start", "validTo": "end"}
"""Columns of sheets that are named otherwise than the term."""


class Locator:
    """Finds the rows behind validation results."""

    def __init__(self, model: Model, reader: SpoolReader, rdf: Rdf) -> None:
        self.model = model
        self.reader = reader
        self.rdf = rdf

    def findings(self, result: ValidationResult) -> list[Finding]:
        """A finding for each row at fault; none if no row of this input is at fault."""
        claim_id = self.rdf.claim_id(result.focus)
        if claim_id:
            found = self.reader.own(claim_id)
            return [self._finding_of_row(result, found)] if found else []
        claims = self._claims(result)
        if result.component == SH.MaxCountConstraintComponent and not self._one_source_exceeds_maximum(result, claims):
            return []
        made = [self._finding(result, claim) for claim in claims]
        return list({(item.file, item.row, item.column, item.message): item for item in made}.values())

    def _claims(self, result: ValidationResult) -> list[Claim]:
        """The claims about the focus node that the path and the value point to; its records where they point to none."""
        entity = self.rdf.entity(result.focus)
        name = self.rdf.predicates.get(str(result.path), "")
        if name in self.model.relations:
            target = None if result.value is None else self.rdf.entity(result.value)
            if target != "" and (found := self.reader.said(entity, name, target)):
                return found
        records = self.reader.said(entity, "")
        if result.value is not None and name:
            holding = [claim for claim in records if any(o == result.value for _, p, o in self.rdf.facts(claim) if p != RDF.type)]
            if holding:
                return holding
        if result.value is not None and not records:
            target = self.rdf.entity(result.value)
            return [claim for claim in self.reader.said(entity) if isinstance(claim, RelationClaim) and claim.object == target]
        if records or result.path is None:
            return records or self.reader.said(entity)
        return []  # the thing is of a map that this one uses: its properties are that map's to mend

    def _one_source_exceeds_maximum(self, result: ValidationResult, claims: list[Claim]) -> bool:
        """Whether one source alone passes a maximum. Where two sources differ, both claims stand: that is no error."""
        limit = result.limit or 1
        name = self.rdf.predicates.get(str(result.path), "")
        said: dict[tuple[str, str], set[str]] = {}
        for claim in claims:
            if isinstance(claim, RelationClaim):
                said.setdefault((claim.qualifiers.source, claim.qualifiers.locator), set()).add(claim.object)
            else:
                value = claim.values.get(name, ())
                values = value if isinstance(value, tuple) else (value,)
                said.setdefault((claim.qualifiers.source, claim.qualifiers.locator), set()).update(str(item) for item in values)
        return any(len(values) > limit for values in said.values())

    def _finding_of_row(self, result: ValidationResult, claim: Claim) -> Finding:
        """Tells what is wrong with who says a claim, and when: a row says it once for all that the row says."""
        origin, subject = claim.origin, claim.subject if isinstance(claim, RelationClaim) else claim.entity
        name = str(result.path).rpartition("#")[2] if isinstance(result.path, URIRef) else ""
        if isinstance(result.value, Literal):
            value = shown(result.value)
        elif isinstance(result.value, URIRef) and result.value != result.focus:
            value = self.rdf.entity(result.value) or str(result.value).rpartition("#")[2]
        else:
            name, value = name or "note", shown(claim.qualifiers.note)
        return Finding(
            result.severity, rule_name(result, self.rdf), result.message, "", result.why,
            origin.file if origin else "", origin.row if origin else None, _COLUMNS.get(name, name), value, subject,
        )  # fmt: skip

    def _finding(self, result: ValidationResult, claim: Claim) -> Finding:
        origin = claim.origin
        name = self.rdf.predicates.get(str(result.path), "")
        column = (origin.column if origin else None) or ""
        if not column:
            column = name if isinstance(claim, EntityRecord) else "object" if name else ""
        if isinstance(result.value, Literal):
            value = shown(result.value)
        elif isinstance(result.value, URIRef):
            value = self.rdf.entity(result.value) or str(result.value).rpartition("#")[2]
        else:
            value = ""
        if isinstance(claim, RelationClaim):
            subject = claim.subject
            value = value or f"{claim.subject} {claim.relation} {claim.object}"
        else:
            subject = claim.entity
        return Finding(
            result.severity, rule_name(result, self.rdf), result.message, "", result.why,
            origin.file if origin else "", origin.row if origin else None, column, value, subject,
        )  # fmt: skip
