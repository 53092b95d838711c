"""Ready questions: read, checked, and refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from recording import Recording
from stand_ins import stand_in

from graphsvc.api.questions import read_question
from graphsvc.api.schema.schema import Schema, build_schema
from graphsvc.api.service import GraphQLService
from graphsvc.errors import UsageError
from graphsvc.model import Model
from graphsvc.settings import Settings

HEADER = "# title: Which services?\n# description: All of them,\n#   by name.\n# audience: architect\n"


@pytest.fixture(scope="module")
def schema(model: Model) -> Schema:
    return build_schema(model)


def test_a_question_is_read_with_its_header(tmp_path: Path, schema: Schema) -> None:
    path = tmp_path / "which-services.graphql"
    path.write_text(
        HEADER + '# variables: {"n": 3}\n\nquery Services($n: Int) { services(first: $n) { name } }\n', encoding="utf-8"
    )
    question = read_question(path, schema.graphql)
    assert (question.name, question.title, question.audience) == ("which-services", "Which services?", "architect")
    assert question.description == "All of them, by name."
    assert question.variables == {"n": 3}
    assert question.query == "query Services($n: Int) { services(first: $n) { name } }\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{ services { name } }", "header has no title"),
        (HEADER.replace("architect", "everyone") + "{ services { name } }", "audience 'everyone' is unknown"),
        (HEADER + "# variables: {x}\n{ services { name } }", "not JSON"),
        (HEADER + "# variables: [1]\n{ services { name } }", "not a JSON object"),
        (HEADER + '# variables: {"m": 1}\nquery($n: Int) { services(first: $n) { name } }', "gives $m"),
        (HEADER + "{ services { name }", "Syntax Error"),
        (HEADER + "\n{ services { nam } }", "(line 6)"),
        (HEADER + "query A { __typename } query B { __typename }", "2 operations"),
    ],
)
def test_a_question_that_is_not_right_is_refused_by_the_name_of_its_file(
    tmp_path: Path, schema: Schema, text: str, words: str
) -> None:
    path = tmp_path / "wrong.graphql"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"queries/wrong\.graphql") as caught:
        read_question(path, schema.graphql)
    assert words in str(caught.value)


async def test_every_shipped_question_is_one_store_query_a_root_field(model: Model) -> None:
    recording = Recording()
    # Such a store cannot tell how much it holds, so that a list counts as many rows as it may have.
    service = GraphQLService(model, stand_in(recording), Settings(max_cost=10**12))
    assert len(service.questions) >= 20
    for question in service.questions:
        recording.asked.clear()
        answer = await service.ask(question.query, question.variables)
        assert len(recording.asked) <= len(answer["data"]), question.name
    shown = (await service.ask("{ questions { name title query variables } }"))["data"]["questions"]
    assert [item["name"] for item in shown] == [item.name for item in service.questions]
