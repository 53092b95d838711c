"""Which directory a file is a release of, and what open_directory says of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from graphsvc.errors import InputError
from graphsvc.loading import Context, Directory, DirectoryFacts, Spool, dataset_of, open_directory
from graphsvc.loading.release import Expectations, SourceFacts, date_in_name, directory_in_name, facts_beside
from graphsvc.model import Model
from graphsvc.provenance import EntityRecord, Origin


@pytest.fixture
def context(model: Model, tmp_path: Path) -> Iterator[Context]:
    spool = Spool(tmp_path / "spool.sqlite")
    yield Context(model, spool)
    spool.close()


@pytest.fixture
def release(tmp_path: Path) -> Path:
    path = tmp_path / "practices_2026-02.csv"
    path.write_text("A1\n")
    return path


def _open(context: Context, path: Path) -> Directory:
    return open_directory(context, path, "practices", DirectoryFacts("Practices", "NHS England", "Open Government Licence v3.0"))


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("epraccur_2026-02.csv", "2026-02"),
        ("epraccur20260227.zip", "2026-02-27"),
        ("etr_2025.csv", "2025"),
        ("services (2024.03.01).json", "2024-03-01"),
        ("epraccur.csv", ""),
        ("list 2026-13.csv", "2026"),
        ("list 2026-02-31.csv", "2026"),
        ("code 12345678.csv", ""),
    ],
)
def test_the_date_in_a_name(name: str, stated: str) -> None:
    assert date_in_name(Path(name)) == stated


def test_a_directory_is_named_by_its_file_without_the_date() -> None:
    assert directory_in_name(Path("Trafford_services 2024-03.csv")) == "trafford-services"
    assert dataset_of(Path("epraccur_2026-02.csv")) == ("epraccur", False)


def test_what_stands_beside_a_file_goes_before_its_name(release: Path) -> None:
    release.with_name(release.name + ".toml").write_text(
        '[source]\ndirectory = "mine"\nreleased = 2026-02-27\npublisher = "A council"\n'
        "[expectations]\nrows = 10\nvanished = 0.02\n"
    )
    assert facts_beside(release) == SourceFacts(
        directory="mine", released="2026-02-27", publisher="A council", expectations=Expectations(rows=10, vanished=0.02)
    )
    assert dataset_of(release, "practices") == ("mine", False)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[source\n", "TOML"),
        ('[source]\nrelased = "2026"\n', "released"),
        ('[source]\nreleased = "soon"\n', "date of a release"),
        ("[source]\ntitle = 3\n", "no text"),
        ("[expectations]\nvanished = 20\n", "share between 0 and 1"),
        ("[elsewhere]\nx = 1\n", "elsewhere"),
    ],
)
def test_what_means_nothing_beside_a_file_is_refused(release: Path, text: str, told: str) -> None:
    release.with_name(release.name + ".toml").write_text(text)
    with pytest.raises(InputError) as caught:
        facts_beside(release)
    assert told in str(caught.value)


def test_a_release_is_a_source_with_publisher_licence_date_and_checksum(context: Context, release: Path) -> None:
    directory = _open(context, release)
    assert context.dataset == "practices"
    assert directory.release.released == date(2026, 2, 1)
    records = {claim.entity: claim.values for entry in context.spool.entries() if isinstance(claim := entry.claim, EntityRecord)}
    assert set(records) == {"source/practices", "source/practices-2026-02"}
    qualifiers = records["source/practices-2026-02"]
    assert qualifiers["kind"] == "DIRECTORY_RELEASE"
    assert qualifiers["publishedStated"] == "2026-02"
    assert "published" not in qualifiers  # a month is no day
    assert qualifiers["checksum"] == hashlib.sha256(release.read_bytes()).hexdigest()
    assert records["source/practices"]["kind"] == "DIRECTORY"


def test_a_file_without_a_date_is_loaded_with_a_finding_that_says_how_to_give_one(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "practices.csv"
    path.write_text("A1\n")
    _open(context, path)
    (finding,) = context.findings
    assert finding.rule == "release-undated"
    assert "practices.csv.toml" in finding.hint


def test_a_stub_gives_way_to_a_description_in_any_order(context: Context, release: Path) -> None:
    directory = _open(context, release)
    first = directory.refer("Organisation", "ods", "00L")
    qualifiers = directory.qualifiers("00L")
    directory.record("Organisation", first, {"name": "NORTHUMBERLAND", "odsCode": "00L"}, qualifiers, Origin("f", 1))
    directory.refer("Organisation", "ods", "00L")
    other = directory.refer("Organisation", "ods", "16C")
    assert context.spool.settle() == 1
    records = [claim for entry in context.spool.entries() if isinstance(claim := entry.claim, EntityRecord)]
    assert [item.values["name"] for item in records if item.entity == first] == ["NORTHUMBERLAND"]
    (stub,) = [item for item in records if item.entity == other]
    assert stub.values["referenceOnly"] is True and stub.values["odsCode"] == "16C"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("20260227", date(2026, 2, 27)),
        ("2026-02-27", date(2026, 2, 27)),
        ("2026-02-27T10:00:00+01:00", date(2026, 2, 27)),
        ("27/02/2026", date(2026, 2, 27)),
        ("09/Jan/2018 - 00:00", date(2018, 1, 9)),
        ("", None),
    ],
)
def test_days_are_read_in_the_forms_that_directories_use(context: Context, release: Path, text: str, day: date | None) -> None:
    assert _open(context, release).day(text, Origin("f", 1, "opened")) == day
    assert context.findings == []


@pytest.mark.parametrize("text", ["20260231", "27.2.26", "soon", "00000000"])
def test_what_is_no_day_is_left_out_with_a_finding(context: Context, release: Path, text: str) -> None:
    context.understand("opened")
    assert _open(context, release).day(text, Origin("f", 3, "opened")) is None
    (finding,) = context.findings
    assert (finding.rule, finding.row, finding.column, finding.value) == ("not-a-day", 3, "opened", text)


@pytest.mark.parametrize(
    ("text", "made"), [("WN1 1NJ", "WN1 1NJ"), ("hx7 7bz ", "HX7 7BZ"), ("WA139LP", "WA13 9LP"), ("SA5 9 EA", "SA5 9EA")]
)
def test_postcodes_are_written_one_way(context: Context, release: Path, text: str, made: str) -> None:
    assert _open(context, release).postcode(text, Origin("f", 1, "postcode")) == made


def test_an_impossible_postcode_is_left_out_with_a_finding(context: Context, release: Path) -> None:
    assert _open(context, release).postcode("WA154 1HF", Origin("f", 1, "postcode")) == ""
    assert [item.rule for item in context.findings] == ["bad-postcode"]


def test_a_name_of_a_person_is_replaced_and_counted(context: Context, release: Path) -> None:
    directory = _open(context, release)
    assert directory.name("DR A EXAMPLE", "GP practice A1 (name withheld)", Origin("f", 1)) == "GP practice A1 (name withheld)"
    assert directory.name("MILL  LANE SURGERY", "x", Origin("f", 2)) == "MILL LANE SURGERY"
    assert context.ledger.withheld == {"name of a person": 1}


def test_an_unknown_code_is_a_finding_once_and_no_text(context: Context, release: Path) -> None:
    context.understand("role")
    directory = _open(context, release)
    assert directory.term("OdsRole", "RO76", Origin("f", 1, "role")) is not None
    for row in (2, 3):
        assert directory.term("OdsRole", "RO9999", Origin("f", row, "role")) is None
    (finding,) = context.findings
    assert (finding.rule, finding.row, finding.value) == ("unknown-code", 2, "RO9999")
    assert context.ledger.reported == {"role: code RO9999": 2}


def test_codes_that_differ_only_in_capitals_or_signs_stay_two_things(context: Context) -> None:
    ids = {context.coded("Service", "open-referral", code) for code in ("aB1", "Ab1", "ab1", "ab-1", "a b 1")}
    assert len(ids) == 5
    assert context.coded("Organisation", "ods", "A81001") == "organisation/ods-a81001"
    assert context.coded("Organisation", "ods", "7E8") == "organisation/ods-7e8"


def test_a_last_day_is_the_last_on_which_it_holds(context: Context, release: Path) -> None:
    qualifiers = _open(context, release).qualifiers("A1", date(2013, 4, 1), date(2022, 6, 30), "ENDED")
    assert (qualifiers.valid_from, qualifiers.valid_to, qualifiers.edtf) == (
        date(2013, 4, 1),
        date(2022, 7, 1),
        "2013-04-01/2022-06-30",
    )


def test_dates_in_the_wrong_order_are_kept_as_words_and_not_as_a_period(context: Context, release: Path) -> None:
    qualifiers = _open(context, release).qualifiers("A1", date(2022, 6, 30), date(2013, 4, 1))
    assert (qualifiers.valid_from, qualifiers.valid_to) == (None, None)
    assert "2022-06-30" in qualifiers.note and "2013-04-01" in qualifiers.note


def test_a_category_that_many_rows_share_stays_where_one_of_them_is_set_aside(context: Context, release: Path) -> None:
    directory = _open(context, release)
    term = directory.category("CPV", "85000000", "Health services", Origin("f", 2))
    directory.record("Service", "service/a", {"name": "A"}, directory.qualifiers("a"), Origin("f", 2))
    context.spool.reject_row("f", 2)
    left = {claim.entity for entry in context.spool.entries() if isinstance(claim := entry.claim, EntityRecord)}
    assert term in left and "service/a" not in left
