"""FHIR directories: Bundles, NDJSON, single resources, or a folder of such files as one release; R4, and the STU3 dialect of ODS.

Everything is gone through twice: first to learn which resources there are and which state of each counts (``_fhir_index.py``),
then to read them, so that their order does not matter. What is made of them is in ``_fhir_resources.py``, of the datatypes in
``_fhir_elements.py`` and of the extensions of the Organisation Data Service in ``_fhir_ods.py``: in one file these four ideas
would be a thousand lines. Practitioners and other persons are counted, and never read.

Source: FHIR R4 (hl7.org/fhir/R4); profiles named in the other modules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from graphsvc.loading import (
    IGNORED,
    Context,
    Described,
    Directory,
    DirectoryFacts,
    Finding,
    InputError,
    Item,
    Look,
    Origin,
    describe_release,
    head,
    items,
    look,
    open_directory,
    shown,
)
from graphsvc.loading.release import directory_in_name, facts_beside
from loaders import _json_folder as json_folder
from loaders._fhir_elements import classification_of
from loaders._fhir_index import Entry, Index, entries_of, listed
from loaders._fhir_resources import CLASSES, READ, Resources, displays, entity_of

NAME = "FHIR directory (R4 and ODS STU3: Bundle, NDJSON or resources)"

_ARRAYS: Final = ("entry",)
_KIND: Final = "resourceType"
_PERSONS: Final = ("Practitioner", "PractitionerRole", "Person", "RelatedPerson", "Patient")
_DEFINITIONS: Final = (
    "StructureDefinition", "CodeSystem", "ValueSet", "ConceptMap", "CapabilityStatement", "NamingSystem", "SearchParameter",
    "ImplementationGuide", "OperationDefinition", "StructureMap", "GraphDefinition", "MessageDefinition", "CompartmentDefinition",
)  # fmt: skip
_ENTRY_KEYS: Final = frozenset(("resource", "fullUrl", "link", "request", "response", "search", *IGNORED))
_NOT_FHIR: Final = frozenset(("identifier_ODS_ODSCode", "identifier_oldDoS_uid"))
"""Keys of the records that the Find the Right Service programme keeps; they look like FHIR and are not."""
_SETTLED: Final = ("POST", "PUT", "DELETE", "")
_BUNDLE: Final = ("resourceType", "id", "type", "total", "timestamp", "language", "implicitRules", "status_code")


def _is_ours(seen: Look) -> bool:
    if not seen.form:
        return False
    kind = seen.first.get("resourceType")
    keys = seen.item_keys or seen.keys
    return isinstance(kind, str) or ("resource" in keys and keys <= _ENTRY_KEYS) or bool(seen.keys & _NOT_FHIR)


def recognise(path: Path) -> bool:
    """Recognises JSON with a ``resourceType``, entries of a Bundle as lines, and a folder of mainly such files."""
    return json_folder.holds(path, _is_ours)


def describe(path: Path) -> Described:
    """Describes the dataset: the one named beside the file, else ``fhir-`` and the file's name without its date."""
    return describe_release(path, _dataset(path))


def _dataset(path: Path) -> str:
    return f"fhir-{directory_in_name(path)[:60].strip('-')}"


def load(path: Path, context: Context) -> None:
    """Loads every resource of a directory in its latest state; others are counted or reported.

    Raises :class:`InputError` for a lone file that is no directory: a definition, an OperationOutcome, records of another format.
    """
    if path.is_file():
        _refuse_other_files(path)
    facts = facts_beside(path)
    title = facts.title or f"FHIR directory {path.stem}"
    # One Bundle or resource is an answer to what somebody asked; lines and folders are what a server exports.
    answer = look(path).form == "object"
    directory = open_directory(
        context, path, _dataset(path), DirectoryFacts(title, released=_released(path), partial=answer, issuer="")
    )
    index = Index()
    try:
        reader = _Reader(path, context, directory, index)
        reader.learn()
        if len(index.bases) == 1 and not facts.directory:
            context.issuer = next(iter(index.bases))
        reader.read()
    finally:
        index.close()


def write_rejects(
    path: Path, rows: Mapping[tuple[str, int], list[Finding]], unread: Mapping[str, Finding], folder: Path
) -> Path | None:
    """Writes the entries set aside, as JSON lines with the reasons."""
    return json_folder.write_back(path, _ARRAYS, _is_ours, rows, folder)


def _refuse_other_files(path: Path) -> None:
    seen = look(path)
    kind = str(seen.first.get("resourceType") or "")
    if seen.keys & _NOT_FHIR and not kind:
        message = f"{path.name} is a record of the Find the Right Service programme's database, which is not FHIR."
        raise InputError(message, "Give what its FHIR interface answers.")
    if seen.form != "object":
        return
    if kind == "OperationOutcome":
        first = next(items(path), Item(1, {}))
        text = _outcome(first.value if isinstance(first.value, dict) else {})
        raise InputError(
            f"{path.name} is no directory, but a server's answer that something failed: {text}.", "Ask the server again."
        )
    if kind in _DEFINITIONS:
        message = f"{path.name} is a {kind}: it defines what FHIR files may hold and lists no organisation."
        raise InputError(message, "Give a Bundle of Organization, HealthcareService and Location.")
    if kind and kind != "Bundle" and kind not in READ:
        why = "is about a person and is never read" if kind in _PERSONS else "is of no use in a directory of organisations"
        raise InputError(f"{path.name} is a {kind}, which {why}.", f"Resources that are read: {', '.join(READ)}.")


def _outcome(resource: Mapping[str, Any]) -> str:
    """Writes an OperationOutcome in one line."""
    texts: list[str] = []
    for issue in listed(resource.get("issue")):
        if isinstance(issue, dict):
            raw = issue.get("details")
            details: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
            codings = [item for item in listed(details.get("coding")) if isinstance(item, dict)]
            display = next((item.get("display") for item in codings if item.get("display")), None)
            texts.append(str(details.get("text") or display or issue.get("diagnostics") or issue.get("code") or ""))
    return shown("; ".join(text for text in texts if text) or "it does not say what")


def _released(path: Path) -> str:
    """Returns the day on which a Bundle was put together, if it is stated."""
    if not path.is_file() or look(path).form != "object":
        return ""
    beside = head(path, _ARRAYS)
    stated = str(beside.get("timestamp") or "")[:10]
    return (
        stated if len(stated) == len("2024-01-01") and stated[4] == stated[7] == "-" and stated.replace("-", "").isdigit() else ""
    )


class _Reader:
    """Reads the input in two passes."""

    def __init__(self, path: Path, context: Context, directory: Directory, index: Index) -> None:
        self.path = path
        self.context = context
        context.understand(_KIND)
        self.directory = directory
        self.index = index
        self.ordered: set[str] = set()
        """Files that are histories."""
        self.damaged = False
        """Whether an item could not be read."""

    def learn(self) -> None:
        """Notes every resource, the state of it that counts, and the names of codes."""
        count = matches = 0
        quiet = Context(self.context.model, self.context.spool, used=True)
        quiet.dataset = self.context.dataset
        for file, item, place, entry in self._entries(quiet):
            count += 1
            matches += bool(entry.resource) and entry.mode not in ("include", "outcome")
            for system, code, display in displays(entry.resource):
                self.index.name(f"{classification_of(system, 'code')}|{code}", display)
            if entry.method not in _SETTLED:
                continue
            if not entry.key:
                if entry.method == "DELETE":
                    message = "The entry deletes a resource and does not name it, so that nothing is deleted."
                    hint = 'Give its type and id: "request": {"method": "DELETE", "url": "Organization/1"}.'
                    self._report_at(Finding("warning", "deletes-nothing", message, hint), file, item)
                continue
            ordered, entity = file.name in self.ordered, entity_of(self.context, entry)
            known = self.index.note(entry, place, entity, file=file.name, ordered=ordered)
            if known:
                message = f"Another state of {entry.tail or entry.key} stands at {known}: that one is kept."
                finding = Finding("violation", "duplicate-id", message, "Leave out the older of the two.")
                self._report_at(finding, file, item, entry.tail)
        self._report_order()
        if not count and not self.damaged:
            message = "There is no resource in it."
            self.context.report(
                Finding("warning", "empty", message, "If it should hold some, fetch it again.", "", self.path.name)
            )
        total = head(self.path, _ARRAYS).get("total") if self.path.is_file() and count else None
        if isinstance(total, int) and total > matches:
            message = f"The server found {total:,} resources, and {matches:,} are in this file: further pages are missing."
            hint = "Put all pages into one folder and load that."
            self.context.report(Finding("warning", "pages-missing", message, hint, "", self.path.name))

    def _report_order(self) -> None:
        """Reports histories in which neither time nor version says which state of a resource is the last."""
        for file, resource in self.index.by_order.items():
            message = (
                f"Neither a version nor a time says which state of {shown(resource)} is the last, nor maybe of others: the first "
                "in the file counts, since a history is sorted with the newest first."
            )
            hint = "Ask the server for meta.versionId or meta.lastUpdated of every state."
            if file in self.index.oldest_first:
                message = f"{message} By the versions of other resources, this file is not sorted so."
                self.context.report(Finding("warning", "history-order", message, hint, "", file))
            else:
                self.context.report(Finding("info", "history-order", message, hint, "", file))

    def read(self) -> None:
        """Reads every resource in the state that counts."""
        resources = Resources(self.context, self.directory, self.index)
        for file, item, place, entry in self._entries(self.context):
            kind = entry.resource.get("resourceType")
            origin = Origin(file.name, item.number)
            if not entry.resource:
                if entry.method not in ("DELETE", "GET", "HEAD"):
                    finding = Finding("info", "empty-entry", "The entry holds no resource.", "Nothing to do.")
                    self._report_at(finding, file, item)
            elif kind in _PERSONS:
                self.context.ledger.withhold("record of a person")
                self.context.ledger.ignore(str(kind), "about a person; nothing of it is read")
            elif kind == "Endpoint":
                self.context.ledger.ignore("Endpoint", "the technical address of a computer")
            elif kind == "OperationOutcome":
                message = f"The server says that something failed: {_outcome(entry.resource)}."
                self._report_at(Finding("warning", "operation-outcome", message, "Ask the server again."), file, item)
            elif kind not in READ:
                self._not_read(str(kind), file, item)
            elif (file.name, item.number) not in self.context.set_aside and (not entry.key or self.index.stands(entry, place)):
                self._resource(resources, entry, str(kind), file, item, origin)

    def _resource(self, resources: Resources, entry: Entry, kind: str, file: Path, item: Item, origin: Origin) -> None:
        entity = entity_of(self.context, entry)
        if kind in CLASSES and not entity:
            message = "The resource has no id by which it could be found again."
            hint = "Give it an id, or an identifier of a known register."
            self._report_at(Finding("violation", "missing-id", message, hint), file, item, kind, _KIND)
        elif entity and (first := self.index.holder(entity, entry.key)) != entry.key:
            message = f"The resource {shown(first)} has the same identifier and is kept; this one is left out."
            finding = Finding("violation", "duplicate-id", message, "Leave one of the two out.")
            self._report_at(finding, file, item, entry.tail)
        else:
            resources.read(entry, entity, origin)

    def _not_read(self, kind: str, file: Path, item: Item) -> None:
        self.context.ledger.report(f"resource {shown(kind)}")
        if self.context.first("resource-not-read", kind):
            message = f"Resources {shown(kind)!r} are not read."
            hint = f"Nothing to do; read are {', '.join(READ)}."
            self._report_at(Finding("warning", "resource-not-read", message, hint), file, item, kind, _KIND)

    def _entries(self, context: Context) -> Iterator[tuple[Path, Item, str, Entry]]:
        directory = Directory(context, self.directory.release)

        def opened(file: Path, seen: Look) -> None:
            if seen.form != "object" or seen.first.get("resourceType") != "Bundle":
                return
            beside = {key: value for key, value in head(file, _ARRAYS).items() if "." not in key}
            kind = beside.get("type") or head(file).get("type")
            if kind == "history":
                self.ordered.add(file.name)
            fields = context.fields(beside, Origin(file.name), "Bundle")
            fields.ignore("how the Bundle was made", *_BUNDLE)
            fields.close()

        for file, item in json_folder.read(self.path, _ARRAYS, _is_ours, context, opened):
            if directory.faults(item.faults, file.name, item.number):
                self.damaged = True
                continue
            if not isinstance(item.value, dict):
                self._report_malformed(context, "not-a-resource", "This is no resource.", file, item)
                continue
            for number, entry in enumerate(entries_of(item.value)):
                yield file, item, f"{file.name}, item {item.number}" + (f", resource {number + 1}" if number else ""), entry

    def _report_malformed(self, context: Context, rule: str, message: str, file: Path, item: Item) -> None:
        place = (file.name, item.number, "", shown(item.value))
        context.report(Finding("violation", rule, message, "Give the resource as an object.", "", *place))

    def _report_at(self, finding: Finding, file: Path, item: Item, value: str = "", column: str = "") -> None:
        self.context.report(replace(finding, file=file.name, row=item.number, column=column, value=shown(value)))
