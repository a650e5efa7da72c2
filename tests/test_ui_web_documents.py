"""Documents that come and go, and one that tries everything."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser_steps import Visit, ask, marked_text, open_documents, shown_text, upload, violations

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

HOSTILE = r"""<script>window.harmed = 1</script><img src=x onerror="window.harmed = 2"><svg onload='window.harmed = 3'>

${Object.assign(window, {harmed: 4})} {{#each value}}{{this}}{{/each}} `${1}` <%= 7 * 7 %>
{{constructor.constructor('window.harmed = 5')()}}

**bold** [link](javascript:alert(1)) ![](http://192.0.2.1/x.png) <img src='http://192.0.2.1/y.png'>
$$\frac{1}{2}$$ \(x\) &amp; &lt;b&gt; &#x41; &nbsp; C:\new\table "quoted" 'single'

TABone tab,TABTABtwo tabs,   three spaces, 😀👩‍👩‍👧 eACUTE, RTLright to leftPOP, שלום עולם.


The zebra finch 😀 of Tasmania sings   exactly <b>fourteen</b> songs & never ${one} more.

LONG is a long line.
"""
SPELT = {"TAB": "\t", "ACUTE": "\u0301", "RTL": "\u202e", "POP": "\u202c", "LONG": "x" * 10_000}
for name, characters in SPELT.items():
    HOSTILE = HOSTILE.replace(name, characters)


def remove(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Remove {name}").click()
    expect(page.locator(".q-toast")).to_contain_text(f"Removed “{name}”")


def test_upload_ask_read_and_remove(visit: Visit, tmp_path: Path) -> None:
    word = f"quillon{secrets.token_hex(3)}"
    sentence = f"The {word} of Lake Baikal weighs exactly 412 kilograms in winter."
    good = tmp_path / f"{word}.txt"
    good.write_text(f"Some words before it.\n\n{sentence}\n\nAnd some after it.\n")
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "noise.txt").write_bytes(bytes(range(256)) * 8)
    page = visit()
    open_documents(page)
    expect(page.locator(".q-table tbody tr")).to_have_count(2)
    upload(page, good, tmp_path / "empty.txt", tmp_path / "noise.txt")
    expect(page.locator(".q-report")).to_contain_text("Added")
    expect(page.locator(".q-refused li")).to_have_count(2)
    expect(page.locator(".q-refused")).to_contain_text("noise.txt")
    expect(page.locator(".q-table tbody tr")).to_have_count(3)
    assert violations(page) == []
    page.get_by_role("tab", name="Ask").click()
    turn = ask(page, f"How much does the {word} of Lake Baikal weigh in winter?")
    expect(turn.locator(".q-lead .q-words")).to_contain_text(sentence)
    assert shown_text(page) == good.read_text()
    open_documents(page)
    title = page.locator(".q-table tbody tr", has_text=good.name).locator("a.q-title").inner_text()
    remove(page, title)
    expect(page.locator(".q-table tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".q-table tbody tr")).to_have_count(3)
    page.get_by_role("tab", name="Ask").click()
    again = ask(page, f"How much does the {word} of Lake Baikal weigh in winter?")
    assert again.locator(".q-card").all_inner_texts() == turn.locator(".q-card").all_inner_texts()
    open_documents(page)
    remove(page, title)
    expect(page.locator(".q-table tbody tr")).to_have_count(2)
    page.get_by_role("tab", name="Ask").click()
    expect(page.locator(".q-reader-title")).not_to_have_text(title)
    page.locator(".q-lead").first.click()
    expect(page.locator(".q-note")).to_be_visible()


def test_a_hostile_document_is_shown_character_for_character(visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "hostile & <i>name.txt"
    file.write_bytes(HOSTILE.encode())
    page = visit()
    open_documents(page)
    upload(page, file)
    expect(page.locator(".q-report")).to_contain_text("Added")
    row = page.locator(".q-table tbody tr").filter(has_text="hostile")
    title = row.locator("a.q-title").inner_text()
    row.get_by_role("button", name="Read").click()
    expect(page.locator(".q-reader-title")).to_have_text(title)
    assert shown_text(page) == HOSTILE
    turn = ask(page, "How many songs does the zebra finch of Tasmania sing?")
    card = turn.locator(".q-card").first
    expect(card.locator(".q-words")).to_contain_text("zebra finch 😀 of Tasmania")
    quote = card.locator(".q-words").evaluate("node => node.textContent")
    assert quote in HOSTILE
    assert shown_text(page) == HOSTILE
    assert marked_text(page, 1) == quote
    expect(page.locator(".q-text mark.q-active").first).to_be_in_viewport()
    ask(page, HOSTILE[:900])
    expect(page.locator(".q-turn").last.locator("h2")).to_contain_text("<script>window.harmed = 1</script>")
    assert page.evaluate("window.harmed === undefined")
    assert violations(page) == []
    open_documents(page)
    remove(page, title)


def test_a_pdf_is_quoted_with_its_page(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    sheet = page.context.new_page()
    gulls, lamp = "<p>Gulls nested on the gallery.</p>" * 30, "<p>The keeper lit the lamp at dusk.</p>" * 30
    tower = "<p style='break-before: page'>The tower of Skomvaer was built in 1887 from cast iron plates.</p>"
    sheet.set_content(f"<title>On lighthouses</title>{lamp}{tower}{gulls}")
    sheet.pdf(path=tmp_path / "lights.pdf", format="A4")
    sheet.close()
    open_documents(page)
    upload(page, tmp_path / "lights.pdf")
    expect(page.locator(".q-report")).to_contain_text("Added")
    title = page.locator(".q-table tbody tr", has_text="lights.pdf").locator("a.q-title").inner_text()
    page.get_by_role("tab", name="Ask").click()
    card = ask(page, "When was the tower of Skomvaer built?").locator(".q-card").first
    expect(card.locator(".q-place")).to_contain_text("page 2")
    expect(page.locator(".q-text mark.q-active").first).to_be_in_viewport()
    assert marked_text(page, 1) == card.locator(".q-words").evaluate("node => node.textContent")
    page.wait_for_function("() => [...document.images].every(one => one.complete)")  # the page's picture has come
    open_documents(page)
    remove(page, title)
