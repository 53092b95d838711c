"""Reads the whole answer of a question: its root lists page by page, the lists within them at full length.

A page that a question asks for keeps an answer on a screen short; a file has to hold all of it. What is left out all the same,
because it passes a limit or because somebody asked for so many, is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graphsvc.api.execution import add_certainty
from graphsvc.api.list_pages import Listed, Lists, alone, counting, paged
from graphsvc.api.service import GraphQLService
from graphsvc.errors import LimitExceeded, StoreBusy

MOST: Final = 100_000
"""Things of a root list that are read."""
_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Cut:
    """A list that is cut: it is, or may be, longer than what is shown of it."""

    path: tuple[str, ...]
    """Response keys."""
    shown: int
    total: int | None
    """``None`` where it is not known; the list then is as long as its page, and may be longer."""


@dataclass
class Whole:
    """An answer read to its end, with the lists that are still cut."""

    data: dict[str, Any] = field(default_factory=dict)
    extensions: dict[str, Any] = field(default_factory=dict)
    cuts: list[Cut] = field(default_factory=list)
    dated: dict[tuple[str, int], Mapping[str, Any]] = field(default_factory=dict)
    """What each page said of a date: its certainties, and when its sources spoke. A page that is read again says it again."""

    days: dict[str, str] = field(default_factory=dict)
    """The day of each root field that has one."""

    @property
    def told(self) -> dict[str, Any]:
        """The extensions, with what all pages together say of a date."""
        found = dict(self.extensions)
        for page in self.dated.values():
            add_certainty(found, page["certainty"], page["told"].values())
        if len(set(self.days.values())) > 1:
            found["asOfByField"] = self.days
        return found

    @property
    def answer(self) -> dict[str, Any]:
        """The answer as GraphQL shapes it."""
        incomplete = [{"path": list(cut.path), "shown": cut.shown, "total": cut.total} for cut in self.cuts]
        rest = {key: value for key, value in self.told.items() if key != "incomplete"}
        return {"data": self.data, "extensions": rest | ({"incomplete": incomplete} if incomplete else {})}


class _RevisionChanged(Exception):
    """Raised if a load is published between two pages."""


async def read_whole(service: GraphQLService, query: str, variables: Mapping[str, Any], most: int = MOST) -> Whole:
    """Read everything that a question asks for, at most ``most`` things of a root list, at one revision.

    Raises what :meth:`GraphQLService.ask` raises, and StoreBusy where loads are published faster than it can be read.
    """
    for _ in range(_ATTEMPTS):
        try:
            return await _Reader(service, query, variables, most).read()
        except _RevisionChanged:
            continue
    raise StoreBusy("Loads are being published faster than the answer can be read.", "Ask again in a moment.")


async def cuts_of(service: GraphQLService, query: str, variables: Mapping[str, Any], answer: Mapping[str, Any]) -> list[Cut]:
    """The lists that are cut in the answer of one plain request, with the totals of root lists."""
    lists = Lists(query, service.schema.graphql, variables, service.settings)
    cuts = []
    for path, found in lists.full(answer.get("data") or {}).items():
        total = await _count(service, lists, found, variables) if len(path) == 1 else None
        if total is None or total > found.size:
            cuts.append(Cut(path, found.size, total))
    return cuts


async def _count(service: GraphQLService, lists: Lists, listed: Listed, variables: Mapping[str, Any]) -> int | None:
    """Count a root list; ``None`` if the schema cannot count it."""
    text = counting(lists, listed)
    if text is None:
        return None
    answer = await service.ask(text, lists.used(text, variables))
    total: int = answer["data"]["counted"]["totalCount"]
    return total


class _Reader:
    """Reads the whole answer of one question."""

    def __init__(self, service: GraphQLService, query: str, variables: Mapping[str, Any], most: int) -> None:
        self.service = service
        self.variables = variables
        self.most = most
        self.lists = Lists(query, service.schema.graphql, variables, service.settings)
        self.whole = Whole()

    async def read(self) -> Whole:
        """Read each root field by itself."""
        for key in self.lists.roots:
            listed = self.lists.found.get((key,))
            if listed is None or not listed.pages:
                await self._once(key)
            else:
                await self._pages(key, listed)
        return self.whole

    async def _ask(self, key: str, text: str, more: Mapping[str, Any]) -> dict[str, Any]:
        answer = await self.service.ask(text, {**self.lists.used(text, self.variables), **more})
        extensions = answer.get("extensions") or {}
        revision = extensions.get("revision", self.whole.extensions.get("revision"))
        if self.whole.extensions.get("revision", revision) != revision:
            raise _RevisionChanged
        if "certainty" in extensions:
            self.whole.dated[key, more.get("wholeOffset", 0)] = extensions
            self.whole.days[key] = extensions["asOf"]
        for name, value in extensions.items():
            if name in ("certainty", "told"):
                continue
            if isinstance(value, list):
                self.whole.extensions[name] = [*self.whole.extensions.get(name, []), *value]
            else:
                self.whole.extensions.setdefault(name, value)
        data: dict[str, Any] = answer["data"]
        return data

    async def _once(self, key: str) -> None:
        """Read a root field that has no pages; one that has a size (the search) with the largest."""
        listed = self.lists.found.get((key,))
        within = {path for path in self.lists.found if path[0] == key}
        data = await self._ask(key, alone(self.lists, key), {})
        full = self.lists.full(data)
        if full and (listed is None or not listed.limited):
            data = await self._ask(key, alone(self.lists, key, widened=within & full.keys()), {})
        self.whole.data.update(data)
        self._tell(self.lists.full(data, within & full.keys() if listed is None or not listed.limited else set()))

    async def _pages(self, key: str, listed: Listed) -> None:
        """Read a root list, page after page."""
        wanted = min(self.most, listed.size) if listed.limited else self.most
        text = paged(self.lists, key)
        size = min(max(listed.size, 1), self.service.settings.max_page)
        offset = 0
        while offset < wanted or offset == 0:
            page = min(size, max(wanted - offset, 0))
            try:
                data, told = await self._page(key, text, listed.offset + offset, page)
            except LimitExceeded:
                if size == 1:
                    raise
                size = max(1, size // 4)
                continue
            read = _append(self.whole.data, key, data[key])
            self._tell(told)
            offset += read
            if read < page or page == 0:
                return
        total = await _count(self.service, self.lists, listed, self.variables)
        if total is None or total > listed.offset + offset:
            self.whole.cuts.append(Cut((key,), offset, total))

    async def _page(self, key: str, text: str, offset: int, size: int) -> tuple[dict[str, Any], dict[tuple[str, ...], Listed]]:
        """Read one page; again with longer lists within it if one is as long as its page."""
        given = {"wholeOffset": offset, "wholeFirst": size}
        data = await self._ask(key, text, given)
        full = {path: found for path, found in self.lists.full(data).items() if len(path) > 1 and not found.limited}
        if not full:
            return data, {}
        data = await self._ask(key, paged(self.lists, key, widened=set(full)), given)
        return data, {path: found for path, found in self.lists.full(data, set(full)).items() if len(path) > 1}

    def _tell(self, full: Mapping[tuple[str, ...], Listed]) -> None:
        told = {cut.path for cut in self.whole.cuts}
        self.whole.cuts += [Cut(path, found.size, None) for path, found in full.items() if path not in told]


def _append(data: dict[str, Any], key: str, page: Any) -> int:
    """Add a page to the data; the number of things in it."""
    if isinstance(page, list):
        data.setdefault(key, []).extend(page)
        return len(page)
    held = data.setdefault(key, {name: [] if isinstance(value, list) else value for name, value in page.items()})
    read = 0
    for name, value in page.items():
        if isinstance(value, list) and name != "hidden":
            held[name].extend(value)
            read = max(read, len(value))
    return read


def remaining(cuts: Sequence[Cut]) -> Iterator[str]:
    """Describe the cut lists, one sentence each."""
    for cut in cuts:
        what = " > ".join(part.removesuffix("Connection") for part in cut.path if part not in ("edges", "node", "nodes"))
        if cut.total is None:
            yield f"{what}: at most {cut.shown:,} are shown, and there may be more."
        else:
            yield f"{what}: {cut.shown:,} of {cut.total:,} are shown."
