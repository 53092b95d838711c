"""The map workbook: a folder of CSV files, one a sheet, or an XLSX of the same sheets.

``about`` names the map; one sheet a class holds things, with a column for each property and for the relations that are part of
a thing; ``relations`` holds the rest. Every row says who says it, where, how surely and when. The columns come from the Model,
so a new class is a new sheet and nothing here changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from graphsvc.loading import (
    ABOUT,
    ABOUT_KEYS,
    RELATION_COLUMNS,
    RELATIONS,
    SLUG,
    Context,
    CsvSheet,
    Described,
    Finding,
    InputError,
    Sheet,
    columns,
    did_you_mean,
    shown,
    values_of,
    write_rejects,
    xlsx_sheets,
)
from graphsvc.loading.folder import report_unread_files
from graphsvc.loading.mapping.document import mapping_beside
from graphsvc.loading.persons.privacy import shown_name
from loaders._workbook_rows import Reader
from loaders._workbook_sheets import Table, tables
from loaders._workbook_twice import report_twice

__all__ = ["NAME", "describe", "load", "recognise", "write_rejects"]

NAME = "map workbook"


def recognise(path: Path) -> bool:
    """Recognises a folder of CSV files, or an ``.xlsx`` file, with a sheet ``about`` or ``relations``, or a source column.

    A workbook that cannot be opened is taken too, if nobody else takes it: it is refused with the reason when it is read.
    """
    if not (path.is_dir() and any(path.glob("*.csv"))) and path.suffix.lower() != ".xlsx":
        return False
    if mapping_beside(path).is_file():
        return False
    try:
        return any(_is_ours(sheet) for sheet in _sheets(path))
    except (InputError, OSError):
        return True


def _is_ours(sheet: Sheet) -> bool:
    """Tells whether a sheet is one of a map: by its name, or by the columns that every sheet of the template has."""
    if sheet.name.casefold() in (ABOUT, RELATIONS):
        return True
    header = next(sheet.rows(), None)
    return header is not None and {"id", "name", "source"} <= {cell.casefold() for cell in header.cells}


def describe(path: Path) -> Described:
    """Describes a map: its id, the maps beside it that it uses, and whether it amends one."""
    sheet = next((item for item in _sheets(path) if item.name.casefold() == ABOUT), None)
    pairs = {row.cells[0]: row.cells[1] for row in sheet.rows() if len(row.cells) > 1} if sheet else {}
    used = [found.resolve() for name in values_of(pairs.get("uses", "")) if (found := _beside(path, name))]
    return Described(pairs.get("id") or path.stem, tuple(used), bool(pairs.get("amends")))


def _beside(path: Path, name: str) -> Path | None:
    """Returns the map of that id beside this one: a folder or a workbook."""
    if not SLUG.match(name):
        return None
    return next((item for item in (path.parent / name, path.parent / f"{name}.xlsx") if item.exists()), None)


def _report_missing_map(path: Path, name: str, context: Context) -> None:
    """Reports a map that is used and not beside this one, as one finding for the many that may follow."""
    if not context.used:
        message = f"The map uses {shown(name)!r}, which is not beside it: only what the store holds of it is known."
        hint = f"Put the folder {shown(name)} or {shown(name)}.xlsx beside {path.name}, or load {shown(name)} first."
        context.report(Finding("warning", "used-map-missing", message, hint, "", path.name, None, "uses", shown(name)))


def load(path: Path, context: Context, seen: frozenset[Path] = frozenset()) -> None:
    """Loads a map: first the maps that it uses, then the names of its things, then every row.

    Raises :class:`InputError` if it is no workbook at all; everything less is a finding.
    """
    path = path.resolve()
    seen |= {path}
    sheets = _sheets(path)
    of_sheets = {name for item in context.model.classes.values() for name in columns(item)}
    context.understand("id", "key", "value", "uses", *RELATION_COLUMNS, *of_sheets)
    about = _about(path, sheets, context)
    context.dataset, context.title = about["id"], about["title"]
    used = [_beside(path, name) for name in values_of(about["uses"])]
    for name, beside in zip(values_of(about["uses"]), used, strict=True):
        if beside is None:
            _report_missing_map(path, name, context)
    if about["amends"]:
        context.amends = True
        used.append((path.parent / about["amends"]).resolve())
    for other in used:
        if other and other.exists() and other not in seen:
            load(other, context.used_map(), seen)
    report_unread_files(path, lambda item: item.suffix.casefold() == ".csv", context, all_files=False)
    found = list(tables(sheets, context))
    for table in found:
        _name_things(table, context)
    for table in sorted(found, key=lambda item: item.chosen is None):
        reader = Reader(context, table)
        for row in table.rows():
            reader.read(row)
        table.report_unknown(context)
    if not context.used:
        report_twice(context)


def _sheets(path: Path) -> list[Sheet]:
    if path.is_dir():
        return [CsvSheet(file) for file in sorted(path.glob("*.csv"))]
    return list(xlsx_sheets(path))


def _about(path: Path, sheets: Sequence[Sheet], context: Context) -> dict[str, str]:
    """Reads the key and value pairs of the ``about`` sheet; the id falls back to the file's name, with a finding."""
    found = dict.fromkeys(ABOUT_KEYS, "")
    sheet = next((item for item in sheets if item.name.casefold() == ABOUT), None)
    name = sheet.file if sheet else f"{path.name}, sheet {ABOUT}"
    for row in sheet.rows() if sheet else ():
        key, value = (*row.cells, "", "")[:2]
        for fault in row.faults:
            context.report(
                Finding("violation", fault.rule, fault.message, fault.hint, "", name, row.number, "value", shown(fault.value))
            )
        if key in found:
            found[key] = value
        elif key and not (row.number == 1 and key == "key"):
            hint = did_you_mean(key, list(ABOUT_KEYS)) or f"The keys are {', '.join(ABOUT_KEYS)}."
            message = f"Nothing is done with the key {shown_name(key)!r}."
            context.report(Finding("warning", "unknown-key", message, hint, "", name, row.number, "key", shown_name(key)))
    _check_id(path, found, name, context)
    return found


def _check_id(path: Path, about: dict[str, str], file: str, context: Context) -> None:
    """Checks that a map has an id that is a slug: it identifies the map when it is loaded again."""
    stem = path.stem if path.is_file() else path.name
    why = "The id says which map it is when it is loaded again."
    if not about["id"]:
        hint = f"Add a sheet about with the columns key and value, and a row id,{stem}."
        context.report(Finding("violation", "no-about", "The map has no id.", hint, why, file, None, "id"))
        about["id"] = stem
    try:
        context.check_slug(about["id"])
    except InputError as error:
        context.report(Finding("violation", "bad-id", error.message, error.hint, why, file, None, "id", shown(about["id"])))


def _name_things(table: Table, context: Context) -> None:
    """Notes every thing that a sheet names, so that rows may refer to rows that come later."""
    if table.chosen is None:
        return
    for row in table.rows():
        slug = table.taken(row).get("id", "")
        try:
            context.spool.name(slug, context.id(table.chosen.name, slug), context.used)
        except InputError:
            continue  # reported when the row is read
