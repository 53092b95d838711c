"""The report of findings as text, as JSON, and as a SHACL validation report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from urllib.parse import quote

from rdflib import RDF, SH, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node
from rich.console import Console
from rich.text import Text

from graphsvc.loading.findings import WORST_FIRST, Finding, shown

SHAPES = Namespace("https://w3id.org/graphsvc/shapes#")
CASCADE = "set-aside-with"
"""Rule of rows set aside only because what they refer to is."""
Detail = tuple[Node, Node | None, Node | None, Node, Node | None]
_COLOURS = {"violation": "bold red", "warning": "yellow", "info": "cyan"}
_SEVERITY = {"violation": SH.Violation, "warning": SH.Warning, "info": SH.Info}


@dataclass(frozen=True)
class Report:
    """The findings of one input, worst first, grouped by rule."""

    dataset: str
    findings: tuple[Finding, ...]
    things: int = 0
    claims: int = 0
    set_aside: int = 0
    """Rows set aside."""
    details: dict[int, Detail] = field(default_factory=dict, repr=False)
    """For findings of shapes, by position: focus, path, value, component and shape."""

    @property
    def conforms(self) -> bool:
        """Whether nothing was found that sets a row aside."""
        return not any(item.severity == "violation" for item in self.findings)

    @property
    def exit_code(self) -> int:
        """0 if it conforms, else 1."""
        return 0 if self.conforms else 1

    def count(self, severity: str) -> int:
        """The number of findings of a severity."""
        return sum(item.severity == severity for item in self.findings)

    def summary(self) -> str:
        """One line: what was read and what was found."""
        found = ", ".join(
            f"{self.count(severity):,} {severity}{'s' if self.count(severity) != 1 and severity != 'info' else ''}"
            for severity in WORST_FIRST
            if self.count(severity)
        )
        aside = f"; {self.set_aside:,} row{'s' if self.set_aside != 1 else ''} set aside" if self.set_aside else ""
        return f"{self.dataset}: {self.things:,} things, {self.claims:,} claims; {found or 'nothing to mend'}{aside}"

    def as_json(self) -> dict[str, Any]:
        """The report as a JSON object."""
        return {
            "dataset": self.dataset,
            "conforms": self.conforms,
            "things": self.things,
            "claims": self.claims,
            "setAside": self.set_aside,
            "counts": {severity: self.count(severity) for severity in WORST_FIRST},
            "findings": [item.as_json() for item in self.findings],
        }

    def groups(self) -> list[tuple[str, str, list[Finding]]]:
        """Severity, rule and findings, worst first."""
        return [
            (first, rule, list(items)) for (first, rule), items in groupby(self.findings, lambda item: (item.severity, item.rule))
        ]

    def print(self, console: Console, limit: int | None = 10) -> None:
        """Print for people: each rule with its findings, at most ``limit`` of each; what is left out is said."""
        for severity, rule, items in self.groups():
            console.print(Text.assemble((severity.upper(), _COLOURS[severity]), f"  {rule}  ", (f"({len(items):,})", "dim")))
            if rule == CASCADE and limit is not None:
                _print_cascade(console, items)
                continue
            whys = {item.why for item in items if item.why}
            for why in sorted(whys):
                console.print(Text(f"  {why}", style="dim italic"))
            for item in items[:limit]:
                value = f" [{item.value}]" if item.value else ""
                console.print(Text.assemble("  ", (item.where or self.dataset, "bold"), f"  {item.message}{value}"))
                if item.hint:
                    console.print(Text(f"      → {item.hint}", style="green"))
            if limit is not None and len(items) > limit:
                console.print(Text(f"  … and {len(items) - limit:,} more; --all prints them.", style="dim"))
        console.print(Text(self.summary(), style="bold"))

    def as_rdf(self, base: str) -> Graph:
        """The report as an ``sh:ValidationReport``; rows are named by RFC 7111 fragments (``organisations.csv#row=12``)."""
        graph = Graph()
        graph.bind("sh", SH)
        graph.bind("gsh", SHAPES)
        report = BNode("report")
        graph.add((report, RDF.type, SH.ValidationReport))
        graph.add((report, SH.conforms, Literal(not self.findings)))
        for number, finding in enumerate(self.findings):
            result = BNode(f"result{number}")
            graph.add((report, SH.result, result))
            graph.add((result, RDF.type, SH.ValidationResult))
            graph.add((result, SH.resultSeverity, _SEVERITY[finding.severity]))
            where = f"{finding.where}: " if finding.where else ""
            graph.add((result, SH.resultMessage, Literal(f"{where}{finding.message} {finding.hint}".strip(), lang="en-GB")))
            focus, path, value, component, shape = self.details.get(number) or (None,) * 5
            graph.add((result, SH.focusNode, focus or _place(base, finding)))
            graph.add((result, SH.sourceConstraintComponent, component or SHAPES[finding.rule]))
            if value is not None or finding.value:
                # A literal that the finding tells by its shape only is not given away here.
                whole = value is not None and (not isinstance(value, Literal) or shown(value) == finding.value)
                graph.add((result, SH.value, value if whole and value is not None else Literal(finding.value)))
            if isinstance(path, URIRef):
                graph.add((result, SH.resultPath, path))
            if isinstance(shape, URIRef):
                graph.add((result, SH.sourceShape, shape))
        return graph


def _print_cascade(console: Console, items: Sequence[Finding]) -> None:
    """One line for each thing that others are set aside with."""
    for subject, count in Counter(item.subject for item in items).most_common():
        rows = "1 row refers to it and is" if count == 1 else f"{count:,} rows refer to it and are"
        console.print(Text.assemble("  ", (subject, "bold"), f"  {rows} set aside with it."))
    console.print(Text("      → Mend the row of each of these first; --all lists the rows that follow.", style="green"))


def _place(base: str, finding: Finding) -> URIRef:
    row = f"#row={finding.row}" if finding.row else ""
    return URIRef(f"{base}/input/{quote(finding.file or 'input')}{row}")


def in_order(findings: Sequence[Finding]) -> list[int]:
    """Positions of findings, worst first: by severity, then rules with the most findings, then by place."""
    counts: dict[tuple[str, str], int] = {}
    for item in findings:
        counts[(item.severity, item.rule)] = counts.get((item.severity, item.rule), 0) + 1

    def key(position: int) -> tuple[Any, ...]:
        item = findings[position]
        amount = counts[(item.severity, item.rule)]
        return (
            WORST_FIRST.index(item.severity),
            item.rule == CASCADE,
            -amount,
            item.rule,
            item.file,
            item.row or 0,
            item.column,
            item.message,
        )

    return sorted(range(len(findings)), key=key)
