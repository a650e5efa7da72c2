// The Documents tab: what is in the library, what is on its way in, what was taken out, and how the library is.
import { mountAdding } from "./documents-adding.js";
import { mountCare } from "./documents-care.js";
import { mountList } from "./documents-list.js";
import { FAILED, announce, button, el, follow, hear, tell } from "./dom.js";

const SOON = 300; // milliseconds between two looks while something is under way
const OFTEN = 2_500; // ... while the tab is open
const SELDOM = 6_000; // ... while it is not; other pages change the library too
const SILENT = "Quoth does not answer. Is it still running?";

let server;
let parts; // the elements that stay
let sections; // what is drawn into them
let shelf = null; // what is to be listed
let listed = null; // what is listed: the same, once somebody looks
let asked = 0; // calls made so far
let drawn = 0; // the newest call whose shelf was drawn
let acting = 0; // actions without an answer yet
let busy = false; // whether something was under way at the last look
let timer = 0;

export function mount(element, component) {
  server = component.server;
  parts = { adding: el("div", "q-adding"), report: el("div", "q-report"), list: el("div", "q-list"), care: el("div", "q-care"), toast: el("div", "q-toast") };
  parts.toast.hidden = true;
  element.replaceChildren(parts.adding, parts.report, parts.list, parts.care, parts.toast);
  sections = {
    adding: mountAdding(parts.adding, { act, report, hurry }),
    list: mountList(parts.list, { remove }),
    care: mountCare(parts.care, { act }),
  };
  hear("failed-shelving", () => report({ sentences: [], refused: [], error: FAILED }));
  document.addEventListener("visibilitychange", () => document.hidden || hurry());
  new IntersectionObserver(() => drawList()).observe(parts.list);
  follow(component, (view) => {
    apply(view, ++asked);
    lookLater();
  });
  sections.adding.resume();
}

/** Asks the server to do something; what it knows better than the page is drawn. Null when it does not answer. */
async function act(what, more = {}) {
  const order = ++asked;
  acting += what === "look" ? 0 : 1;
  try {
    const view = await server.act({ do: what, shelf: shelf?.key ?? "", ...sections.adding.known(), ...more });
    apply(view, order, what);
    return view;
  } catch {
    if (what !== "look") report({ sentences: [], refused: [], error: SILENT });
    return null;
  } finally {
    acting -= what === "look" ? 0 : 1;
    if (what !== "look") hurry();
  }
}

function apply(view, order, what = "look") {
  if (view.shelf && order > drawn) {
    drawn = order;
    drawShelf(view.shelf);
  }
  if (view.delivery) sections.adding.draw(view.delivery, what === "announce");
  if (view.care) sections.care.draw(view.care, view.doing);
  if (view.doing?.errand === "bringing back" && view.doing.total) {
    say(`Bringing it back: ${view.doing.done.toLocaleString("en")} of ${view.doing.total.toLocaleString("en")} passages.`);
  }
  busy = sections.adding.busy() || sections.care.busy() || Boolean(view.doing);
}

function drawShelf(view) {
  shelf = view;
  sections.adding.allow(shelf);
  drawList();
  if (shelf.error) report({ sentences: [], refused: [], error: shelf.error });
  else tell("shelf", { documents: shelf.documents, total: shelf.total });
}

/** A list that nobody sees is not drawn: the first question should not have to wait for it. */
function drawList() {
  if (shelf === listed || !parts.list.checkVisibility()) return;
  listed = shelf;
  sections.list.draw(shelf);
}

async function look() {
  await act("look");
  lookLater();
}

function lookLater() {
  clearTimeout(timer);
  if (document.hidden) return; // what happens meanwhile is seen when somebody comes back
  timer = setTimeout(look, busy || acting ? SOON : parts.list.checkVisibility() ? OFTEN : SELDOM);
}

/** Looks at once, and soon again for as long as something is under way. */
function hurry() {
  clearTimeout(timer);
  timer = setTimeout(look, 0);
}

/** Takes documents out; how to get them back stands at the foot of the window until something else is done. */
async function remove(ids) {
  sections.list.leaving(ids, true);
  const view = await act("remove", { documents: ids });
  sections.list.leaving(ids, false);
  if (!view?.note) return say("");
  const { sentences, error } = view.note;
  const undo = view.undo ? button("Undo", "undo", () => restore(view.undo), { classes: "q-undo" }) : null;
  say(error || sentences.join(" "), { undo, error: Boolean(error) });
  announce(`${error || sentences.join(" ")} ${undo ? "Undo is at the end of the page." : ""}`);
  if (document.activeElement === document.body) (undo ?? parts.toast.querySelector("button"))?.focus({ preventScroll: true });
}

async function restore(undo) {
  say("Bringing it back…");
  const view = await act("restore", { undo });
  const { sentences, error } = view?.note ?? { sentences: [], error: SILENT };
  say(error || sentences.join(" "), { error: Boolean(error) });
  announce(error || sentences.join(" "));
  if (document.activeElement === document.body) sections.list.focus();
}

/** A sentence at the foot of the window. */
function say(sentence, { undo = null, error = false } = {}) {
  parts.toast.hidden = !sentence;
  if (!sentence) return;
  const done = button("Dismiss", "close", () => {
    say("");
    sections.list.focus();
  }, { quiet: true });
  parts.toast.classList.toggle("q-wrong", error);
  parts.toast.replaceChildren(el("p", "", sentence), undo ?? "", done);
}

/** What became of an upload, or what went wrong. */
function report({ sentences, refused, error }, ...more) {
  const lines = [];
  if (sentences.length) lines.push(el("p", "q-done", sentences.join(" ")));
  if (error) lines.push(el("p", "q-error", error));
  if (refused.length) {
    const title = refused.length === 1 ? "One file was not added:" : `${refused.length} files were not added:`;
    const reasons = refused.map(({ name, reason }) => el("li", "", el("strong", "", name), `: ${reason}`));
    lines.push(el("div", "q-refused", el("p", "", title), el("ul", "", ...reasons)));
  }
  const close = lines.length ? button("Dismiss", "close", () => report({ sentences: [], refused: [], error: "" }), { quiet: true, classes: "q-dismiss" }) : "";
  parts.report.replaceChildren(...lines, ...more, close);
  if (lines.length) announce([...sentences, error, ...refused.map(({ name, reason }) => `${name} was not added: ${reason}`)].filter(Boolean).join(" "));
}
