"""What an answer says of itself, in sentences."""

from __future__ import annotations

from graphsvc.api.remarks import remarks
from graphsvc.web import words

EXTENSIONS = {
    "hidden": [{"path": ["a"], "counts": {"PLANNED": 1200}, "certainty": {"BEFORE_TOLD": 2}}, {"path": ["b"], "counts": {}}],
    "certainty": {"STATED": 3, "POSSIBLE": 0, "CONTINUED": 1},
    "asOf": "2019-06-01",
    "told": {"first": "2017-01-31", "last": "2019-03-31"},
}


def test_what_is_left_out_and_how_sure_the_rest_is_is_said_for_a_page_and_for_a_terminal() -> None:
    hidden, before, sure = remarks(EXTENSIONS, "with --status")
    assert hidden == "Left out, since it is not in force: 1,200 planned. Ask with --status to see it."
    assert before == "2 more are told of only by sources of a later day, and nobody says whether they held yet."
    assert sure.startswith(
        "As at 2019-06-01: 3 stated, 1 continued. Their sources speak between 2017-01-31 and 2019-03-31 (of a "
    )
    assert "As at 1 June 2019: " in list(remarks(EXTENSIONS, "with a status", words.day))[-1]


def test_several_days_one_day_of_telling_none_and_today_are_said() -> None:
    changed = {**EXTENSIONS, "asOfByField": {"b": "2018-06-01"}, "asOfToday": True, "told": {"first": "2017", "last": "2017"}}
    *_, sure, today = remarks(changed, "")
    assert sure.startswith("As at 2018-06-01 and 2019-06-01: 3 stated, 1 continued. Their source speaks on 2017 (")
    assert today.startswith("No date was asked for")
    undated = list(remarks({**EXTENSIONS, "told": {"first": None, "last": None}}, ""))
    assert undated[-1].endswith("Their sources bear no date.")
    assert list(remarks({}, "")) == []
