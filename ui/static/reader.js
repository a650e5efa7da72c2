// The reader: a whole document, character for character, with the quotes of the current answer marked in it.
import { button, el, follow, hear, icon, tell } from "./dom.js";
import { fetchJson } from "./fetching.js";
import { Pages } from "./reader-pages.js";
import { Places } from "./reader-places.js";
import { Sheet } from "./reader-sheet.js";
import { TextView } from "./reader-text.js";

const KEPT = 8; // documents whose text stays in the browser
const AFTER_PAINT = 30; // milliseconds; the words are looked for elsewhere when they are on the screen

const texts = new Map(); // document id -> a promise of its text
let parts; // the elements of the reader
let shown = null; // the id of the document on display
let current = { document: null }; // what was asked for last
let wanted = 0; // counts requests, so that a slow document does not overwrite a later one
let linked = false; // whether the address of the page asked for a place, and nothing has been opened by hand since

export function mount(element, component) {
  parts = build(component);
  element.replaceChildren(parts.reader);
  hear("open", (detail) => isAsked(detail) && show(detail));
  hear("refused", ({ document: id }) => isAsked({}) && show({ document: id ?? shown, refused: true }));
  hear("read", ({ document: id }) => isAsked({ present: true }) && show({ document: id, present: true }));
  hear("ask", () => (linked = false));
  hear("fresh", (_, event) => event.defaultPrevented || show({ document: shown }));
  hear("close", () => parts.sheet.close());
  hear("plain", () => show({ document: shown }));
  hear("gone", ({ notice, present }) => show({ document: shown, notice, present }));
  hear("lend", ({ host }) => lend(host ?? element));
  hear("shelf", ({ documents }) => shelfChanged(documents));
  const place = placeInAddress();
  follow(component, ({ open }) => {
    if (shown !== null || wanted) return;
    if (place) followLink(place, open);
    else show({ document: open });
  });
}

function build(component) {
  const reader = el("section", "q-reader");
  reader.setAttribute("aria-label", "Source");
  const title = el("h2", "q-reader-title", "No document yet");
  title.dir = "auto";
  const summary = el("p", "q-reader-summary", "Add one under Documents.");
  const count = el("p", "q-count");
  const previous = button("Previous quote", "up", () => tell("step", { by: -1 }), { quiet: true });
  const next = button("Next quote", "down", () => tell("step", { by: 1 }), { quiet: true });
  const close = button("Close the document", "close", () => parts.sheet.close(), { quiet: true, classes: "q-close" });
  previous.disabled = next.disabled = true;
  const text = new TextView();
  const places = new Places({ go: (place) => show({ ...current, ...place, elsewhere: true }), back: () => show({ ...current, again: true }) });
  const pages = new Pages(text, (visible) => reader.classList.toggle("q-pictured", visible));
  const head = el("header", "q-reader-head", icon("page"), el("div", "q-reader-names", title, summary), count, pages.toggle, previous, next, close);
  const note = el("p", "q-note");
  note.hidden = true;
  const said = el("p", "q-unseen");
  said.setAttribute("role", "status");
  reader.append(head, note, places.node, el("div", "q-sheet", text.node, pages.node), said);
  const sheet = new Sheet(reader, { first: close, always: component.always });
  return { reader, title, summary, count, previous, next, note, said, text, places, pages, sheet };
}

/** What the address of the page asked for stays until somebody does something. */
function isAsked({ present }) {
  if (linked && !present) return false;
  linked = false;
  return true;
}

async function fetchText(id) {
  if (!texts.has(id)) {
    texts.set(id, fetchJson(`doc/${id}/text.json`));
    for (const old of [...texts.keys()].slice(0, Math.max(0, texts.size - KEPT))) texts.delete(old);
  }
  const text = await texts.get(id);
  if (text.error) texts.delete(id);
  return text;
}

/** `elsewhere` shows another place of the same words, `again` the quote once more: what was asked for stays the same. */
async function show(request) {
  const ticket = ++wanted;
  if (!request.elsewhere) current = { ...request, again: false };
  if (!request.elsewhere && !request.again) parts.places.clear();
  if (request.present) parts.sheet.open();
  if (request.document === null || request.document === undefined) return;
  parts.reader.setAttribute("aria-busy", "true");
  const text = await fetchText(request.document);
  if (ticket !== wanted) return;
  parts.reader.setAttribute("aria-busy", "false");
  if (text.error) {
    note(text.error);
    return;
  }
  if (shown !== request.document) drawDocument(text);
  drawPlaces(text, request);
}

function drawDocument(text) {
  shown = text.id;
  parts.reader.dataset.document = text.id;
  parts.title.textContent = text.title;
  parts.title.title = text.title;
  parts.summary.textContent = text.summary;
  parts.text.draw(text.paragraphs);
}

function drawPlaces(text, request) {
  const { number, marks } = request;
  const place = marks?.places?.[number] ?? null;
  parts.text.mark(marks?.paragraphs ?? {});
  describe(request);
  parts.text.goTo(parts.text.activate(number));
  parts.text.drawTicks((chosen) => tell("number", { number: chosen }));
  parts.pages.open(text, place);
  if (request.elsewhere || request.again || !place) return;
  if (request.found) parts.places.show(request.found);
  else setTimeout(() => request.number === current.number && shown === text.id && parts.places.look(text.id, place), AFTER_PAINT);
}

function describe({ number, total, answers, refused, notice, present, elsewhere, said }) {
  parts.reader.classList.toggle("q-dimmed", Boolean(refused));
  parts.reader.classList.toggle("q-nearest", answers === false);
  const quote = number && total ? `${answers ? "Quote" : "Nearest"} ${elsewhere ? current.number : number} of ${total}` : "";
  parts.count.textContent = quote;
  parts.previous.disabled = parts.next.disabled = !quote || total < 2;
  note(notice ?? (refused ? "No answer was found in this text." : answers === false ? "One of the nearest passages, not an answer." : ""));
  if (said) parts.said.textContent = said;
  else if (present) parts.said.textContent = `${quote ? `${quote}, in ` : ""}${parts.title.textContent}. ${parts.note.textContent}`;
}

function note(sentence) {
  parts.note.textContent = sentence;
  parts.note.hidden = !sentence;
}

function placeInAddress() {
  const asked = new URLSearchParams(location.search);
  const id = asked.get("doc");
  if (!id || asked.has("q")) return null; // what answers the question will be opened
  asked.delete("doc");
  return { id, query: asked };
}

/** Opens the place that the address of the page names, or `otherwise` another document, and says what has changed. */
async function followLink({ id, query }, otherwise) {
  wanted += 1;
  linked = true;
  const found = query.has("start") || query.has("sha") ? await fetchJson(`doc/${encodeURIComponent(id)}/places.json?${query}`) : { document: id, notice: "" };
  if (!linked) return;
  if (found.error) show({ document: otherwise, notice: found.error, present: true });
  else if (found.own) show({ document: found.document, number: found.own, marks: found.marks[found.document], found, present: true });
  else show({ document: found.document, notice: found.notice || undefined, present: true });
}

/** The one reader moves to where somebody reads: beside the conversation, or beside an evaluation. */
function lend(host) {
  parts.sheet.close();
  linked = false;
  host.append(parts.reader);
}

function shelfChanged(documents) {
  for (const id of texts.keys()) if (!documents.some((document) => document.id === id)) texts.delete(id);
  if (documents.some((document) => document.id === shown)) return;
  const gone = shown !== null;
  shown = null;
  if (documents.length) show({ document: documents[0].id });
  else if (gone) {
    parts.text.clear();
    parts.pages.hide();
    parts.places.clear();
    parts.title.textContent = "No document yet";
    parts.summary.textContent = "Add one under Documents.";
    describe({});
  }
}
