"""Stand-ins of a store, for tests of what asks little of one."""

from __future__ import annotations

from typing import cast

from graphsvc.store import Store


def stand_in(what: object) -> Store:
    """Something that plays a store: it has no more of its protocol than the test needs."""
    return cast(Store, what)
