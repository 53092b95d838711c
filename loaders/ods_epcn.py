"""ODS primary care networks (ePCN): the networks, and the practices that are their core partners, spell by spell.

Three forms of the same: the workbook with the sheets PCNDetails and PCN Core Partner Details, and the reports epcn.csv and
epcncorepartnerdetails.csv, with or without headings. They are three directories, since each lists other things. A network is
commissioned by its sub-ICB location (ODS RE4, which is the relation that the directory keeps between the two; the column says
"current", so no first day follows), and a practice is a member of a network (RE8). Names are no keys: several networks share one.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from graphsvc.loading import (
    OPEN_GOVERNMENT_LICENCE,
    Context,
    CsvSheet,
    Described,
    Directory,
    DirectoryFacts,
    Fields,
    Finding,
    InputError,
    Origin,
    Row,
    Sheet,
    dataset_of,
    describe_release,
    open_directory,
    write_table,
    xlsx_sheets,
)
from graphsvc.loading.layout import IGNORED
from graphsvc.loading.persons.privacy import shown_name
from loaders._ods import ODS_CODE
from loaders._ods_spells import Spells, looks_like_day, plain

NAME = "ODS primary care networks (ePCN)"
MAX_BOOK: Final = 1_000_000
"""Bytes of a workbook's table of sheets that are looked at to know it."""

PCN: Final = "PCN Code"
PCN_NAME: Final = "PCN Name"
COMMISSIONER: Final = "Sub-ICB Location Code"
COMMISSIONER_NAME: Final = "Sub-ICB Location Name"
OPENED: Final = "Open Date"
CLOSED: Final = "Close Date"
LINES: Final = [f"Address Line {number}" for number in range(1, 6)]
POSTCODE: Final = "Postcode"
DETAILS: Final = [PCN, PCN_NAME, COMMISSIONER, COMMISSIONER_NAME, OPENED, CLOSED, *LINES, POSTCODE]

PARTNER: Final = "Partner Organisation Code"
PARTNER_NAME: Final = "Partner Name"
PARENT: Final = "Practice Parent Code"
PARENT_NAME: Final = "Practice Parent Name"
PCN_PARENT: Final = "PCN Parent Code"
PCN_PARENT_NAME: Final = "PCN Parent Name"
START: Final = "Relationship Start Date"
END: Final = "Relationship End Date"
MATCH: Final = "Same Sub-ICB Location"
PARTNERS: Final = [PARTNER, PARTNER_NAME, PARENT, PARENT_NAME, PCN, PCN_NAME, PCN_PARENT, PCN_PARENT_NAME, START, END, MATCH]
_NETWORK: Final = re.compile(r"^U\d{5}$")
_OTHERS_SAY: Final = "a name beside its code, which another directory gives"

_HEADINGS: Final[Sequence[tuple[str, re.Pattern[str]]]] = (
    (PARTNER, re.compile(r"^partner organisation code$")),
    (PARTNER_NAME, re.compile(r"^partner name$")),
    (PARENT, re.compile(r"^practice parent .*code$")),
    (PARENT_NAME, re.compile(r"^practice parent .*name$")),
    (PCN_PARENT, re.compile(r"^pcn parent .*code$")),
    (PCN_PARENT_NAME, re.compile(r"^pcn parent .*name$")),
    (START, re.compile(r"start date$")),
    (END, re.compile(r"end date$")),
    (MATCH, re.compile(r"match ?\??$")),
    (PCN, re.compile(r"^pcn code$")),
    (PCN_NAME, re.compile(r"^pcn name$")),
    (COMMISSIONER, re.compile(r"^current .*code$")),
    (COMMISSIONER_NAME, re.compile(r"^(?:sub icb location|clinical commissioning group|ccg)(?: name)?$")),
    (OPENED, re.compile(r"^open date$")),
    (CLOSED, re.compile(r"^close date$")),
    *((line, re.compile(f"^{line.casefold()}$")) for line in LINES),
    (POSTCODE, re.compile(r"^post ?code$")),
)
"""Headings of every year: a sub-ICB location was a CCG until 2022."""


_LOOKED_AT: Final = 20
"""Rows in which the headings are looked for: a title may stand above them."""
_NEEDED: Final = {PCN: (PCN, PCN_NAME, COMMISSIONER, OPENED, CLOSED), PARTNER: (PARTNER, PCN, START, END)}
"""Columns without which a table of networks, or of partners, would lose what it is for."""
_SHEETS: Final = {"pcndetails": PCN, "pcncorepartnerdetails": PARTNER}


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet whose contents were recognised."""

    sheet: Sheet
    columns: list[str]
    before: int
    """Rows before the first of data, the headings included; 0 where there are none."""

    @property
    def missing(self) -> list[str]:
        """The required columns that the sheet lacks."""
        return [name for name in _NEEDED[PARTNER if self.lists_partners else PCN] if name not in self.columns]

    @property
    def lists_partners(self) -> bool:
        """Whether the sheet lists core partners; else it lists networks."""
        return PARTNER in self.columns


def recognise(path: Path) -> bool:
    """Recognises a workbook with one of the two sheets, or a CSV file that is named after the reports or begins as they do."""
    if not path.is_file():
        return False
    if path.suffix.casefold() == ".xlsx":
        return any(plain(name).replace(" ", "") in ("pcndetails", "pcncorepartnerdetails") for name in _sheet_names(path))
    if path.suffix.casefold() not in (".csv", ".txt"):
        return False
    return path.stem.casefold().startswith("epcn") or _table(CsvSheet(path, legacy=True)) is not None


def describe(path: Path) -> Described:
    """Describes the directory: the workbook and the two reports are directories of their own."""
    return describe_release(path, _dataset(path))


def load(path: Path, context: Context) -> None:
    """Loads networks with their period, address and commissioner, and partners with each spell of membership.

    Raises :class:`InputError` for a file in which neither table is.
    """
    tables = _tables(path)
    _refuse_renamed(path, tables)
    if not tables:
        raise InputError(
            f"{path.name} is called ePCN, but holds neither the networks nor their core partners.",
            "Expected is a sheet or file that begins with PCN Code and PCN Name, or Partner Organisation Code and Partner Name "
            "(without headings 12 or 11 columns).",
        )
    title = f"ODS primary care networks ({_dataset(path).removeprefix('ods-')})"
    directory = open_directory(context, path, _dataset(path), DirectoryFacts(title, "NHS England", OPEN_GOVERNMENT_LICENCE))
    _report_unread_sheets(path, tables, context)
    listed = False
    for table in sorted(tables, key=lambda item: item.lists_partners):
        spells = Spells(directory, table.sheet, table.columns, before=table.before)
        if table.lists_partners:
            _Partners(spells, whole=listed).read()
        else:
            listed = True
            for fields in spells.rows():
                _network(directory, spells, fields)


def write_rejects(
    path: Path, rows: Mapping[tuple[str, int], list[Finding]], unread: Mapping[str, Finding], folder: Path
) -> Path | None:
    """Writes the rows set aside, in the sheets and columns of the file, with the reasons after them."""
    tables = _tables(path)
    heading = {table.sheet.name: table.before for table in tables}
    width = len(tables[0].columns) if tables else len(DETAILS)
    return write_table(path, [table.sheet for table in tables], rows, folder, header=heading, width=width)


def _network(directory: Directory, table: Spells, fields: Fields) -> None:
    code = table.code(fields, PCN)
    if not code:
        return
    opened, closed = table.day(fields, OPENED), table.day(fields, CLOSED)
    qualifiers = table.spell(code, fields, opened, closed, CLOSED)
    at = fields.origin
    values = {
        "name": directory.name(fields.text(PCN_NAME), f"Primary care network {code} (name withheld)", fields.place(PCN_NAME)),
        "kind": "PRIMARY_CARE_NETWORK",
        "odsCode": code,
        "address": directory.words(", ".join(filter(None, (fields.text(line) for line in LINES))), at),
        "postcode": directory.postcode(fields.text(POSTCODE), Origin(at.file, at.row, POSTCODE)),
    }
    known, place = table.context.spool.first_place(f"network {code}", repr((values, qualifiers.key())), str(at.row))
    if place != str(at.row):
        same = known == repr((values, qualifiers.key()))
        message = f"Row {place} gives {'the same' if same else 'another'} entry of this code; that one is kept."
        hint = "Nothing to do." if same else "Leave only the right one of the two in the file."
        if same:
            fields.report("same-twice", PCN, code, message, hint, severity="info")
            fields.forget()
        else:
            table.set_aside(fields, "code-twice", PCN, code, message, hint)
        return
    entity = directory.record("Organisation", table.organisation(code), values, qualifiers, at)
    commissioner = fields.text(COMMISSIONER)
    if commissioner and ODS_CODE.match(commissioner):
        undated = directory.qualifiers(code, None, closed, qualifiers.status)
        table.relate(entity, "commissionedBy", table.refer(commissioner), undated, fields)
    elif commissioner:
        message, hint = "This is no ODS code, and is left out.", "Look it up at ODS."
        fields.report("bad-ods-code", COMMISSIONER, commissioner, message, hint)
    fields.ignore(_OTHERS_SAY, COMMISSIONER_NAME)
    fields.close()


class _Partners:
    """Reads the spells of core partners; ``whole`` where the networks are listed in the same file."""

    def __init__(self, table: Spells, *, whole: bool) -> None:
        self.table = table
        self.directory = table.directory
        self.whole = whole
        self.elsewhere = 0
        self.first_elsewhere = 0

    def read(self) -> None:
        for fields in self.table.rows():
            self._spell(fields)
        if self.elsewhere:
            message = (
                f"{self.elsewhere} spells join a practice and a network of different sub-ICB locations, the first in row "
                f"{self.first_elsewhere}."
            )
            hint = "Nothing to do: a network may reach over a boundary, and has one commissioner."
            place = (self.table.file, None, PCN_PARENT)
            self.table.context.report(Finding("info", "other-commissioner", message, hint, "", *place))

    def _spell(self, fields: Fields) -> None:
        table, context = self.table, self.table.context
        partner = table.code(fields, PARTNER)
        network = partner and table.code(fields, PCN)
        if not network:
            return
        start, end = table.day(fields, START), table.day(fields, END)
        qualifiers = table.spell(partner, fields, start, end, END)
        name = self.directory.name(fields.text(PARTNER_NAME), f"Practice {partner} (name withheld)", fields.place(PARTNER_NAME))
        practice = self.directory.refer("Organisation", "ods", partner, name)
        if self.whole and not context.spool.is_thing(table.organisation(network)):
            message = "The network is not among those that the file lists."
            fields.report("network-not-listed", PCN, network, message, "Ask the publisher, or correct the code.")
        table.relate(practice, "memberOf", table.refer(network), qualifiers, fields)
        if not end:
            known, place = context.spool.first_place(f"partner {partner}", network, str(fields.origin.row))
            if known != network:
                message = f"Row {place} has the practice in the network {known}, without an end too; both are kept."
                fields.report("two-open-spells", END, "", message, "Ask the publisher which one it has left.", severity="info")
        self._compare(fields)
        fields.ignore(_OTHERS_SAY, PARENT_NAME, PCN_PARENT_NAME, PCN_NAME)
        fields.close()

    def _compare(self, fields: Fields) -> None:
        """Compares the commissioners of practice and network; each is in the directory of its own, and not passed on here."""
        of_practice, of_network, flag = fields.text(PARENT), fields.text(PCN_PARENT), fields.text(MATCH).casefold()
        if of_practice and of_network and of_practice != of_network:
            self.elsewhere += 1
            self.first_elsewhere = self.first_elsewhere or fields.origin.row or 0
        said_same = {"true": True, "yes": True, "y": True, "false": False, "no": False, "n": False}.get(flag)
        if said_same is not None and of_practice and of_network and said_same != (of_practice == of_network):
            message = f"The file says {flag}, and the two codes are {of_practice} and {of_network}."
            fields.report("match-contradicts-codes", MATCH, flag, message, "The codes are taken; ask the publisher.")


# -- which tables a file holds -------------------------------------------------------------------------------------------------


def _dataset(path: Path) -> str:
    if path.suffix.casefold() == ".xlsx":
        return "ods-epcn-workbook"
    partners = "partner" in path.stem.casefold() or any(table.lists_partners for table in _tables(path))
    return "ods-epcncorepartnerdetails" if partners else "ods-epcn"


def _tables(path: Path) -> list[Table]:
    sheets: Sequence[Sheet] = xlsx_sheets(path) if path.suffix.casefold() == ".xlsx" else [CsvSheet(path, legacy=True)]
    amends = dataset_of(path)[1]
    return [found for sheet in sheets if (found := _table(sheet, amends=amends))]


def _table(sheet: Sheet, *, amends: bool = False) -> Table | None:
    """Recognises a sheet by its headings, which may stand below a title, else by the form of its first row."""
    for number, row in enumerate(islice(sheet.rows(), _LOOKED_AT), start=1):
        found = [next((name for name, form in _HEADINGS if form.search(plain(cell))), cell) for cell in row.cells]
        if found[:2] in ([PCN, PCN_NAME], [PARTNER, PARTNER_NAME]):
            return Table(sheet, [cell for cell in found if cell not in IGNORED], number)
    cells = next(sheet.rows(), Row(1, [])).cells
    wide = [*cells, *[""] * 12]
    if not ODS_CODE.match(wide[0]):
        return Table(sheet, DETAILS if len(cells) > len(PARTNERS) + 2 else PARTNERS, 0) if amends and cells else None
    if _NETWORK.match(wide[4]) and looks_like_day(wide[8]) and looks_like_day(wide[9]) and len(cells) <= len(PARTNERS) + 2:
        return Table(sheet, PARTNERS, 0)
    if _NETWORK.match(wide[0]) and looks_like_day(wide[4]) and looks_like_day(wide[5]):
        return Table(sheet, DETAILS, 0)
    return None


def _refuse_renamed(path: Path, tables: Sequence[Table]) -> None:
    """Raises :class:`InputError` for a sheet that is named after one of the two and does not hold all of it."""
    known = {table.sheet.name: table for table in tables}
    sheets: Sequence[Sheet] = xlsx_sheets(path) if path.suffix.casefold() == ".xlsx" else [table.sheet for table in tables]
    for sheet in sheets:
        key = _SHEETS.get(plain(sheet.name).replace(" ", ""))
        table = known.get(sheet.name)
        missing = (table.missing if table.before else []) if table else [key] if key and next(sheet.rows(), None) else []
        if missing:
            first = next(sheet.rows(), Row(1, [])).cells
            headings = table.columns if table else first
            seen = ", ".join(shown_name(cell) for cell in headings[:12] if not any(sign.isdigit() for sign in cell))
            raise InputError(
                f"{sheet.file} has no column {', '.join(missing)}, so that what stands there could not be read.",
                f"Its headings are {seen or 'none'}. If one was renamed, name it as in earlier releases, and tell its publisher.",
            )


def _report_unread_sheets(path: Path, tables: Sequence[Table], context: Context) -> None:
    """Reports the sheets of a workbook that are neither table."""
    if path.suffix.casefold() != ".xlsx":
        return
    for sheet in xlsx_sheets(path):
        if sheet.name not in {table.sheet.name for table in tables} and next(sheet.rows(), None):
            message = f"The sheet {shown_name(sheet.name)!r} is neither the networks nor their core partners, and is not read."
            context.report(Finding("warning", "unread-sheet", message, "Nothing to do if it only explains.", "", sheet.file))


def _sheet_names(path: Path) -> list[str]:
    """Returns the names of a workbook's sheets without opening it."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open("xl/workbook.xml") as part:
            text = part.read(MAX_BOOK).decode("utf-8", "replace")
    # RuntimeError: encrypted; NotImplementedError: packed in a way that zipfile lacks.
    except (zipfile.BadZipFile, KeyError, OSError, EOFError, RuntimeError, NotImplementedError, zipfile.LargeZipFile):
        return []
    return re.findall(r'<(?:\w+:)?sheet\b[^>]*?\bname="([^"]{1,40})"', text)
