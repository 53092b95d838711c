"""Makes the claims that the Commission's care directory and interface share: ids, sites and categories of services.

A module of its own, since both forms come to the same claims.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from graphsvc.loading import Directory, Finding, Origin, Qualifiers, shown
from graphsvc.provenance import Value
from loaders._cqc_terms import term_of, terms_of


class Register:
    """Makes claims of locations and providers."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.context = directory.context

    def is_new(self, kind: str, code: str, values: Mapping[str, Any], origin: Origin) -> bool:
        """Tells whether an entry is the first of its id; a repeated one is an info, one with other content a violation."""
        digest = hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()
        here = f"{origin.file}, row {origin.row}"
        known, place = self.context.spool.first_place(f"cqc {kind} {code}", digest, here)
        if place == here:
            return True
        told = (origin.file, origin.row, "", code)
        if known == digest:
            message = f"The {kind} stands in the release twice, word for word (first at {place}); it is read once."
            self.context.report(Finding("info", "duplicate-item", message, "Leave one out.", "", *told))
        else:
            message = f"Another {kind} with the same id and other content stands at {place}: that one is kept."
            self.context.report(Finding("violation", "listed-twice", message, "Leave out the older of the two.", "", *told))
        return False

    def provider(self, code: str, name: str, origin: Origin) -> str:
        """Returns the id of a provider that a location refers to."""
        kept = self.directory.name(name, f"Provider {code} (name withheld)", origin) if name else ""
        values: dict[str, Value] = {"identifier": f"CQC:{code}"}
        scheme, known = self.registered(code)
        return self.directory.refer("Organisation", scheme, known, kept or f"Provider {code}", values)

    def named_provider(self, code: str, name: str, origin: Origin) -> str:
        """Passes on a provider of which the directory gives id and name, as the first of its locations gives them."""
        owner = self.context.coded("Organisation", "cqc", code)
        first, _ = self.context.spool.first_place(f"cqc provider's name {code}", name, "")
        if name != first and self.context.first("named-otherwise", code):
            message = f"The provider {code!r} is called {shown(first)!r} beside another location; that name is kept."
            hint = "Look it up on the provider's page."
            self.context.report(
                Finding("info", "named-otherwise", message, hint, "", origin.file, origin.row, origin.column or "", name)
            )
        if name == first:
            kept = self.directory.name(name, f"Provider {code} (name withheld)", origin)
            values: dict[str, Value | tuple[Value, ...] | None] = {"name": kept, "identifier": (f"CQC:{code}",)}
            self.directory.record("Organisation", owner, values, self.directory.qualifiers(code), origin)
        return owner

    def note_ods(self, code: str, ods: str) -> None:
        """Remembers the ODS code of a provider, before a location names it by its own code."""
        if code and ods:
            self.context.spool.first_place(f"cqc ods {code}", ods.upper(), "")

    def registered(self, code: str) -> tuple[str, str]:
        """Returns the scheme and code that make a provider's id: those of ODS where it has one."""
        ods, _ = self.context.spool.first_place(f"cqc ods {code}", "", "")
        return ("ods", ods) if ods else ("cqc", code)

    def file(self, thing: str, classification: str, names: list[str], qualifiers: Qualifiers, origin: Origin) -> None:
        """Classifies a thing under terms of a closed list; unknown terms are findings."""
        for name in names:
            term = term_of(classification, name)
            if term:
                category = self.directory.category(classification, "", term, origin)
                self.directory.relate(thing, "classifiedAs", category, qualifiers, origin)
            elif name:
                self.directory.unknown_code(name, f"the list {classification!r}", terms_of(classification), origin)

    def site(self, service: str, code: str, values: Mapping[str, Value | None], qualifiers: Qualifiers, origin: Origin) -> None:
        """Passes on the site of a location."""
        site = self.context.coded("Site", "cqc", code)
        self.directory.record("Site", site, values, qualifiers, origin)
        self.directory.relate(service, "locatedAt", site, qualifiers, origin)

    def authority(self, service: str, name: str, qualifiers: Qualifiers, origin: Origin) -> None:
        """Records the local authority under which a location is listed: a name, and not an area."""
        if name:
            category = self.directory.category("CQC local authority", "", name, origin)
            self.directory.relate(service, "classifiedAs", category, qualifiers, origin)


def website(directory: Directory, text: str, origin: Origin) -> str:
    """Returns a web address; the Commission leaves out the scheme of nearly all of them."""
    if text and "://" not in text and re.match(r"^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/\S*)?$", text, re.IGNORECASE):
        if directory.context.first("web-address-completed", origin.file):
            message = f"Web addresses are written without https://; read as https://{text}."
            found = Finding(
                "info", "web-address-completed", message, "Nothing to do.", "", origin.file, origin.row, origin.column or ""
            )
            directory.context.report(found)
        return directory.website(f"https://{text}", origin)
    return directory.website(text, origin)
