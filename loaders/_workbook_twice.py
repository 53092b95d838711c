"""Rows of a map that say one thing twice: two relations between the same two things, of which one follows from the other.

``contractProvider`` beside ``party``, from the same place of the same source, is one fact told twice; so is a relation to a group
beside the same relation to each of its members, and a membership beside the plain ``memberOf``. What two places say stands twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from graphsvc.loading import Context, Finding
from graphsvc.loading.spool import from_text
from graphsvc.provenance import Claim

FOLLOWS_FROM: Final[Mapping[str, frozenset[str]]] = {
    "party": frozenset({"contractCommissioner", "contractProvider", "leadProvider", "signatory"}),
    "contractProvider": frozenset({"leadProvider"}),
    "participatesIn": frozenset({"memberOf", "leads", "sharesRiskIn", "provides", "responsibleFor"}),
    "worksWith": frozenset({"memberOf", "participatesIn", "subcontractsTo"}),
    "postIn": frozenset({"leads"}),
    "responsibleFor": frozenset({"leads"}),
    "supports": frozenset({"delivers"}),
    "appliesTo": frozenset({"milestoneOf", "covers", "governs"}),
    "memberOf": frozenset({"represents"}),
    "includes": frozenset({"partOf", "covers"}),
    "alignedWith": frozenset({"governs"}),
}
"""Relations that say less, each with those that say more of the same two things."""
_BETWEEN: Final = """
SELECT less.body, more.body FROM claims less JOIN claims more ON more.source = less.source AND more.used = 0
AND more.relation = ? AND {ends} WHERE less.used = 0 AND less.relation = ?"""
_ENDS: Final = (
    "more.subject = less.subject AND more.object = less.object",
    "more.subject = less.object AND more.object = less.subject",
)
_GROUP: Final = """
SELECT less.body, more.body FROM claims member
JOIN claims less ON less.{end} = member.subject AND less.used = 0
JOIN claims more ON more.{end} = member.object AND more.used = 0
AND more.relation = less.relation AND more.{other} = less.{other} AND more.source = less.source
WHERE member.relation = 'memberOf' AND less.relation NOT IN ('', 'memberOf', 'about', 'questionAbout', 'inSystem', 'serves')"""
_MEMBERSHIP: Final = """
SELECT less.body, more.body FROM claims more
JOIN claims body ON body.subject = more.subject AND body.relation = 'membershipOf' AND body.used = 0
JOIN claims less ON less.subject = more.object AND less.object = body.object AND less.source = more.source
AND less.used = 0 AND less.relation IN ('memberOf', 'participatesIn')
WHERE more.relation = 'membershipMember' AND more.used = 0"""


class Kind(NamedTuple):
    """One way of saying a thing twice: which claims do, and what to do about it."""

    query: str
    values: tuple[str, ...]
    message: str
    hint: str
    anywhere: bool = False
    """Whether two places of one source count as one."""


def report_twice(context: Context) -> None:
    """Warn of each row that says less of the same two things than another row does from the same place."""
    context.spool.index()
    for kind in _kinds():
        for less, more in context.spool.connection.execute(kind.query, kind.values):
            _report(context, kind, from_text(less), from_text(more))


def _kinds() -> Iterator[Kind]:
    follows = "The row says less of the same two things than {place}, does from the same place in the source."
    for less, several in FOLLOWS_FROM.items():
        for more in sorted(several):
            for ends in _ENDS:
                yield Kind(_BETWEEN.format(ends=ends), (more, less), follows, "Keep the row that says more.")
    group = "The row says of a member what {place}, says of its group from the same place in the source."
    for end, other in (("subject", "object"), ("object", "subject")):
        hint = "Keep what the source names, the group or its members, and take the other out."
        yield Kind(_GROUP.format(end=end, other=other), (), group, hint)
    membership = "The row says what the membership in {place}, says."
    hint = "Keep the membership where it gives a role that says more than member or partner, and the plain relation otherwise."
    yield Kind(_MEMBERSHIP, (), membership, hint, anywhere=True)


def _report(context: Context, kind: Kind, less: Claim, more: Claim) -> None:
    here, there = less.origin, more.origin
    if here is None or there is None or here == there:
        return
    if not kind.anywhere and less.qualifiers.locator != more.qualifiers.locator:
        return
    message = kind.message.format(place=f"{there.file}, row {there.row}")
    if context.first("said-twice", f"{here.file} {here.row}"):
        context.report(Finding("warning", "said-twice", message, kind.hint, "", here.file, here.row, here.column or "relation"))
