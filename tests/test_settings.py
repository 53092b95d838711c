"""Settings come from the environment once, say what is wrong with a bad one, and are documented."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphsvc.errors import UsageError
from graphsvc.settings import from_environment, reference

ROOT = Path(__file__).parent.parent


def test_a_variable_sets_and_an_override_wins() -> None:
    settings = from_environment({"GRAPHSVC_PORT": "9000", "NEO4J_URI": "bolt://127.0.0.1:7687"}, port=9001, host=None)
    assert (settings.port, settings.host, settings.neo4j_uri) == (9001, "127.0.0.1", "bolt://127.0.0.1:7687")


def test_a_bad_value_names_the_variable_and_its_meaning() -> None:
    with pytest.raises(UsageError, match=r"GRAPHSVC_PORT='many' is not a whole number\. Port to listen on\."):
        from_environment({"GRAPHSVC_PORT": "many"})


def test_a_folder_is_the_one_set_or_the_one_shipped() -> None:
    assert from_environment({}).folder("ontology") == ROOT / "ontology"
    assert from_environment({"GRAPHSVC_ONTOLOGY_DIR": "elsewhere"}).folder("ontology") == Path("elsewhere")


def test_the_page_of_settings_is_current() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == reference(), "run make snapshot"
