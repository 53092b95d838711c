"""Which files hold only some entries of their directory, so that nothing vanishes from them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from reading_files import Loaded

HERE = Path(__file__).parent
RESULTS = ("expected.trig", "expected_findings.json")
ANSWERS = ("fhir/england", "ods_ord/list", "ocds/england", "open_referral/v3_service")
WHOLE = ("fhir/lines", "ods_csv/etr", "open_referral/hsds_3_tables")


def sample(case: str) -> Path:
    (found,) = (path for path in (HERE / case).iterdir() if path.name not in RESULTS and path.suffix != ".toml")
    return found


@pytest.mark.parametrize(("case", "partial"), [*((case, True) for case in ANSWERS), *((case, False) for case in WHOLE)])
def test_an_answer_is_a_part_and_an_export_is_the_whole(
    case: str, partial: bool, load_only: Callable[[Path], AbstractContextManager[Loaded]]
) -> None:
    with load_only(sample(case)) as found:
        assert found.context.partial is partial


@pytest.mark.parametrize(("pages", "partial"), [(1, False), (7, True)])
def test_one_page_of_several_is_a_part(
    pages: int, partial: bool, tmp_path: Path, load_only: Callable[[Path], AbstractContextManager[Loaded]]
) -> None:
    path = tmp_path / "services.json"
    service = '{"id": "5", "name": "Dancing", "status": "active", "organization": {"id": "6", "name": "A club"}}'
    path.write_text(f'{{"total_items": 9, "total_pages": {pages}, "page_number": 1, "contents": [{service}]}}')
    with load_only(path) as found:
        assert found.context.partial is partial


def test_what_stands_beside_a_file_goes_before_what_its_loader_says(
    tmp_path: Path, load_only: Callable[[Path], AbstractContextManager[Loaded]]
) -> None:
    for case, said in (("ods_csv/etr", "true"), ("ods_ord/list", "false")):
        path = Path(shutil.copy(sample(case), tmp_path))
        path.with_name(path.name + ".toml").write_text(f"[source]\npartial = {said}\n")
        with load_only(path) as found:
            assert found.context.partial is (said == "true")
