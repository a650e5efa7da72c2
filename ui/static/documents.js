// The shelf: which documents there are, what became of uploads, and taking one away in two steps.
import { FAILED, announce, button, el, follow, hear, icon, tell } from "./dom.js";

let parts;
let leaving = null; // the document somebody is being asked about: the list may be drawn anew meanwhile

export function mount(element, component) {
  parts = { report: el("div", "q-report"), list: el("div", "q-list") };
  element.replaceChildren(parts.report, parts.list);
  hear("adding", ({ count }) => {
    const sentence = count === 1 ? "Reading the document…" : `Reading ${count} documents…`;
    parts.report.replaceChildren(el("p", "q-waiting", sentence));
    announce(sentence);
  });
  hear("failed-shelving", () => drawReport({ sentences: [], refused: [], error: FAILED }));
  follow(component, (value) => {
    if (value.report) drawReport(value.report);
    drawList(value, component.send);
    tell("shelf", { documents: value.documents, total: value.total });
  });
}

function drawReport({ sentences, refused, error }) {
  const lines = sentences.map((sentence) => el("p", "q-done", icon("check"), sentence));
  if (error) lines.push(el("p", "q-error", error));
  if (refused.length) {
    const title = refused.length === 1 ? "One file was not added:" : `${refused.length} files were not added:`;
    const reasons = refused.map(({ name, reason }) => el("li", "", el("strong", "", name), `: ${reason}`));
    lines.push(el("div", "q-refused", el("p", "", title), el("ul", "", ...reasons)));
  }
  parts.report.replaceChildren(...lines);
  announce([...sentences, error, ...refused.map(({ name, reason }) => `${name} was not added: ${reason}`)].filter(Boolean).join(" "));
}

function drawList({ documents, total }, send) {
  const title = el("h2", "q-list-title", "In this library");
  const head = el("div", "q-list-head", title, el("p", "q-meta", total));
  if (!documents.length) {
    parts.list.replaceChildren(head, el("p", "q-lede", "There are no documents yet. Drop some above."));
    return;
  }
  const columns = ["Title", "Characters", "Passages", "SHA-256", "Actions"].map((name) => {
    const cell = el("th", "", name);
    cell.scope = "col";
    return cell;
  });
  const body = el("tbody", "", ...documents.map((document) => row(document, send)));
  parts.list.replaceChildren(head, el("table", "q-table", el("thead", "", el("tr", "", ...columns)), body));
}

function row(document, send) {
  const title = el("a", "q-title", document.title);
  title.href = document.link;
  title.target = "_blank";
  title.rel = "noopener";
  const origin = el("span", "q-uri", document.name);
  origin.title = document.uri;
  const hash = el("code", "", document.hash.slice(0, 12));
  hash.title = document.hash;
  const buttons = el("div", "q-actions");
  const node = el(
    "tr", "",
    el("th", "", title, origin), cell("Characters", document.characters), cell("Passages", document.passages),
    cell("SHA-256", hash), el("td", "q-buttons", buttons),
  );
  node.firstChild.scope = "row";
  if (leaving === document.id) confirm();
  else offer();
  return node;

  function offer() {
    if (leaving === document.id) leaving = null;
    const read = button("Read", "page", () => readHere(document.id));
    const remove = button("Remove", "close", confirm);
    read.setAttribute("aria-label", `Read ${document.title}`);
    remove.setAttribute("aria-label", `Remove ${document.title}`);
    buttons.replaceChildren(read, remove);
    return remove;
  }

  function confirm() {
    leaving = document.id;
    const yes = button("Yes, remove it", null, () => send({ document: document.id }), { classes: "q-danger" });
    const no = button("Keep it", null, () => offer().focus());
    buttons.replaceChildren(yes, no);
    no.focus(); // the harmless one, should somebody press twice
    announce(`Remove ${document.title}?`);
  }
}

function cell(name, content) {
  const node = el("td", "", content);
  node.dataset.name = name;
  return node;
}

function readHere(id) {
  globalThis.document.querySelector("#q-tabs [role=tab]")?.click();
  tell("read", { document: id });
}
