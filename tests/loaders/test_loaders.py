"""Every format against its samples: one test for all loaders. README.md beside this file says how to add a case."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from rdflib import Dataset, Literal
from reading_files import Reader, claims_of, module_of, rdf_of

from graphsvc.errors import InputError
from graphsvc.loading import loaders
from graphsvc.loading.persons.text import without_persons
from graphsvc.loading.rejects.directory import write_facts
from graphsvc.model import Model
from graphsvc.pipeline.intake import CheckedInput, save_rejects

pytestmark = pytest.mark.filterwarnings("ignore:(Dataset|ConjunctiveGraph):DeprecationWarning")  # rdflib's, of its own parsers
HERE = Path(__file__).parent
GRAPH, FINDINGS, REFUSAL = "expected.trig", "expected_findings.json", "expected_refusal.json"
TAKES_WHAT_IS_LEFT = {"workbook", "table"}
"""Loaders that take any workbook or folder of CSV files, and are asked last for that reason."""
CUTS = (0.0, 0.2, 0.5, 0.9, 0.999)


def renewing() -> bool:
    return bool(os.environ.get("GRAPHSVC_SNAPSHOT"))


def cases(expected: str) -> list[Path]:
    return sorted(path.parent for path in HERE.rglob(expected))


def named(case: Path) -> str:
    return case.relative_to(HERE).as_posix()


def loader_of(case: Path) -> str:
    return case.relative_to(HERE).parts[0]


def sample(case: Path) -> Path:
    """The one file or folder of a case that is neither an expectation nor what stands beside the sample."""
    found = [path for path in case.iterdir() if not path.name.startswith(("expected", "README", ".", "__"))]
    found = [path for path in found if path.suffix != ".toml" or not (case / path.stem.removesuffix(".map")).exists()]
    assert len(found) == 1, f"{named(case)} holds {len(found)} samples; give each a folder of its own"
    return found[0]


def name_of(path: Path) -> str:
    """The loader's module that takes a file."""
    return module_of(path).rpartition(".")[2]


def graph(found: CheckedInput, model: Model) -> Dataset:
    """Every fact and who says it, a named graph a source; what is said of single values follows from that."""
    rdf, made = rdf_of(model), Dataset()
    for prefix, iri in (("gs", model.namespace), ("id", rdf.thing("")), ("claim", rdf.claim("")), *model.prefixes.items()):
        made.bind(prefix, iri)
    for claim in claims_of(found.context):
        inside = made.graph(rdf.graph(claim.dataset, claim.qualifiers.source))
        for triple in (*rdf.facts(claim), *rdf.evidence(claim)):
            inside.add(triple)
    return made


def told(found: CheckedInput) -> dict[str, object]:
    """Findings, audit and counts, as ``graphsvc validate`` would tell them."""
    return {
        "rows set aside": found.report.set_aside,
        "audit": found.context.ledger.as_json(),
        "findings": [finding.as_json() for finding in found.report.findings],
    }


def written_down(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in loaders() if name != "workbook"])
def test_every_loader_has_a_sample(name: str) -> None:
    assert [case for case in cases(GRAPH) if loader_of(case) == name], f"tests/loaders/{name}/ holds no case: see README.md there"


@pytest.mark.parametrize("case", [*cases(GRAPH), *cases(REFUSAL)], ids=named)
def test_its_loader_takes_it_and_no_other(case: Path) -> None:
    path = sample(case)
    claim_it = [name for name, loader in loaders().items() if loader.recognise(path)]
    assert claim_it[:1] == [loader_of(case)], f"{path.name} is taken by {claim_it}"
    assert set(claim_it[1:]) <= TAKES_WHAT_IS_LEFT, f"{path.name} is taken by {claim_it}"


@pytest.mark.parametrize("case", cases(GRAPH), ids=named)
def test_the_graph_and_the_findings_are_as_expected(case: Path, reader: Reader, model: Model) -> None:
    with reader.read(sample(case)) as found:
        made, said = graph(found, model), told(found)
    if renewing():
        made.serialize(case / GRAPH, format="trig")
        written_down(case / FINDINGS, said)
    expected = Dataset()
    expected.parse(case / GRAPH, format="trig")
    missing, further = set(expected.quads()) - set(made.quads()), set(made.quads()) - set(expected.quads())
    assert not (missing or further), "\n".join([f"- {item}" for item in missing][:20] + [f"+ {item}" for item in further][:20])
    assert said == json.loads((case / FINDINGS).read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", cases(REFUSAL), ids=named)
def test_what_must_be_refused_is_refused_with_what_was_seen_and_expected(case: Path, reader: Reader) -> None:
    with pytest.raises(InputError) as refused, reader.read(sample(case)):
        pass
    said = {"message": refused.value.message, "hint": refused.value.hint}
    if renewing():
        written_down(case / REFUSAL, said)
    assert said == json.loads((case / REFUSAL).read_text(encoding="utf-8"))
    assert said["hint"]


@pytest.mark.parametrize("case", cases(GRAPH), ids=named)
def test_read_twice_it_gives_the_same_claims(case: Path, reader: Reader) -> None:
    ids: list[set[str]] = []
    for _ in range(2):
        with reader.load_only(sample(case)) as found:
            ids.append({claim.id for claim in claims_of(found.context)})
    assert ids[0] == ids[1]


@pytest.mark.parametrize("case", cases(GRAPH), ids=named)
def test_no_telephone_number_and_no_e_mail_address_is_in_the_graph(case: Path) -> None:
    expected = Dataset()
    expected.parse(case / GRAPH, format="trig")
    texts = {str(value) for _, _, value, _ in expected.quads() if isinstance(value, Literal)}
    assert {text for text in texts if without_persons(text)[1]} == set()


@pytest.mark.parametrize("case", cases(GRAPH), ids=named)
def test_every_finding_says_what_to_do(case: Path) -> None:
    said = json.loads((case / FINDINGS).read_text(encoding="utf-8"))
    assert [item for item in said["findings"] if not item.get("hint") or not item.get("message")] == []


@pytest.mark.parametrize("case", cases(GRAPH), ids=named)
def test_what_is_set_aside_is_written_and_read_again(case: Path, reader: Reader, tmp_path: Path) -> None:
    with reader.read(sample(case)) as found:
        written = save_rejects(found, tmp_path)
        dataset, release = found.context.dataset, found.context.release
        reasons = [{finding.rule for finding in item} for item in found.context.set_aside.values()]
        rows = len([rules for rules in reasons if not all(rule.endswith("-twice") for rule in rules)])
    if not written or release is None:
        assert not reasons, f"{len(reasons)} rows are set aside and none is written: give the loader write_rejects"
        return
    write_facts(written, dataset, release.stated)
    assert name_of(written) == loader_of(case)
    with reader.load_only(written) as again:
        assert again.context.amends
        assert len(again.context.set_aside) == rows, (
            "a row that is wrong only beside another (…-twice) is right when it stands alone"
        )


@pytest.mark.parametrize("share", CUTS)
@pytest.mark.parametrize("case", cases(GRAPH), ids=named)
def test_cut_short_it_is_read_or_refused(case: Path, share: float, reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / sample(case).name
    for beside in case.glob(f"{path.name}.*toml"):
        shutil.copy(beside, tmp_path)
    if sample(case).is_dir():
        shutil.copytree(sample(case), path)
        for file in (item for item in path.rglob("*") if item.is_file()):
            file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])
    else:
        path.write_bytes(sample(case).read_bytes()[: int(sample(case).stat().st_size * share)])
    try:
        with reader.load_only(path) as found:
            assert all(finding.hint for finding in found.context.findings)
    except InputError as refused:
        assert refused.hint
