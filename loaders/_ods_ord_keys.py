"""Normalises the keys of an ORD entry, which the interface's list and its full entries write with different capitals.

A module of its own, so that the loader knows one spelling only.
"""

from __future__ import annotations

from typing import Any, Final

_KEYS: Final = """
    Organisation Name Date OrgId Status LastChangeDate orgRecordClass refOnly GeoLoc Location Town County PostCode Country UPRN
    AddrLn1 AddrLn2 AddrLn3 AddrLn4 AddrLn5 Contacts Contact type value Roles Role id uniqueRoleId primaryRole Rels Rel
    uniqueRelId Target PrimaryRoleId PrimaryRoleDescription Succs Succ uniqueSuccId Start End root assigningAuthorityName
    extension OrgLink
"""
_AS_SPELT: Final = frozenset(_KEYS.split())
_SPELT: Final = {key.casefold(): key for key in _AS_SPELT}


def spelt(value: Any) -> Any:
    """Returns the value with the keys of a full entry; the second of two that become one keeps its own."""
    if isinstance(value, list):
        return [spelt(item) for item in value]
    if not isinstance(value, dict):
        return value
    made: dict[str, Any] = {}
    key: str
    for key, item in value.items():
        name = key if key in _AS_SPELT else _SPELT.get(key.casefold(), key)
        made[f"{key} (again)" if name in made else name] = spelt(item)
    return made
