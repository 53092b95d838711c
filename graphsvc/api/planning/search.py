"""``search``: ranked over all classes, tolerant of a misspelling.

A thing that bears the words as its name, or as one of its names, comes first; what stands by another thing only (a statement,
a figure, a membership) comes after what it stands by.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from graphsvc.api.planning.arguments import Leaf, Tree, leaf_of
from graphsvc.api.planning.as_at import valued
from graphsvc.api.planning.cost import Cost, search
from graphsvc.api.planning.plan import Planning, Row, indent
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
    """The classes whose things stand by others only: a statement, a figure, a membership. They must be related to something."""
    return [item.name for item in model.classes.values() if any(tie.min_count and tie.forward for tie in item.relations)]


def _forms(word: str) -> str:
    if len(word) > LONGEST_WORD:
        word = word[:LONGEST_WORD]
        return f"(name:{word}*^4 OR searchText:{word}*)"
    forms = [f"name:{word}^8", f"searchText:{word}^2", f"name:{word}*^4", f"searchText:{word}*"]
    if 3 < len(word) <= MISSPELT:
        forms += [f"name:{word}~^2", f"searchText:{word}~^0.5"]
    return f"({' OR '.join(forms)})"


def plan_search(
    p: Planning, variant: Variant, arguments: Mapping[str, Tree], row: Row, calls: list[str], path: str, cost: Cost
) -> str:
    """Plan the search; the Python expression of the field."""

    def leaf(name: str) -> Leaf | None:
        found = arguments.get(name)
        return found if isinstance(found, Leaf) and found.value is not None else None

    text, first, types = leaf_of(arguments["text"]), leaf("first"), leaf("types")

    def hits(variables: Mapping[str, object]) -> int:
        wanted = int(first.read(variables)) if first else DEFAULT_HITS
        if wanted < 0:
            raise QueryError(f"search: first is {wanted}; a number of things is not negative.")
        if wanted > p.settings.max_page:
            raise LimitExceeded(f"search: first is {wanted}; the largest page is {p.settings.max_page}.")
        return wanted

    inner_cost = cost.within(search(lambda variables: len(words_of(text.read(variables))), hits), path)
    name, score, found = p.text.variable("n"), p.text.variable("score"), p.text.variable("x")
    entity = p.naming.model.classes["Entity"]
    inner, inside = Row(), list[str]()
    keys: dict[str, str] = {}
    for key, variants in p.collector.below(variant).keys.items():
        only = variants[0]
        if only.field == "__typename":
            keys[key] = "'SearchHit'"
        elif only.field == "score":
            keys[key] = f"r[{inner.place(score)}]"
        else:
            shape = p.thing(p, p.collector.below(only), entity, name, inner, inside, f"{path}.{key}", inner_cost)
            keys[key] = f"{shape}(r, c)"
    tests = [visible(name), p.standings.root().test(name)]
    if types:
        model = p.naming.model
        given = p.text.derived(types.read, lambda names: [item.name for wanted in names for item in model.concrete(wanted)])
        tests.append(f"{name}.type IN {given}")
    exact = p.text.derived(text.read, lambda words: words.strip().lower())
    named, others = (valued(name, entry, p.standings.as_of) for entry in ("name", "alternativeName"))
    calls += [
        "CALL (rev) {",
        f"  CALL db.index.fulltext.queryNodes({p.text.constant(p.text_index)}, {p.text.derived(text.read, full_text_query)})",
        f"  YIELD node AS {name}, score AS {score}",
        f"  WITH {name}, {score}, rev WHERE {' AND '.join(tests)}",
        f"  WITH {name}, rev, {score}",
        f"    * CASE WHEN {name}.type IN {p.text.constant(dependents(p.naming.model))} THEN {DEPENDENT} ELSE 1.0 END",
        f"    * CASE WHEN toLower({named}) = {exact} OR {exact} IN [a IN coalesce({others}, []) | toLower(a)]",
        f"      THEN {NAMED} ELSE 1.0 END AS {score}",
        f"  WITH {name}, {score}, rev ORDER BY {score} DESC, {named}, {name}.id LIMIT {p.text.parameter(hits)}",
        *indent(inside),
        f"  RETURN collect({inner.text}) AS {found}",
        "}",
    ]
    return f"[{p.code.function('r, c', p.code.record(keys))}(x, c) for x in r[{row.place(found)}]]"
