"""The command line: exit codes, one-line errors, and what each command says."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from rdflib import SH, Graph
from small_maps import write_map

from graphsvc.cli import main
from graphsvc.cli.serve import _listening
from graphsvc.settings import Settings


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, [str(item) for item in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def data(data_folder: Path, tmp_path: Path) -> Path:
    """A folder to work in, beside an empty store."""
    assert data_folder.is_dir()
    return tmp_path


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_says_what_it_does_with_an_example(command: str) -> None:
    code, out, _ = run(command, "--help")
    assert code == 0
    assert f"graphsvc {command}" in out


def test_validate_exits_0_1_or_2(tmp_path: Path) -> None:
    good = write_map(tmp_path / "small")
    assert run("validate", good)[0] == 0
    bad = write_map(tmp_path / "bad", about=[["key", "value"], ["id", "bad"]], services=[["id", "name"], ["x", "X"]])
    assert run("validate", bad)[0] == 1
    assert run("validate")[0] == 2
    assert run("validate", "--nonsense")[0] == 2
    assert run("validate", good, bad, "--shacl")[0] == 2


def test_validate_prints_json_and_shacl(tmp_path: Path) -> None:
    bad = write_map(tmp_path / "bad", about=[["key", "value"], ["id", "bad"]], services=[["id", "name"], ["x", "X"]])
    code, out, _ = run("validate", bad, "--json")
    assert code == 1
    assert json.loads(out)["counts"]["violation"] > 0
    code, out, _ = run("validate", bad, "--shacl")
    assert (None, SH.conforms, None) in Graph().parse(data=out, format="turtle")


def test_an_error_is_one_line_with_a_way_out_and_no_traceback() -> None:
    code, out, err = run("validate", "nowhere/at-all")
    assert code == 2
    assert out == ""
    assert err.startswith("error: There is no file or folder")
    assert err.count("\n") == 1
    with pytest.raises(Exception, match="There is no file"):
        run("--debug", "validate", "nowhere/at-all")


def test_one_input_that_cannot_be_read_does_not_keep_the_others_from_being_checked(tmp_path: Path) -> None:
    good = write_map(tmp_path / "small")
    code, out, err = run("validate", tmp_path / "nothing.xlsx", good)
    assert (code, err) == (2, "")
    assert "There is no file or folder" in out
    assert "small: 6 things" in out
    reports = json.loads(run("validate", tmp_path / "nothing.xlsx", good, "--json")[1])
    assert [(item["conforms"], [found["rule"] for found in item["findings"]]) for item in reports] == [
        (False, ["unreadable"]), (True, []),
    ]  # fmt: skip


def test_a_files_name_steers_no_terminal(tmp_path: Path) -> None:
    hostile = "a\x1b]0;owned\x07\x1b[2J\x9b31m.csv"
    (tmp_path / hostile).write_text("x,y\n1,2\n")
    folder = write_map(tmp_path / "b\x1b[31m", services=[["id", "name"], ["x\x1b[31m", "X"]])
    for arguments in (
        ("validate", tmp_path / hostile),
        ("validate", folder),
        ("mapping", tmp_path / hostile),
        ("diff", tmp_path / hostile, tmp_path / hostile),
        ("template", tmp_path / "no\x1b[31m" / "x.xlsx"),
        ("validate", tmp_path / "no\x1b[31m"),
    ):
        _, out, err = run(*arguments)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", out + err), arguments
        assert out + err


def test_a_target_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    code, _, err = run("template", tmp_path / "nowhere" / "map.xlsx")
    assert (code, err.count("\n")) == (1, 1)
    assert "map.xlsx cannot be opened: No such file or directory" in err


def test_formats_names_the_workbook() -> None:
    assert "map workbook (loaders/workbook.py)" in run("formats")[1]


def test_template_schema_and_reference_are_written(tmp_path: Path) -> None:
    assert run("template", tmp_path / "map.xlsx")[0] == 0
    assert (tmp_path / "map.xlsx").stat().st_size > 10_000
    assert "type Query" in run("schema")[1]
    assert run("reference")[1].startswith("#")


def test_a_map_is_loaded_shown_exported_and_asked(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data)
    folder = write_map(data / "small")
    assert "Nothing is loaded" in run("status")[1]
    code, out, err = run("load", folder)
    assert (code, "small: published as revision 1" in out) == (0, True), (out, err)
    assert "small: publishing ..." in err
    assert "nothing to do" in run("load", folder)[1]
    code, out, _ = run("load", "--dry-run", "--force", folder)
    assert "0 added, 0 changed, 0 retired. Nothing was changed." in out
    status = json.loads(run("status", "--json")[1])
    assert [(item["dataset"], item["things"]) for item in status["loads"]] == [("small", 6)]
    line = next(item for item in run("status")[1].splitlines() if item.startswith("small"))
    assert "UTC (just now)" in line
    assert line.rstrip().endswith("not a shipped map")
    assert "organisation/small-council" in run("export", "--format", "nquads")[1]
    assert run("export", "--format", "workbook", "--dataset", "small", data / "small.xlsx")[0] == 0
    code, _, err = run("export", "--dataset", "nothing")
    assert (code, "holds no map" in err) == (2, True)
    code, _, err = run("export", "--format", "word")
    assert (code, "Formats:" in err) == (2, True)


def test_load_sets_rows_aside_and_says_where(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data)
    bad = [["id", "name", "kind", "source"], ["one", "One", "other", "paper"], ["two", "Two", "no kind", "paper"]]
    code, out, _ = run("load", write_map(data / "small", services=bad, relations=None))
    assert code == 1
    assert "published as revision 1" in out
    assert "rejects/small" in out
    assert "two" in (data / "rejects" / "small" / "services.csv").read_text()


def test_ask_lists_the_questions_and_names_its_options(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = run("ask")
    assert code == 0
    assert "which-services-in-which-contract" in out
    monkeypatch.setenv("GRAPHSVC_QUERIES_DIR", str(data))
    code, _, err = run("ask")
    assert (code, "GRAPHSVC_QUERIES_DIR" in err) == (2, True)
    monkeypatch.delenv("GRAPHSVC_QUERIES_DIR")
    code, _, err = run("ask", "which-services-in-which-contrat")
    assert (code, "Did you mean which-services-in-which-contract" in err) == (2, True)
    code, _, err = run("ask", "which-services-in-which-contract", "--nonsense", "1")
    assert (code, "--asOf" in err) == (2, True)
    code, out, _ = run("ask", "which-services-in-which-contract", "--asOf", "2019-06-01", "--json")
    assert code == 0
    assert "data" in json.loads(out)
    assert run("ask", "which-services-in-which-contract", "--asOf", "someday")[0] == 1


SOME = """# title: Some services
# description: A page of two.
# audience: integrator
query Some { services(first: 2, orderBy: [{ name: ASC }]) { name validFrom until: validTo } }
"""


def test_ask_says_how_many_of_how_many_and_files_hold_all(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHSVC_QUERIES_DIR", str(data))
    monkeypatch.setenv("GRAPHSVC_TODAY", "2020-01-01")
    monkeypatch.chdir(data)
    (data / "some.graphql").write_text(SOME)
    services = [["id", "name", "source", "start", "end"]]
    services += [[f"s{number}", f"Service {number}", "paper", "2018-04", "2021-04-30"] for number in range(5)]
    assert run("load", write_map(data / "small", services=services, relations=None))[0] == 0
    _, out, err = run("ask", "some")
    assert "services: 2 of 5 are shown." in err
    assert "--csv" in err
    assert "until (last day)" in out
    assert "2021-04-30" in out
    assert "2021-05-01" not in out
    for form in (["--csv"], ["--json"], ["--all"]):
        code, out, err = run("ask", "some", *form)
        assert (code, err) == (0, "")
        assert all(f"Service {number}" in out for number in range(5))
        assert ("2021-05-01" in out) == (form == ["--json"]), "JSON is as GraphQL gives it"


def test_a_port_that_is_taken_is_said_in_one_line_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHSVC_DATA_DIR", str(tmp_path / "data"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, _, err = run("serve", "--port", str(taken.getsockname()[1]))
    assert (code, err.count("\n")) == (2, 1)
    assert "is taken" in err
    assert "--port" in err
    assert not (tmp_path / "data").exists()


def test_a_data_folder_that_cannot_be_written_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").write_text("a file")
    monkeypatch.setenv("GRAPHSVC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("NEO4J_URI", raising=False)
    code, _, err = run("status")
    assert (code, err.count("\n")) == (1, 1)
    assert "GRAPHSVC_DATA_DIR" in err


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.slow
def test_serve_says_where_it_is_and_a_signal_ends_it_cleanly(data: Path, number: signal.Signals, times: int) -> None:
    command = [sys.executable, "-c", "from graphsvc.cli import main; main()", "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        said = ""
        for line in process.stderr:
            said += line
            if "Ctrl-C" in line:
                break
        assert "GraphiQL  http://127.0.0.1:" in said
        for _ in range(times):  # whoever is impatient presses Ctrl-C twice
            process.send_signal(number)
            time.sleep(0.02)
        rest = process.stderr.read()
        assert process.wait(20) == 0
    assert rest.strip() == "Stopped."


def test_answers_are_not_held_back_by_nagles_algorithm() -> None:
    with _listening(Settings(port=0)) as sock:
        assert sock.proto == socket.IPPROTO_TCP, "asyncio sets TCP_NODELAY on what is accepted only if it knows that it is TCP"
