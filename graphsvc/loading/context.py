"""The context of a load: makes ids and records for a loader, and collects its claims and findings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from hashlib import sha256
from heapq import nlargest
from typing import Any, Final

from graphsvc.errors import InputError
from graphsvc.loading.audit import Audit
from graphsvc.loading.fields import Fields
from graphsvc.loading.findings import Finding, shown
from graphsvc.loading.persons.privacy import guarded, shape_of, shown_name
from graphsvc.loading.persons.withheld_list import Withheld
from graphsvc.loading.rejects.rows import Kept, RowsInError
from graphsvc.loading.release import Release
from graphsvc.loading.spool import Spool
from graphsvc.model import Class, Model
from graphsvc.provenance import Claim, EntityRecord, Origin, Qualifiers, RelationClaim, Value

SLUG: Final = re.compile(r"^[a-z0-9]+(?:[-.][a-z0-9]+)*$")
"""A slug: lower-case letters and digits, with hyphens between words."""
LONGEST_SLUG: Final = 120
KEPT_PER_RULE: Final = 500
"""Findings of one rule that are kept; the rest are counted, and a last finding says how many."""

MOST_FIRSTS: Final = 20_000

Known = Callable[[Sequence[str]], set[str]]
"""Tells which of some entity ids the store holds."""


def nothing_known(ids: Sequence[str]) -> set[str]:
    """Stands in for the store where there is none: no thing is known."""
    return set()


class Context:
    """The part of graphsvc that a loader sees: ids, records, claims, findings and the audit of one load.

    ``dataset`` is set by the loader once it knows it. Claims go to the spool as they are emitted, so memory does not grow with
    the input. ``used`` marks the reading of a map that another refers to: its claims serve the checks, its findings are dropped.
    """

    def __init__(self, model: Model, spool: Spool, known: Known = nothing_known, used: bool = False) -> None:
        self.model = model
        self.spool = spool
        self.dataset = ""
        self.title = ""
        self.amends = False
        """Whether this input only adds to what the dataset says, as a mended rejects file does, and retires nothing."""
        self.used = used
        self.release: Release | None = None
        """Of which directory this input is a release, once the loader has said so."""
        self.partial = False
        """Whether a release holds only some entries of its directory, so that the others have not vanished from it."""
        self.released = ""
        """The date of the release as whoever loads it gives it; it goes before what the file says."""
        self.issuer = ""
        """Who hands the directory out, where its id comes from the name of a file alone: see :class:`DirectoryFacts`."""
        self.ledger = Audit()
        self.allowed: frozenset[str] = frozenset()
        """Names, in small letters, of no persons: see :func:`graphsvc.loading.persons.withheld_list.not_persons`."""
        self.withheld: Withheld | None = None
        """Where every text that is withheld is written down, if whoever loads asks for it."""
        self.findings: list[Finding] = []
        self.set_aside = RowsInError(spool.connection)
        self.unread: dict[str, Finding] = {}
        """Sheets of which not every row could be read or understood, by file, with the reason."""
        self.kept = Kept(spool.connection)
        """What the store keeps though this input does not make it: ``("thing", id)``, ``("class", name)`` and ``("relation",
        subject, relation, object)``, of which an empty part means any. A row in error retires nothing of what it said before."""
        self.rows_met = 0
        """Rows and items that the loader has looked at; what a file holds beyond them was passed over."""
        self._met: tuple[str, int] | None = None
        self.left_out: list[str] = []
        """Parts of the input that hold data and were not read, in words: a sheet, a file of a folder."""
        self._understood: set[str] = set()
        self._known = known
        self._per_rule: Counter[str] = Counter()
        self._firsts: set[tuple[str, str]] = set()

    # -- ids and records --------------------------------------------------------------------------------------------------

    def id(self, class_name: str, slug: str) -> str:
        """Makes the id of a thing: ``organisation/wigan-council``. Ids are stable and made nowhere else.

        Raises :class:`InputError` for a slug that is none.
        """
        return f"{self.model.classes[class_name].slug}/{self.check_slug(slug)}"

    def coded(self, class_name: str, scheme: str, code: str) -> str:
        """Makes the id of a thing that has a code in a register: ``organisation/ods-b83033``, the same in every input.

        Letters are made small; where that, or another sign in the code, could make two codes one, a digest tells them apart.
        """
        most = max(8, min(80, LONGEST_SLUG - len(scheme) - 12))
        slug = re.sub(r"[^a-z0-9]+", "-", code.casefold()).strip("-")[:most]
        plain = slug == code.casefold() and (code.isupper() or code.islower() or not re.search("[A-Za-z]", code))
        if not plain:
            slug = f"{slug}-{sha256(code.encode()).hexdigest()[:10]}".strip("-")
        return self.id(class_name, f"{scheme}-{slug}")

    def check_slug(self, slug: str) -> str:
        """Returns the text if it is a slug; raises :class:`InputError` if it is not."""
        if SLUG.match(slug) and len(slug) <= LONGEST_SLUG:
            return slug
        better = re.sub(r"[^a-z0-9]+", "-", slug.casefold()).strip("-")[:LONGEST_SLUG]
        hint = f"Write {better}." if better else "Write lower-case letters, digits and hyphens: wigan-council."
        raise InputError(f"{shown(slug)!r} is not an id: lower-case letters and digits, with single hyphens between words.", hint)

    def used_map(self) -> Context:
        """Makes the context for reading a map that this one uses."""
        return Context(self.model, self.spool, self._known, used=True)

    def make(
        self,
        class_name: str,
        entity: str,
        values: Mapping[str, Value | tuple[Value, ...]],
        qualifiers: Qualifiers,
        origin: Origin | None = None,
    ) -> EntityRecord:
        """Makes the record of a thing; several values of a property are put in a stable order.

        Raises :class:`InputError` for a property that the class does not have: a loader's mistake.
        """
        chosen = self.model.classes[class_name]
        for name in values:
            if chosen.property(name) is None:
                raise InputError(f"{class_name} has no property {name}.", "Mend the loader, or add the property to the ontology.")
        ordered = {
            name: tuple(sorted(value, key=str)) if isinstance(value, tuple) else value for name, value in sorted(values.items())
        }
        return EntityRecord(entity, class_name, ordered, qualifiers, self.dataset, origin)

    def relate(
        self, subject: str, relation: str, object_: str, qualifiers: Qualifiers, origin: Origin | None = None
    ) -> RelationClaim:
        """Makes a relation claim in its stored direction; a symmetric relation is put in order of ids."""
        term = self.model.relations[relation]
        if not term.forward:
            subject, object_, term = object_, subject, self.model.relations[term.inverse]
        if term.symmetric and object_ < subject:
            subject, object_ = object_, subject
        return RelationClaim(subject, term.name, object_, qualifiers, self.dataset, origin)

    def emit(self, claim: Claim) -> bool:
        """Passes a claim on; returns False if an equal one was passed on before."""
        return self.spool.add(claim, self.used)

    def refer(self, record: EntityRecord) -> str:
        """Passes on a stub of a thing that the source only names by its code; it is dropped if the input describes the thing.

        ``record`` has at least ``name`` and ``referenceOnly``; returns the thing's id.
        """
        self.spool.add(record, self.used, stub=True)
        return record.entity

    # -- what things there are -----------------------------------------------------------------------------------------------

    def known(self, ids: Sequence[str]) -> set[str]:
        """Returns those of the ids that the store holds."""
        return self._known(ids)

    def candidates(self, reference: str, wanted: str) -> list[str]:
        """Finds the things that a reference in a sheet may mean: a slug, or ``class-slug/slug``; ``wanted``: the expected class.

        Looked for in this input, in the maps that it uses, then in the store.
        """
        if "/" in reference:
            if self.spool.is_thing(reference):
                return [reference]
            return [reference] if self.model.class_of(reference) and self.known([reference]) else []
        found = self.spool.named(reference)
        fitting = [item for item in found if self.is_a(item, wanted)]
        if found:
            return fitting or found
        if not SLUG.match(reference):
            return []
        concrete: tuple[Class, ...] = self.model.concrete(wanted)
        return sorted(self.known([f"{item.slug}/{reference}" for item in concrete]))

    def is_a(self, entity: str, class_name: str) -> bool:
        """Tells whether the class of a thing is ``class_name`` or one of its subclasses."""
        found = self.model.class_of(entity)
        return found is not None and (found.name == class_name or class_name in found.ancestors)

    def near(self, reference: str) -> list[str]:
        """Returns up to three slugs that are most like an unknown one."""
        wanted = reference.rpartition("/")[2].casefold()
        matcher = SequenceMatcher(None, "", wanted, autojunk=False)

        def likeness(slug: str) -> float:
            matcher.set_seq1(slug)
            return matcher.ratio() if matcher.real_quick_ratio() > 0.6 and matcher.quick_ratio() > 0.6 else 0.0

        best = nlargest(3, ((likeness(slug), slug) for slug in self.spool.names()))
        return [slug for score, slug in best if score >= 0.6]

    # -- taking apart -----------------------------------------------------------------------------------------------------------

    def fields(self, values: Mapping[str, Any], origin: Origin, path: str = "") -> Fields:
        """Opens a row or object for reading, so that every value that is not taken is reported."""
        return Fields(self, values, origin, path)

    def first(self, rule: str, key: str) -> bool:
        """Tells whether a rule is broken by this key for the first time; beyond a limit of keys each counts as the first."""
        if (rule, key) in self._firsts:
            return False
        if len(self._firsts) < MOST_FIRSTS:
            self._firsts.add((rule, key))
        return True

    def withhold(self, sort: str, text: str, origin: Origin) -> None:
        """Counts a text about a person that was left out, and lists it where a list is wanted."""
        self.ledger.withhold(sort)
        if self.withheld is not None and not self.used:
            self.withheld.note(sort, text, origin)

    # -- findings ---------------------------------------------------------------------------------------------------------------

    def understand(self, *columns: str) -> None:
        """Declares columns or keys as understood, so that findings may show their values.

        What a loader takes through :class:`Fields` is understood as it is taken.
        """
        self._understood.update(columns)

    def understands(self, column: str) -> bool:
        """Tells whether a finding may show the values of a column or key."""
        return column in self._understood or column in self.ledger.used

    def report(self, finding: Finding) -> None:
        """Reports a finding, with its values as far as they may be shown. A violation with a row sets the row aside."""
        if self.used:
            return
        finding = guarded(finding, self.understands)
        if finding.severity == "violation" and finding.file and finding.row is not None:
            self.set_aside.note(finding)
        self._per_rule[finding.rule] += 1
        if self._per_rule[finding.rule] <= KEPT_PER_RULE:
            self.findings.append(finding)

    def meet(self, file: str, row: int) -> None:
        """Counts a row or item as read, whether or not it is used."""
        if self._met != (file, row):
            self._met = file, row
            self.rows_met += 1

    def place(self) -> Origin:
        """Returns the row or item that is being read."""
        return Origin(*self._met) if self._met else Origin("")

    def leave_out(self, part: str, finding: Finding) -> None:
        """Reports a part of the input that holds data and is not read: the release is then incomplete."""
        if not self.used:
            self.left_out.append(part)
        self.report(finding)

    def unread_sheet(self, file: str, finding: Finding) -> None:
        """Notes that rows of a sheet were not read, so that the whole sheet goes into the rejects."""
        if not self.used:
            self.unread.setdefault(file, guarded(finding, self.understands))

    def keep(self, *key: str) -> None:
        """Notes the subject of a row in error, so that the store keeps what it holds of it."""
        if not self.used:
            self.kept.add(key)

    def audit(self, left_over: Mapping[str, str], origin: Origin, ignored: Sequence[str] = ()) -> None:
        """Reports every column that the loader neither used nor ignored by name."""
        for column, value in left_over.items():
            if value and column in ignored:
                self.ledger.ignore(column, "named as ignored by the loader")
            elif value:
                self.ledger.report(column)
                message = f"Nothing is done with the column {shown_name(column)!r}."
                hint = "Remove it, or teach the loader to read or to ignore it."
                place = (origin.file, origin.row, shown_name(column), shape_of(value))
                self.report(Finding("warning", "not-handled", message, hint, "", *place))

    def findings_beyond_limit(self) -> list[Finding]:
        """Makes one finding for every rule that was broken more often than findings are kept."""
        return [
            Finding(
                "info",
                rule,
                f"There are {count - KEPT_PER_RULE:,} more of this rule that are not listed.",
                "Mend these, then check again.",
            )
            for rule, count in self._per_rule.items()
            if count > KEPT_PER_RULE
        ]
