"""The pages in a browser: access, width, themes, tables, and that they work without scripts."""

from __future__ import annotations

import csv
import io

import pytest
from playwright.async_api import Browser, expect
from visiting import COLOURS, Visit, violations, visit_with

pytestmark = pytest.mark.browser

THING = "/id/partnership/walsall-together"
SYSTEM = "/id/care-system/walsall"
QUESTION = "/questions/which-services-in-which-contract"
PAGES = ("/", "/questions", QUESTION, "/sources", "/docs", "/docs/Contract", "/search?q=walsal", SYSTEM, THING, "/nowhere")


@pytest.mark.parametrize("path", PAGES)
async def test_pages_have_no_serious_barrier_in_light_and_dark(visit: Visit, path: str) -> None:
    await visit.go(path)
    await visit.page.evaluate("for (const fold of document.querySelectorAll('main details')) fold.open = true")
    assert await violations(visit) == []
    await visit.page.emulate_media(color_scheme="dark")
    assert await violations(visit, COLOURS) == []


@pytest.mark.parametrize("path", [*PAGES, "/graphiql"])
async def test_no_page_scrolls_sideways_on_a_narrow_window(visit: Visit, path: str) -> None:
    await visit.page.set_viewport_size({"width": 360, "height": 780})
    await visit.go(path)
    if path == "/graphiql":
        await visit.page.locator(".graphiql-container").wait_for()
    for width in (360, 390, 768):
        await visit.page.set_viewport_size({"width": width, "height": 780})
        assert await visit.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", PAGES)
async def test_pages_ask_no_other_host_and_break_no_rule_of_their_policy(visit: Visit, path: str) -> None:
    await visit.go(path)
    await visit.page.wait_for_load_state("networkidle")
    assert visit.foreign == []
    assert [text for text in visit.complaints if "404" not in text or path != "/nowhere"] == []


async def test_home_leads_to_a_thing_and_to_who_says_so(visit: Visit) -> None:
    await visit.go("/")
    await visit.page.get_by_role("link", name="Walsall", exact=True).click()
    await expect(visit.page.get_by_role("heading", level=1)).to_have_text("Walsall")
    await visit.page.get_by_role("complementary").get_by_role("link", name="Walsall Together Update").click()
    await expect(visit.page.get_by_role("heading", level=1)).to_contain_text("Walsall Together", ignore_case=True)


async def test_a_definition_shows_on_hover_and_on_focus(visit: Visit) -> None:
    await visit.go(SYSTEM)
    term = visit.page.locator(".crumbs .term").first
    definition = term.locator(".definition")
    await expect(definition).to_be_hidden()
    await term.focus()
    await expect(definition).to_be_visible()
    await term.blur()
    await term.hover()
    await expect(definition).to_be_visible()


async def test_the_switch_changes_the_colours_and_the_choice_stays(visit: Visit) -> None:
    await visit.go("/")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = await visit.page.evaluate(colour)
    await visit.page.get_by_label("Light or dark").select_option("dark")
    dark = await visit.page.evaluate(colour)
    assert dark != light
    await visit.go("/docs")
    assert await visit.page.evaluate(colour) == dark
    await visit.page.get_by_label("Light or dark").select_option("auto")
    assert await visit.page.evaluate(colour) == light


async def test_a_table_sorts_and_copies_as_csv(browser: Browser, site: str) -> None:
    visit, context = await visit_with(browser, site, viewport={"width": 1280, "height": 900})
    await context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site)
    await visit.go("/sources")
    heading = visit.page.get_by_role("columnheader", name="Claims")
    claims = visit.page.locator("table").first.locator("tbody td.number")
    await heading.get_by_role("button").click()
    await expect(heading).to_have_attribute("aria-sort", "ascending")
    numbers = [int(text.replace(",", "")) for text in await claims.all_inner_texts()]
    assert numbers == sorted(numbers)
    await heading.get_by_role("button").click()
    assert [int(text.replace(",", "")) for text in await claims.all_inner_texts()] == sorted(numbers, reverse=True)
    await visit.go(QUESTION)
    await visit.page.get_by_role("button", name="Copy as CSV").click()
    await expect(visit.page.get_by_role("button", name="Copied")).to_be_visible()
    copied = list(csv.reader(io.StringIO(await visit.page.evaluate("navigator.clipboard.readText()"))))
    assert copied[0][:3] == ["System", "Agreements", "Type"]
    assert len(copied) - 1 == await visit.page.locator("#answer-1 tbody tr").count()
    await context.close()


async def test_pages_work_without_scripts(browser: Browser, site: str) -> None:
    visit, context = await visit_with(browser, site, java_script_enabled=False)
    await visit.go(QUESTION)
    await visit.page.get_by_label("System").fill("Wolverhampton")
    await visit.page.get_by_role("button", name="Ask").click()
    await expect(visit.page.get_by_label("System")).to_have_value("Wolverhampton")
    await expect(visit.page.get_by_role("link", name="Take as CSV")).to_be_visible()
    await expect(visit.page.get_by_label("Light or dark")).to_be_hidden()
    await visit.go("/graphiql")
    await expect(visit.page.get_by_text("GraphiQL needs scripts")).to_be_visible()
    await context.close()


async def test_the_keyboard_reaches_the_content_and_focus_is_seen(visit: Visit) -> None:
    await visit.go("/")
    await visit.page.keyboard.press("Tab")
    await expect(visit.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await visit.page.keyboard.press("Enter")
    await visit.page.keyboard.press("Tab")
    focused = visit.page.locator(":focus")
    assert await focused.evaluate("element => document.querySelector('main').contains(element)")
    assert await focused.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"


async def test_nothing_moves_for_those_who_ask_for_less_motion(browser: Browser, site: str) -> None:
    visit, context = await visit_with(browser, site, reduced_motion="reduce")
    await visit.go("/")
    durations = "[...document.querySelectorAll('*')].map(element => getComputedStyle(element).transitionDuration)"
    assert set(await visit.page.evaluate(durations)) == {"0s"}
    await context.close()
