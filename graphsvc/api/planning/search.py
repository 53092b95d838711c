"""Plans the root field ``search``: a full-text search over all classes that tolerates a misspelling.

A thing that bears the words as its name, or as one of its names, comes first; what stands by another thing only (a statement,
a figure, a membership) comes after what it stands by.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from graphsvc.api.planning.arguments import Leaf, Read, Tree, Variables, leaf_of
from graphsvc.api.planning.as_at import value_as_at
from graphsvc.api.planning.cost import search
from graphsvc.api.planning.hidden import Reasons
from graphsvc.api.planning.lists import telling_of, told
from graphsvc.api.planning.place import Place, indent
from graphsvc.api.planning.selection import Variant
from graphsvc.api.planning.visibility import visible
from graphsvc.errors import LimitExceeded, QueryError
from graphsvc.model import Model

DEFAULT_HITS = 20
LONGEST_TEXT = 200
"""Letters of the text, as on the page of the search."""
MOST_WORDS = 24
LONGEST_WORD = 40
"""Letters of a word that are looked at; looking for misspellings takes time that grows with the square of its length."""
MISSPELT = 20
"""Letters of a word up to which it may be misspelt."""
NAMED = 20.0
"""How much more a hit counts whose name, or one of whose names, is the text."""
CANDIDATES = 500
"""Hits, best first by the index, that are weighed by what they are called."""
DEPENDENT = 0.4
"""How much less a hit counts that stands by another thing only."""


def words_of(text: str) -> list[str]:
    """The words of a search. Raises QueryError if there is none, LimitExceeded if there are too many."""
    if len(text) > LONGEST_TEXT:
        raise LimitExceeded(f"search: the text has {len(text)} letters; the limit is {LONGEST_TEXT}.", "Search for a few words.")
    words = re.findall(r"\w+", text.lower())
    if not words:
        raise QueryError("search: the text holds no word.", "Give at least one word or number.")
    if len(words) > MOST_WORDS:
        raise LimitExceeded(f"search: the text has {len(words)} words; the limit is {MOST_WORDS}.", "Search for a few words.")
    return words


def full_text_query(text: str) -> str:
    """Words as a Lucene query: each as it is, as a beginning, or misspelt; nothing else of its syntax passes."""
    return " ".join(_forms(word) for word in words_of(text))


def dependents(model: Model) -> list[str]:
    """Names of the classes whose things depend on others (a statement, a figure, a membership): some relation is required."""
    return [item.name for item in model.classes.values() if any(tie.min_count and tie.forward for tie in item.relations)]


def _forms(word: str) -> str:
    if len(word) > LONGEST_WORD:
        word = word[:LONGEST_WORD]
        return f"(name:{word}*^4 OR searchText:{word}*)"
    forms = [f"name:{word}^8", f"searchText:{word}^2", f"name:{word}*^4", f"searchText:{word}*"]
    if 3 < len(word) <= MISSPELT:
        forms += [f"name:{word}~^2", f"searchText:{word}~^0.5"]
    return f"({' OR '.join(forms)})"


def plan_search(place: Place, variant: Variant, arguments: Mapping[str, Tree]) -> tuple[str, int | None]:
    """Plan the full-text search; the Python expression of the field, and the column of the counts of what the default left out.

    The index is asked once: its hits are told apart into those that are shown and those that are counted.
    """
    planning, variable = place.planning, place.planning.text.variable
    text, rules = leaf_of(arguments["text"]), place.planning.visibility
    wanted = _page_size(_given(arguments, "first"), planning.settings.max_page)
    cost = place.cost.within(search(lambda variables: len(words_of(text.read(variables))), wanted), place.path)
    name, score, found = variable("n"), variable("score"), variable("x")
    hit, hits, left = variable("hit"), variable("hits"), variable("left")
    inner = place.inner(name, planning.naming.model.classes["Entity"], cost)
    keys: dict[str, str] = {}
    for key, variants in planning.collector.below(variant).keys.items():
        only = variants[0]
        if only.field == "__typename":
            keys[key] = "'SearchHit'"
        elif only.field == "score":
            keys[key] = inner.read(score)
        else:
            keys[key] = f"{inner.at(key).shape(only)}(r, c)"
    shown = rules.sought().test(name)
    tests = [visible(name), rules.all().test(name) if rules.by_default else shown]
    # The list of hits is carried by each row that follows from it: it has to be short.
    most = planning.text.parameter(lambda variables: max(CANDIDATES, wanted(variables)))
    lines = [
        *_hits(place, text, name, score),
        f"WITH {name}, {score}, rev WHERE {' AND '.join([*tests, *_types(place, _given(arguments, 'types'), name)])}",
        f"WITH {name}, {score} ORDER BY {score} DESC, {name}.id",
        f"RETURN collect(CASE WHEN {shown} THEN [{score}, {name}.id] END)[0..{most}] AS {hits},",
        f"  collect(CASE WHEN {shown} THEN null ELSE [{name}.status, {rules.sought().hiding(name)}] END) AS {left}",
    ]
    place.calls.extend(["CALL (rev) {", *indent(lines), "}"])
    head = [
        f"UNWIND {hits} AS {hit}",
        f"MATCH ({name}:Entity {{id: {hit}[1]}})",
        *_weighed(place, text, name, f"{hit}[0]", score),
        f"WITH {name}, {score}, rev ORDER BY {score} DESC, {value_as_at(name, 'name', rules.as_of)}, {name}.id"
        f" LIMIT {planning.text.parameter(wanted)}",
    ]
    function = planning.code.function("r, c", planning.code.record(keys))
    telling = telling_of(inner)
    expression = f"[{function}(x, c) for x in {told(place.collect(f'{hits}, rev', head, inner, found), telling)}]"
    return expression, _count_left_out(place, left) if rules.by_default else None


def _weighed(place: Place, text: Leaf, name: str, found: str, score: str) -> list[str]:
    """The lines that weigh a hit, whose score was ``found``, by what it is and by what it is called."""
    planning = place.planning
    exact = planning.text.derived(text.read, lambda words: words.strip().lower())
    named, others = (value_as_at(name, entry, planning.visibility.as_of) for entry in ("name", "alternativeName"))
    return [
        f"WITH {name}, rev, {found}",
        f"  * CASE WHEN {name}.type IN {planning.text.constant(dependents(planning.naming.model))} THEN {DEPENDENT} ELSE 1.0 END",
        f"  * CASE WHEN toLower({named}) = {exact} OR {exact} IN [a IN coalesce({others}, []) | toLower(a)]",
        f"    THEN {NAMED} ELSE 1.0 END AS {score}",
    ]


def _count_left_out(place: Place, left: str) -> int:
    """Plan how many hits of each status and certainty the default leaves out; the column of the counts."""
    one, reasons = place.planning.text.variable("one"), Reasons.of(place.planning.text)
    head = [f"UNWIND {left} AS {one}", reasons.count(f"{one}[0]", f"{one}[1]")]
    place.return_one(left, head, reasons.collected, place.planning.text.variable("x"))
    return len(place.row.expressions) - 1


def _hits(place: Place, text: Leaf, name: str, score: str) -> list[str]:
    """The lines that look the words up in the full text index."""
    planning = place.planning
    index, words = planning.text.constant(planning.engine.text_index), planning.text.derived(text.read, full_text_query)
    return [f"CALL db.index.fulltext.queryNodes({index}, {words})", f"YIELD node AS {name}, score AS {score}"]


def _types(place: Place, types: Leaf | None, name: str) -> list[str]:
    """The condition on the class of a hit, if there is one."""
    if types is None:
        return []
    model = place.planning.naming.model
    given = place.planning.text.derived(
        types.read, lambda names: [item.name for wanted in names for item in model.concrete(wanted)]
    )
    return [f"{name}.type IN {given}"]


def _given(arguments: Mapping[str, Tree], name: str) -> Leaf | None:
    """A scalar argument, unless it is null or not given."""
    found = arguments.get(name)
    return found if isinstance(found, Leaf) and found.value is not None else None


def _page_size(first: Leaf | None, most: int) -> Read:
    """Reads the number of hits that are wanted; raises LimitExceeded if it is more than the largest page."""

    def read(variables: Variables) -> int:
        wanted = int(first.read(variables)) if first else DEFAULT_HITS
        if wanted < 0:
            raise QueryError(f"search: first is {wanted}; a number of things is not negative.")
        if wanted > most:
            raise LimitExceeded(f"search: first is {wanted}; the largest page is {most}.")
        return wanted

    return read
