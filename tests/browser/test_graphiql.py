"""GraphiQL in a browser: it opens on an answer, and nothing but this service is asked."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect
from visiting import Visit, violations

pytestmark = pytest.mark.browser


GROUPINGS = "practices"
"""A word that the top of the answer about GP groupings holds, and that of no other question asked here."""


def answer(page: Page) -> Locator:
    """The lines of the answer."""
    return page.locator(".graphiql-response .view-lines")


def tab(page: Page, name: str) -> Locator:
    """The button of a tab."""
    return page.locator(".graphiql-tab-button", has_text=name)


async def open_graphiql(visit: Visit, path: str = "/graphiql") -> None:
    """Open GraphiQL and wait for the first answer."""
    await visit.go(path)
    await expect(answer(visit.page)).to_contain_text('"data"', timeout=60_000)


async def schema_read(page: Page) -> None:
    """Wait until the schema is there: the documentation shows its root type."""
    await page.get_by_role("button", name="Documentation").first.click()
    await expect(page.locator(".graphiql-doc-explorer-content")).to_contain_text("Query", timeout=60_000)


async def test_it_opens_on_a_question_with_its_answer_and_asks_no_other_host(visit: Visit) -> None:
    await open_graphiql(visit)
    page = visit.page
    await expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text("WhichServicesInWhichContract")
    await expect(answer(page)).to_contain_text("agreements")
    await expect(page.locator(".graphiql-editor-tools ~ section, .graphiql-editor-tool").first).to_contain_text("asOf")
    await schema_read(page)
    await page.wait_for_load_state("networkidle")
    assert visit.foreign == [], "another host was asked"
    assert visit.complaints == []


async def test_ready_questions_can_be_searched_opened_and_run(visit: Visit) -> None:
    await open_graphiql(visit)
    page = visit.page
    panel = page.locator(".ready")
    every = await panel.locator(".ready-question").count()
    assert every >= 20
    await panel.get_by_label("Search").fill("gp grouping")
    await expect(panel.get_by_role("status")).to_contain_text(f"of {every} questions")
    await panel.locator('[data-question="gp-groupings"]').click()
    await expect(tab(page, "GpGroupings")).to_have_attribute("aria-current", "true")
    await expect(answer(page)).to_contain_text(GROUPINGS)
    await panel.get_by_label("Search").fill("no question has these words")
    await panel.get_by_role("button", name="Show all").click()
    await expect(panel.locator(".ready-question")).to_have_count(every)
    # The same question again is the same tab.
    tabs = await page.locator(".graphiql-tab").count()
    await panel.locator('[data-question="gp-groupings"]').click()
    await expect(page.locator(".graphiql-tab")).to_have_count(tabs)
    assert visit.complaints == []


async def test_explorer_and_documentation_show_the_ontology(visit: Visit) -> None:
    await open_graphiql(visit)
    page = visit.page
    await schema_read(page)
    await page.locator(".graphiql-doc-explorer-content").get_by_role("link", name="Query", exact=True).click()
    await expect(page.locator(".graphiql-doc-explorer-content")).to_contain_text("careSystems")
    await page.get_by_role("button", name="Show Explorer").click()
    await expect(page.locator(".graphiql-explorer-root")).to_contain_text("agreements")
    assert visit.complaints == []


async def test_the_documentation_says_what_each_relation_and_each_class_is(visit: Visit) -> None:
    await open_graphiql(visit)
    page = visit.page
    await schema_read(page)
    shown = page.locator(".graphiql-doc-explorer-content")
    for name, value, meaning in (
        ("RelationName", "PART_OF", "It is wholly a part of the other"),
        ("EntityType", "Neighbourhood", "An area of some 30,000 to 50,000 people"),  # served without; filled in from the type
    ):
        await page.locator(".graphiql-doc-explorer-search input").fill(name)
        await page.get_by_role("option", name=name, exact=True).first.click()
        described = shown.locator(".graphiql-doc-explorer-item").filter(has_text=re.compile(f"^{value}"))
        await expect(described).to_contain_text(meaning)
        await page.locator(".graphiql-doc-explorer-back").click()
    assert visit.complaints == []


async def test_a_link_from_a_page_opens_its_question(visit: Visit) -> None:
    await visit.go("/questions/gp-groupings")
    await visit.page.get_by_role("link", name="Open in GraphiQL").click()
    await expect(answer(visit.page)).to_contain_text(GROUPINGS, timeout=60_000)


async def test_a_link_from_a_thing_asks_about_it(visit: Visit) -> None:
    await visit.go("/id/care-system/walsall")
    await visit.page.get_by_role("link", name="Ask about it in GraphiQL").click()
    await expect(answer(visit.page)).to_contain_text("care-system/walsall", timeout=60_000)
    await expect(answer(visit.page)).not_to_contain_text("errors")


async def test_the_keyboard_alone_runs_a_question(visit: Visit) -> None:
    await open_graphiql(visit)
    page = visit.page
    await expect(answer(page)).not_to_contain_text(GROUPINGS)
    await page.keyboard.press("Tab")
    for _ in range(60):
        if await page.locator('[data-question="gp-groupings"]:focus').count():
            break
        await page.keyboard.press("Tab")
    await expect(page.locator('[data-question="gp-groupings"]')).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(answer(page)).to_contain_text(GROUPINGS)
    # In the editor, Control and Enter run what is written there.
    await page.locator(".graphiql-query-editor textarea, .graphiql-query-editor .native-edit-context").first.focus()
    await page.keyboard.press("Control+Enter")
    await expect(answer(page)).to_contain_text(GROUPINGS)


async def test_a_reload_comes_back_to_the_tabs_with_their_variables(visit: Visit) -> None:
    await open_graphiql(visit)
    page = visit.page
    await page.locator('[data-question="gp-groupings"]').click()
    await expect(answer(page)).to_contain_text(GROUPINGS)
    await page.wait_for_timeout(800)  # GraphiQL keeps its tabs half a second after a change
    await page.reload()
    await expect(tab(page, "GpGroupings")).to_have_attribute("aria-current", "true")
    await expect(answer(page)).to_contain_text(GROUPINGS, timeout=60_000)
    assert await page.evaluate("Object.keys(localStorage).filter(key => /header/i.test(key) && localStorage[key])") == []


async def test_graphiql_has_no_serious_barrier_in_light_and_dark(visit: Visit) -> None:
    await open_graphiql(visit)
    page = visit.page
    assert await violations(visit) == []
    await page.locator('[data-question="gp-groupings"]').click()
    await expect(answer(page)).to_contain_text(GROUPINGS)
    await page.emulate_media(color_scheme="dark")
    await expect(page.locator("body")).to_have_class(re.compile("graphiql-dark"))
    assert await violations(visit) == []
