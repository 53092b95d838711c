"""Two releases side by side without a store, and releases on the command line."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest
import release_loader
from click.testing import CliRunner
from release_loader import write

from graphsvc.cli import main
from graphsvc.errors import InputError
from graphsvc.model import Model
from graphsvc.pipeline.directory_diff import compared

PARK = ("Y1", "Park Surgery", "C1", "2013-04-01")
MILL = ("Y2", "Mill Lane", "C1", "2013-04-01")
HILL = ("Y3", "Hill Practice", "C2", "2015-10-01")
MOVED = ("Y1", "Park Medical Centre", "C2", "2026-02-01", "WN1 1NJ")


@pytest.fixture(autouse=True)
def practices(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("intake", "load_order", "directory_diff"):
        monkeypatch.setattr(import_module(f"graphsvc.pipeline.{module}"), "loader_for", lambda path: release_loader)


@pytest.fixture
def data(data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, beside an empty store."""
    assert data_folder.is_dir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, [str(item) for item in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_entries_are_compared_by_code_and_value_whatever_their_order(model: Model, tmp_path: Path) -> None:
    old = write(tmp_path / "p_2026-01.csv", PARK, MILL, ("", "Nameless"))
    new = write(tmp_path / "p_2026-02.csv", HILL, MOVED)
    with compared(old, new, model) as found:
        assert (found.old.released, found.old.entries, found.old.unread) == ("2026-01", 2, 1)
        assert found.counts() == {"added": 1, "gone": 1, "changed": 1, "same": 0}
        assert list(found.added()) == [("organisation/ods-y3", "Hill Practice")]
        assert list(found.gone()) == [("organisation/ods-y2", "Mill Lane")]
        (change,) = found.changed()
        assert (change.entry, change.name) == ("organisation/ods-y1", "Park Medical Centre")
        assert change.values == {
            "name": (["Park Surgery"], ["Park Medical Centre"]),
            "postcode": ([], ["WN1 1NJ"]),
            "commissionedBy": (["organisation/ods-c1 from 2013-04-01"], ["organisation/ods-c2 from 2026-02-01"]),
        }
        assert found.changed_values() == {"commissionedBy": 1, "name": 1, "postcode": 1}
    with compared(old, write(tmp_path / "q_2026-03.csv", MILL, PARK), model) as found:
        assert found.counts() == {"added": 0, "gone": 0, "changed": 0, "same": 2}


def test_files_of_two_directories_are_not_compared(model: Model, tmp_path: Path) -> None:
    old, new = write(tmp_path / "old.csv", PARK), write(tmp_path / "new.csv", PARK)
    new.with_name("new.csv.toml").write_text('[source]\ndirectory = "another"\n')
    with pytest.raises(InputError, match=r"old\.csv is of test-practices, new\.csv of another"), compared(old, new, model):
        pass


def test_diff_prints_examples_or_all_and_json(tmp_path: Path) -> None:
    many = [(f"Y{number}", f"Practice {number}", "C1") for number in range(100, 115)]
    old, new = write(tmp_path / "p_2026-01.csv", PARK, *many), write(tmp_path / "p_2026-02.csv", MOVED)
    code, out, _ = run("diff", old, new)
    assert code == 0
    assert "Practices: p_2026-01.csv (release of 2026-01, 16 entries) → p_2026-02.csv (release of 2026-02, 1 entries)" in out
    assert "0 added, 15 gone, 1 changed, 0 same." in out
    assert "    name: Park Surgery → Park Medical Centre\n" in out
    assert "    postcode: nothing → WN1 1NJ\n" in out
    assert "… and 5 more" in out
    assert out.count("  gone: ") == 10
    assert run("diff", old, new, "--all")[1].count("  gone: ") == 15
    said = json.loads(run("diff", old, new, "--all", "--json")[1])
    assert (said["counts"]["gone"], len(said["gone"]), said["old"]["released"]) == (15, 15, "2026-01")
    assert said["changed"][0]["values"]["name"] == {"old": ["Park Surgery"], "new": ["Park Medical Centre"]}
    assert json.loads(run("diff", old, old, "--json")[1])["added"] == []
    assert run("diff", old, tmp_path / "nothing.csv")[0] == 2


def test_a_release_is_refused_accepted_and_shown(data: Path) -> None:
    write(data / "p_2026-01.csv", PARK, MILL)
    assert run("load", "p_2026-01.csv")[0] == 0
    write(data / "p_2026-02.csv", (*MOVED, "call back"))
    (data / "p_2026-02.csv.toml").write_text("[expectations]\nvanished = 0.1\n")
    code, out, _ = run("load", "p_2026-02.csv")
    assert code == 1
    assert "NOT published: it is not what is expected of it" in out
    assert "against it: vanished: 1 of 2 listed entries are not in it (50.0%), and at most 10.0% are expected." in out
    code, out, _ = run("load", "p_2026-02.csv", "--dry-run", "--accept")
    assert "no longer listed: organisation/ods-y2" in out
    assert "superseded: organisation/ods-y1 “Park Surgery”" in out
    code, out, _ = run("load", "p_2026-02.csv", "--accept", "--all")
    assert code == 0
    assert "published as revision 2" in out
    assert "2 kept as history, 1 no longer listed" in out
    assert "accepted for once: vanished: 1 of 2" in out
    assert "ignored: note (1): a remark of the sender" in out
    out = run("status")[1]
    assert "test-practices: accepted for once: vanished: 1 of 2" in out
    line = next(item for item in out.splitlines() if item.startswith("test-practices  "))
    assert "2026-02" in line
    (said,) = json.loads(run("status", "--json")[1])["loads"]
    assert (said["released"], said["noLongerListed"], said["superseded"]) == ("2026-02", 1, 2)
    assert said["release"] == "source/test-practices-2026-02"
    assert said["audit"]["used"]["postcode"] == 1
    assert said["accepted"][0].startswith("vanished")


def test_the_audit_is_printed_and_is_in_the_json(tmp_path: Path) -> None:
    path = write(tmp_path / "p_2026-01.csv", (*MOVED, "call back"))
    code, out, _ = run("validate", path)
    assert code == 0
    assert "Audit: 5 names used (5 values), 1 ignored, 0 reported; 0 values withheld." in out
    assert "ignored: note" not in out
    assert "    ignored: note (1): a remark of the sender" in run("validate", path, "--all")[1]
    assert json.loads(run("validate", path, "--json")[1])["audit"]["used"]["code"] == 1


def test_one_date_is_given_for_one_file(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.csv", PARK), write(tmp_path / "b.csv", PARK)
    code, _, err = run("load", first, second, "--released", "2026-01")
    assert (code, "Give one file with --released" in err) == (2, True)
    code, _, err = run("load", first, "--released", "someday")
    assert (code, "'someday' is not the date of a release" in err) == (1, True)
