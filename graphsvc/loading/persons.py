"""Persons, telephones and e-mail addresses: found in text, and kept out of the graph.

Directories hold them in columns of their own, which loaders withhold whole, and inside names and descriptions, which is what
this is for. The patterns know UK forms. They err on the side of privacy: what looks like a person's name is withheld.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

WITHHELD: Final = "[withheld]"

_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PHONE: Final = re.compile(
    r"(?<![0-9A-Za-z.,/-])(?:\+44[ -]?(?:\(?0\)?)?|\(?0)[ ()-]{0,2}[1-37](?:[ ()-]{0,2}[0-9]){8,9}(?![0-9A-Za-z])"
)
_TITLES: Final = "Mr|Mrs|Ms|Miss|Dr|Drs|Cllr|Councillor|Prof|Professor|Sir|Dame|Rev"
_NAME_WORD: Final = r"(?:[A-Z](?![A-Za-z])\.?|[A-Z][a-z'’-]+(?:[A-Z][a-z'’-]+)?)"
_TITLED: Final = re.compile(rf"(?<![A-Za-z])(?:{_TITLES})\.? {_NAME_WORD}(?: {_NAME_WORD}){{0,2}}")
_WELSH_COUNTY: Final = re.compile(r"^Sir (?:Benfro|Ddinbych|Fynwy|Gaerfyrddin|G[aâ]r|Ceredigion|Ynys|Powys)")
"""Sir is Welsh for county: Cyngor Sir Ddinbych is a council."""
_PLACE_AFTER: Final = re.compile(r"(?:Hospital|Centre|House|School|College|Academy|Unit|Ward)\b")

_TITLED_CAPITALS: Final = re.compile(
    r"(?<![A-Za-z])(?:DRS?|MRS?|MS|MISS|PROF|PROFESSOR|CLLR|REV)\b\.? +(?P<next>[A-Z][A-Z'’.-]*)"
)
_SURNAME_INITIALS: Final = re.compile(r"^[A-Z][A-Z'’-]{2,}(?:-[A-Z]+)?,? (?P<initials>[A-Z]{1,3}|[A-Z](?:[. ]+[A-Z]){0,2}\.?)$")
_INITIALS_SURNAME: Final = re.compile(r"^(?:[A-Z]\.? ){1,3}[A-Z][A-Za-z'’-]{2,}$")


def without_persons(text: str) -> tuple[str, Counter[str]]:
    """Text with e-mail addresses, telephone numbers and titled names replaced by ``[withheld]``, and how many of each."""
    counts: Counter[str] = Counter()
    if "@" in text:
        text, counts["e-mail address"] = _EMAIL.subn(WITHHELD, text)
    text, counts["telephone number"] = _PHONE.subn(WITHHELD, text)

    def person(found: re.Match[str]) -> str:
        if _PLACE_AFTER.search(found.group()) or _PLACE_AFTER.match(text[found.end() :].lstrip()):
            return found.group()
        if _WELSH_COUNTY.match(found.group()) or text[: found.start()].endswith("Cyngor "):
            return found.group()
        counts["name of a person"] += 1
        return WITHHELD

    text = _TITLED.sub(person, text)
    return text, +counts


def names_person(name: str) -> bool:
    """Whether the name of an organisation seems to name a person: ``DR A EXAMPLE'S PRACTICE``, ``EXAMPLE JA``."""
    words = _words()
    capitals = " ".join(name.upper().split())
    titled = _TITLED_CAPITALS.search(capitals)
    if titled and titled.group("next").strip("'’.") not in words["organisation"]:
        return True
    if words["organisation"].intersection(re.findall(r"[A-Z]+", capitals)) or any(character.isdigit() for character in capitals):
        return False
    initials = _SURNAME_INITIALS.match(capitals)
    if initials:
        return re.sub(r"[. ]", "", initials.group("initials")) not in words["not_initials"]
    if _INITIALS_SURNAME.match(capitals):
        return True
    parts = capitals.replace("-", " ").split()
    return 2 <= len(parts) <= 3 and parts[0] in words["given_names"] and all(re.fullmatch(r"[A-Z'’]+", part) for part in parts)


@cache
def _words() -> Mapping[str, frozenset[str]]:
    """Lists of words in capitals, kept in ``person_words.toml``."""
    with Path(__file__).with_name("person_words.toml").open("rb") as stream:
        return {name: frozenset(text.split()) for name, text in tomllib.load(stream).items()}
