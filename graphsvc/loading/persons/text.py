"""Finds names of persons, telephone numbers and e-mail addresses in text.

Directories hold them in columns of their own, which loaders withhold whole, and inside names and descriptions, which is what
this is for. The patterns know UK forms. They err on the side of privacy: what looks like a person's name is withheld. Whoever
knows better says so in a list of names that are no persons (:mod:`graphsvc.loading.not_persons`), which is given as ``allowed``.
``python -m bench.persons`` measures the rule against labelled names.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Set
from functools import cache
from pathlib import Path
from typing import Final

WITHHELD: Final = "[withheld]"
PLACE_INITIALS: Final = 2
"""So many letters behind a name that is a place's too may be initials: WAKEFIELD RJ, but LEEDS VPS."""
NOBODY: Final[frozenset[str]] = frozenset()

_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PHONE: Final = re.compile(
    r"(?<![0-9A-Za-z.,/-])(?:\+44[ -]?(?:\(?0\)?)?|\(?0)[ ()-]{0,2}[1-37](?:[ ()-]{0,2}[0-9]){8,9}(?![0-9A-Za-z])"
)
_TITLES: Final = "Mr|Mrs|Ms|Miss|Mx|Dr|Drs|Cllr|Councillor|Prof|Professor|Sir|Dame|Rev|Revd"
_NAME_WORD: Final = r"(?:[A-Z](?![A-Za-z])\.?|(?:Mc|Mac|O['’]|D['’])?[A-Z][a-z'’]+(?:-?[A-Z][a-z'’]+)?)"
_TITLED: Final = re.compile(rf"(?<![A-Za-z])(?:{_TITLES})\.? {_NAME_WORD}(?: {_NAME_WORD}){{0,2}}")
_CUE: Final = re.compile(
    r"(?i:\b(?:contact(?: person| name)?|ask for|speak (?:to|with)|talk to|ring|call|telephone|phone|e-?mail|text|write to|attn"
    r"|fao|c/o|care of|run by|led by|managed by|hosted by|organised by|facilitated by|co-?ordinat(?:or|ed by)|manager|leader"
    r"|organiser|secretary|chair(?:man|woman|person)?|treasurer|instructor|tutor|teacher|warden|caretaker|keyworker|founder)"
    r"\b(?: is| are)?[:,.\-–]* ?)"
    rf"(?P<name>{_NAME_WORD}(?: {_NAME_WORD}){{0,2}})"
)
"""What stands before the name of a person in a text: ``please contact Pat Example on``."""
_FULL_NAME: Final = re.compile(rf"(?<![A-Za-z'’-])(?P<name>{_NAME_WORD} {_NAME_WORD}(?: {_NAME_WORD})?)(?![A-Za-z'’-])")
_WELSH_COUNTY: Final = re.compile(r"^Sir (?:Benfro|Ddinbych|Fynwy|Gaerfyrddin|G[aâ]r|Ceredigion|Ynys|Powys)")
"""Sir is Welsh for county: Cyngor Sir Ddinbych is a council."""
_PLACE_AFTER: Final = re.compile(r"(?:Hospital|Centre|House|School|College|Academy|Unit|Ward)\b")

_TITLED_CAPITALS: Final = re.compile(
    r"(?<![A-Z'’])(?P<title>DRS?|MRS?|MS|MISS|MX|PROF|PROFESSOR|CLLR|COUNCILLOR|REVD?|DAME)\b[. ]+(?P<next>[A-Z][A-Z'’.-]*)"
)
_SURNAME: Final = r"(?:(?:VAN|VON|DE|DA|DI|DEL|EL|AL|LE|LA|MC|MAC|ST) )?[A-Z][A-Z'’]{2,}(?:-[A-Z'’]+)?"
_SURNAME_INITIALS: Final = re.compile(rf"^(?P<surname>{_SURNAME}),? (?P<initials>[A-Z]{{1,3}}|[A-Z](?:[. ]+[A-Z]){{0,2}}\.?)$")
_INITIALS_SURNAME: Final = re.compile(rf"^(?P<initials>(?:[A-Z]\.? ?){{1,3}}) (?P<surname>{_SURNAME})(?P<of>['’]S? .*)?$")
_PARTNERS: Final = re.compile(r"(?:&|\bAND) (?:PARTNERS|PTNRS|PTRS|ASSOCIATES)\b")
_FIRM: Final = re.compile(r"\b(?:LTD|LIMITED|LLP|PLC|CIC|INC)\b")
_BRACKETS: Final = re.compile(r"[(\[]([^()\[\]]*)[)\]]?")
_DASH: Final = re.compile(r"\s[-–]\s")


def without_persons(text: str, allowed: Set[str] = NOBODY) -> tuple[str, Counter[str]]:
    """Replaces e-mail addresses, telephone numbers and names of persons by ``[withheld]``; returns also how many of each.

    A name is one with a title, one behind a word such as *contact*, or a given name with another word in capitals. ``allowed``
    are texts, in small letters, that are known to be no persons.
    """
    clean, taken = taken_out(text, allowed)
    return clean, Counter(sort for sort, _ in taken)


def taken_out(text: str, allowed: Set[str] = NOBODY) -> tuple[str, list[tuple[str, str]]]:
    """Takes persons out as :func:`without_persons`; returns also every piece that was taken out, with its sort."""
    taken: list[tuple[str, str]] = []

    def take(sort: str, piece: str) -> str:
        taken.append((sort, piece))
        return WITHHELD

    if "@" in text:
        text = _EMAIL.sub(lambda found: take("e-mail address", found.group()), text)
    text = _PHONE.sub(lambda found: take("telephone number", found.group()), text)

    def titled(found: re.Match[str]) -> str:
        after = text[found.end() :].lstrip()
        place = _PLACE_AFTER.search(found.group()) or _PLACE_AFTER.match(after)
        county = _WELSH_COUNTY.match(found.group()) or text[: found.start()].endswith("Cyngor ")
        words = found.group().upper().replace(".", "").split()
        no_title = words[0] == "MS" and (words[1] in _words()["organisation"] or words[1] in _words()["places"])
        known = found.group().casefold() in allowed
        return found.group() if place or county or no_title or known else take("name of a person", found.group())

    def cued(found: re.Match[str]) -> str:
        name, cue = found.group("name"), found.group()[: found.start("name") - found.start()]
        rest = text[found.end() :]
        if name.casefold() in allowed or not _behind_cue(name, rest):
            return found.group()
        return cue + take("name of a person", name)

    def full(found: re.Match[str]) -> str:
        name = found.group("name")
        if name.casefold() in allowed or not _in_text(name, text[: found.start()], text[found.end() :]):
            return name
        return take("name of a person", name)

    text = _TITLED.sub(titled, text)
    text = _CUE.sub(cued, text)
    text = _FULL_NAME.sub(full, text)
    return text, taken


def _behind_cue(name: str, after: str) -> bool:
    """Tells whether the words after *contact* and the like name a person: a given name, or words that are nothing else."""
    words = _plain(name)
    known = _words()
    if _institution(words, after):
        return False
    if len(words) == 1:
        return words[0] in known["given_names"] and words[0] not in known["given_places"]
    return not any(word in known["places"] or word in known["heading"] for word in words) or words[0] in known["given_names"]


def _in_text(name: str, before: str, after: str) -> bool:
    """Tells whether words within a text are a given name and a surname, and not a street, saint or institution."""
    words = _plain(name)
    known = _words()
    last = re.findall(r"[A-Za-z]+", before[-20:])
    if words[0] not in known["given_names"] or (last and last[-1].upper() in known["honours"]) or _institution(words, after):
        return False
    doubtful = words[0] in known["given_places"]
    return not any(
        word in known["places"] or word in known["heading"] or (doubtful and word in known["surnames_too"]) for word in words[1:]
    )


def _institution(words: list[str], after: str) -> bool:
    """Tells whether words, or one of the two after them, belong to an organisation or a street."""
    known = _words()
    behind = [word.upper() for word in re.findall(r"[A-Z][A-Za-z]+", re.split(r"[.,;:()\n]", after, maxsplit=1)[0][:40])[:2]]
    if not re.match(r" [A-Z]", after):
        behind = []
    places = known["surnames_too"]
    return any(word in known["organisation"] for word in [*words, *behind]) or any(word in places for word in behind)


def _plain(name: str) -> list[str]:
    return [word for word in re.split(r"[^A-Z'’-]+", name.upper()) if word]


def names_person(name: str, allowed: Set[str] = NOBODY) -> bool:
    """Tells whether the name of an organisation seems to name a person: ``DR A EXAMPLE'S PRACTICE``, ``EXAMPLE JA``.

    ``allowed`` are names, in small letters, that are known to name none.
    """
    plain = " ".join(name.split())
    if not plain or plain.casefold() in allowed:
        return False
    if _names(plain):
        return True
    bracketed = [part.strip() for part in _BRACKETS.findall(plain)]
    others = [part.strip() for part in _DASH.split(_BRACKETS.sub(" - ", plain)) if part.strip()]
    parts = [(part, "brackets") for part in bracketed] + [(part, "dash") for part in others if part != plain]
    return any(part and part.casefold() not in allowed and _names(part, inside=inside) for part, inside in parts)


def _names(name: str, *, inside: str = "") -> bool:
    """Tells whether a whole name is a person's; ``inside``: it is part of a longer one, in ``brackets`` or after a ``dash``."""
    known = _words()
    capitals = name.upper()
    if _titled(capitals):
        return True
    words = re.findall(r"[A-Z]+", capitals)
    if _PARTNERS.search(capitals) and not _FIRM.search(capitals):
        before = re.findall(r"[A-Z'’-]+", _PARTNERS.split(capitals)[0])
        return 1 <= len(before) <= 3 and not known["organisation"].union(known["places"], {"THE"}).intersection(before)
    cased = not name.isupper()
    initials = _INITIALS_SURNAME.match(capitals)
    if initials and initials.group("of"):
        short = initials.group("initials").replace(".", "").strip()
        if short in known["honours"] | known["abbreviations"] | known["organisation"]:
            return False
        return initials.group("surname") not in known["organisation"]
    if known["organisation"].intersection(words) or any(character.isdigit() for character in capitals):
        return False
    found = _SURNAME_INITIALS.match(capitals)
    first, last = name.split(maxsplit=1)[0], name.rsplit(maxsplit=1)[-1]
    behind = found is not None and not (cased and not last.isupper())
    most = 2 if inside == "dash" else 3
    if found and behind and _with_initials(found.group("surname"), found.group("initials"), most, comma="," in capitals):
        return True
    leads = initials is not None and not (cased and (last.islower() or not first.isupper()))
    if initials and leads and _after_initials(initials.group("initials"), initials.group("surname"), inside=inside == "brackets"):
        return True
    return _with_given_name(capitals)


def _titled(capitals: str) -> bool:
    for found in _TITLED_CAPITALS.finditer(capitals):
        after = found.group("next").strip("'’.-").removesuffix("'S").removesuffix("’S")
        if after in _words()["organisation"]:
            continue
        if found.group("title") in ("MS", "MR") and after in _words()["places"]:
            continue
        return True
    return False


def _with_initials(surname: str, initials: str, most: int, *, comma: bool) -> bool:
    """Recognises ``EXAMPLE JA``, but no place (``LEEDS VPS``) and no abbreviation after a word (``ABBEY HC``, ``LANE END``)."""
    known = _words()
    short = re.sub(r"[. ]", "", initials)
    words = re.split(r"[ -]", surname)
    place = all(word in known["places"] for word in words)
    if place and (len(short) > PLACE_INITIALS or short in known["abbreviations"]):
        return False
    if short in known["not_initials"] and not comma:
        return False
    if len(short) > most or _NOUN.search(surname) or not _SPOKEN.search(surname):
        return False
    if not comma and all(word in known["surnames_too"] for word in words):
        return all(word in known["surnames"] for word in words) and not _WORD.match(short) and surname != "WARD"
    return True


_WORD: Final = re.compile(r"^[^AEIOU][AEIOUY][^AEIOU]$")
"""Three letters that can be spoken: HILL TOP is no person, HILL AAJ is one."""


def _after_initials(initials: str, surname: str, *, inside: bool) -> bool:
    """Recognises ``J G EXAMPLE`` and ``RP EXAMPLE``; three letters without a space are an abbreviation."""
    known = _words()
    short = re.sub(r"[. ]", "", initials)
    together = short in initials
    place = surname in known["surnames_too"] and surname not in known["surnames"]
    compass = short in ("N", "E", "S", "W") or len(short) > 1
    if _NOUN.search(surname) or not _SPOKEN.search(surname) or (surname in known["places"] and compass):
        return False
    if not inside and (surname in known["heading"] or place):
        return False
    if together and len(short) > 1 and (short in known["abbreviations"] or (short in known["not_initials"] and not inside)):
        return False
    return not together or len(short) <= 2


_NOUN: Final = re.compile(
    r"(?:TION|TIONS|MENT|MENTS|NESS|ITY|ITIES|ISM|SHIP|OLOGY|CARE|WISE|ABLE|LESS|ICS|IATRY|SCOPY|OPD|PATIENTS?)$"
)
"""How words end that are no surnames."""
_SPOKEN: Final = re.compile(r"[AEIOUY]")


def _with_given_name(capitals: str) -> bool:
    """Recognises ``JANE EXAMPLE`` and ``EXAMPLE, JANE``: two or three words, none of them a place's."""
    known = _words()
    comma = "," in capitals
    parts = capitals.replace("-", " ").replace(",", " ").replace(".", " ").split()
    if not 2 <= len(parts) <= 4 or not all(re.fullmatch(r"[A-Z'’]+", part) for part in parts):
        return False
    if parts[0] in known["honours"] or any(part in known["places"] for part in parts[1:]):
        return False
    if any(part in known["streets"] for part in parts[1:-1]) or (len(parts) > 2 and parts[-1] in known["surnames_too"]):
        return False
    if parts[-1] in known["not_initials"]:
        return False
    if parts[0] in known["given_names"]:
        doubtful = parts[0] in known["given_places"] or parts[-1] in known["streets"]
        return not (doubtful and parts[-1] in known["surnames_too"]) and (len(parts) < 4 or "-" in capitals)
    last = parts[1:] if comma else parts[-1:]
    taken = known["places"] if comma else known["surnames_too"] | known["places"]
    return len(parts) == 2 and parts[0] not in taken and last[0] in known["given_names"]


@cache
def _words() -> Mapping[str, frozenset[str]]:
    """Reads the lists of words in capitals from ``person_words.toml``."""
    with Path(__file__).with_name("person_words.toml").open("rb") as stream:
        return {name: frozenset(text.split()) for name, text in tomllib.load(stream).items()}


@cache
def heading_names_person(heading: str) -> bool:
    """Tells whether a heading seems to be a person's name: two or three words, one a given name or none of them known."""
    known = _words()
    words = heading.split()
    if not 2 <= len(words) <= 3 or not all(re.fullmatch(r"[A-Z][A-Za-z'’.-]*", word) for word in words):
        return False
    capitals = [word.upper().strip(".") for word in words]
    if any(word in known["heading"] or word in known["organisation"] for word in capitals):
        return False
    usual = known["places"] | known["surnames_too"] | known["not_initials"]
    return any(word in known["given_names"] for word in capitals) or not any(word in usual for word in capitals)
