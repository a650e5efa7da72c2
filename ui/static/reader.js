// The reader: a whole document, character for character, with the quotes of the current answer marked in it.
import { button, drawPieces, el, follow, hear, icon, tell } from "./dom.js";

const LONG = 150; // paragraphs; in longer documents those out of sight are not laid out
const KEPT = 8; // documents whose text stays in the browser

const texts = new Map(); // document id -> its paragraphs and title, or a promise of them
let parts; // the elements of the reader
let shown = null; // the id of the document on display
let wanted = 0; // counts requests, so that a slow document does not overwrite a later one
let marked = []; // the positions of paragraphs that are drawn in pieces
let opener = null; // what had the focus when the sheet came up on a small screen

export function mount(element, component) {
  parts = build();
  element.replaceChildren(parts.reader);
  const load = (id) => fetchText(id, component.server);
  hear("open", (detail) => show(detail, load));
  hear("refused", ({ document: id }) => show({ document: id ?? shown, marks: {}, refused: true }, load));
  hear("read", ({ document: id }) => show({ document: id, marks: {}, present: true }, load));
  hear("fresh", (_, event) => event.defaultPrevented || show({ document: shown, marks: {} }, load));
  hear("close", closeSheet);
  hear("plain", () => show({ document: shown, marks: {} }, load));
  hear("lend", ({ host }) => lend(host ?? element));
  hear("shelf", ({ documents }) => shelfChanged(documents, load));
  follow(component, ({ open }) => (shown === null && wanted === 0 ? show({ document: open, marks: {} }, load) : null));
}

function build() {
  const title = el("h2", "q-reader-title", "No document yet");
  const summary = el("p", "q-reader-summary", "Add one under Documents.");
  const count = el("p", "q-count");
  const previous = button("Previous quote", "up", () => tell("step", { by: -1 }), { quiet: true });
  const next = button("Next quote", "down", () => tell("step", { by: 1 }), { quiet: true });
  const close = button("Close the document", "close", closeSheet, { quiet: true, classes: "q-close" });
  previous.disabled = next.disabled = true;
  const head = el("header", "q-reader-head", icon("page"), el("div", "q-reader-names", title, summary), count, previous, next, close);
  const note = el("p", "q-note");
  note.hidden = true;
  const text = el("div", "q-text");
  const page = el("div", "q-page", text);
  page.tabIndex = 0;
  page.setAttribute("role", "region");
  page.setAttribute("aria-label", "Text of the document");
  const ticks = el("div", "q-ticks");
  ticks.setAttribute("aria-hidden", "true");
  const reader = el("section", "q-reader", head, note, el("div", "q-sheet", page, ticks));
  reader.setAttribute("aria-label", "Source");
  return { reader, title, summary, count, previous, next, close, note, text, page, ticks };
}

async function fetchText(id, server) {
  if (!texts.has(id)) {
    texts.set(id, server.read(id));
    for (const old of [...texts.keys()].slice(0, Math.max(0, texts.size - KEPT))) texts.delete(old);
  }
  try {
    const text = await texts.get(id);
    if (text.error) texts.delete(id);
    return text;
  } catch {
    texts.delete(id);
    return { error: "The document could not be fetched. Is Quoth still running?" };
  }
}

async function show(request, load) {
  const ticket = ++wanted;
  if (request.present) openSheet();
  if (request.document === null || request.document === undefined) return;
  parts.reader.setAttribute("aria-busy", "true");
  const text = await load(request.document);
  if (ticket !== wanted) return;
  parts.reader.setAttribute("aria-busy", "false");
  if (text.error) {
    note(text.error);
    return;
  }
  if (shown !== request.document) drawDocument(text, request.document);
  drawMarks(text, request.marks ?? {});
  describe(request);
  const first = activate(request.number);
  if (!first) parts.page.scrollTo({ top: 0, behavior: "instant" });
  drawTicks();
  if (first) settleOn(first, ticket);
}

function drawDocument(text, id) {
  shown = id;
  marked = [];
  parts.title.textContent = text.title;
  parts.title.title = text.title;
  parts.summary.textContent = text.summary;
  const drawn = document.createDocumentFragment();
  for (const paragraph of text.paragraphs) {
    const node = el("p", paragraph.heading ? "q-para q-heading" : "q-para", paragraph.text);
    if (paragraph.number) node.dataset.number = paragraph.number;
    if (paragraph.page !== null) node.dataset.page = `page ${paragraph.page}`;
    if (/\S[^\n]*\n?$/.test(paragraph.text) && !/\n\s*\n\s*$/.test(paragraph.text)) node.classList.add("q-tight");
    drawn.append(node);
  }
  parts.text.replaceChildren(drawn);
  parts.text.classList.toggle("q-long", text.paragraphs.length > LONG);
}

function drawMarks(text, marks) {
  const nodes = parts.text.children;
  for (const position of marked) nodes[position].replaceChildren(text.paragraphs[position].text);
  marked = Object.keys(marks).map(Number);
  for (const position of marked) nodes[position].replaceChildren(drawPieces(marks[position]));
}

function describe({ number, total, answers, refused }) {
  parts.reader.classList.toggle("q-dimmed", Boolean(refused));
  parts.reader.classList.toggle("q-nearest", answers === false);
  parts.count.textContent = number ? `${answers ? "Quote" : "Nearest"} ${number} of ${total}` : "";
  parts.previous.disabled = parts.next.disabled = !number || total < 2;
  note(refused ? "No answer was found in this text." : answers === false ? "One of the nearest passages, not an answer." : "");
}

function note(sentence) {
  parts.note.textContent = sentence;
  parts.note.hidden = !sentence;
}

/** Marks one quote as the one being read; returns its first words. */
function activate(number) {
  const first = { quote: null, highlight: null };
  for (const mark of parts.text.querySelectorAll("mark")) {
    const mine = mark.dataset.quotes.split(" ").includes(String(number));
    mark.classList.toggle("q-active", mine);
    if (!mine) continue;
    first.quote ??= mark;
    if (mark.classList.contains("q-highlight")) first.highlight ??= mark;
  }
  return first.highlight ?? first.quote;
}

/** Scrolls the text alone, not the page. Heights far away are estimates, so it looks again until the mark stays put. */
function settleOn(mark, ticket, tries = 10) {
  if (ticket !== wanted) return;
  const box = parts.page.getBoundingClientRect();
  const place = mark.getBoundingClientRect();
  const off = place.top - box.top - box.height * 0.3;
  parts.page.scrollTo({ top: parts.page.scrollTop + off, behavior: "instant" });
  if (tries > 7 || (tries > 0 && Math.abs(off) > 2)) requestAnimationFrame(() => settleOn(mark, ticket, tries - 1));
  else drawTicks();
}

function drawTicks() {
  const height = parts.page.scrollHeight || 1;
  const top = parts.page.getBoundingClientRect().top - parts.page.scrollTop;
  const seen = new Set();
  parts.ticks.replaceChildren();
  for (const mark of parts.text.querySelectorAll("mark")) {
    const fresh = mark.dataset.quotes.split(" ").filter((number) => !seen.has(number));
    for (const number of fresh) {
      seen.add(number);
      const tick = el("span", mark.classList.contains("q-active") ? "q-tick q-active" : "q-tick");
      tick.style.top = `${(((mark.getBoundingClientRect().top - top) / height) * 100).toFixed(2)}%`;
      tick.addEventListener("click", () => tell("number", { number: Number(number) }));
      parts.ticks.append(tick);
    }
  }
}

/** The one reader moves to where somebody reads: beside the conversation, or beside an evaluation. */
function lend(host) {
  closeSheet();
  host.append(parts.reader);
}

function openSheet() {
  if (!parts.reader.classList.contains("q-up")) opener = document.activeElement;
  parts.reader.classList.add("q-up");
  if (parts.close.checkVisibility()) parts.close.focus({ preventScroll: true });
}

function closeSheet() {
  if (!parts.reader.classList.contains("q-up")) return;
  const small = parts.close.checkVisibility();
  parts.reader.classList.remove("q-up");
  if (small) opener?.focus?.({ preventScroll: true });
}

function shelfChanged(documents, load) {
  for (const id of texts.keys()) if (!documents.some((document) => document.id === id)) texts.delete(id);
  if (documents.some((document) => document.id === shown)) return;
  const gone = shown !== null;
  shown = null;
  if (documents.length) show({ document: documents[0].id, marks: {} }, load);
  else if (gone) {
    parts.text.replaceChildren();
    parts.ticks.replaceChildren();
    parts.title.textContent = "No document yet";
    parts.summary.textContent = "Add one under Documents.";
    describe({});
  }
}
