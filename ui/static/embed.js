// A compact view to ask in, in a frame on somebody's page: one question, its quotes, and the documents they stand in.
import { drawTurn, markOpen } from "./cards.js";
import { announce, button, el, hear, icon, tell } from "./dom.js";
import { fetchJson } from "./fetching.js";
import { listenToKeys } from "./keys.js";
import { mount } from "./reader.js";

const EARLIER = 6; // questions that are sent along with the next one, which may follow up on them
const LONGEST = 2_000; // UTF-16 units of a question that are repeated above its answer

const asked = new URLSearchParams(location.search);
const state = JSON.parse(document.body.dataset.state);
const turn = el("main", "q-turn");
const box = el("input", "");
const form = el("form", "q-embed-form");
const more = el("a", "q-embed-more", "Open in Quoth", icon("show"));
let earlier = []; // the questions that were dealt with, oldest first
let value = null; // the answer on display
let number = 0; // of the quote that is open
let busy = false;

dress(asked.get("theme"));
build();
if (state.error) turn.replaceChildren(el("p", "q-error", state.error));
else welcome();
if (asked.get("q")) ask(asked.get("q"), []);

function build() {
  const label = el("label", "q-unseen", "Your question");
  label.htmlFor = box.id = "q-embed-question";
  box.type = "text";
  box.name = "question";
  box.placeholder = "Ask the documents…";
  box.autocomplete = "off";
  box.required = true;
  box.enterKeyHint = "search";
  const send = el("button", "q-embed-ask", "Ask");
  send.type = "submit";
  const wrap = el("div", "q-embed-box", box);
  wrap.id = "q-box"; // where the key `/` goes
  form.append(label, wrap, send);
  form.setAttribute("role", "search");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(box.value, earlier.slice(-EARLIER));
  });
  more.target = "_blank";
  more.rel = "noopener";
  more.href = "./";
  const status = el("p", "q-unseen");
  status.id = "q-status";
  status.setAttribute("role", "status");
  const reader = el("div", "");
  reader.hidden = true; // it comes up as a sheet
  const foot = el("footer", "q-embed-foot", el("p", "", state.library ? `Word for word, from ${state.library}` : ""), more);
  document.body.append(form, turn, foot, status, reader);
  mount(reader, { props: { value: null }, watch: () => {}, always: true });
  hear("number", ({ number: wanted }) => open(wanted));
  hear("step", ({ by }) => step(by));
  listenToKeys();
}

function welcome() {
  const offers = state.examples.map((question) => el("li", "", button(question, null, () => ask(question, []), { classes: "q-example" })));
  turn.replaceChildren(
    el("h1", "q-question", "What would you like to know?"),
    el("p", "q-lede", "The answer will be the very words of a document, or that there is none."),
    el("ul", "q-examples", ...offers),
  );
}

async function ask(question, history) {
  if (busy) return;
  busy = true;
  const words = question.trim() || "(no question)";
  const heading = el("h1", "q-question", words.length > LONGEST ? `${words.slice(0, LONGEST)}…` : words);
  heading.dir = "auto";
  turn.setAttribute("aria-busy", "true");
  turn.replaceChildren(heading, el("p", "q-waiting", "Reading the documents…"));
  more.href = `./?${new URLSearchParams({ q: question })}`;
  const body = JSON.stringify({ question, history, base: document.baseURI });
  const found = await fetchJson("embed/ask", { method: "POST", headers: { "content-type": "application/json" }, body });
  busy = false;
  turn.setAttribute("aria-busy", "false");
  value = found.kind ? found : { kind: "error", sentence: found.error, said: found.error, quotes: [] };
  number = 0;
  turn.replaceChildren(heading, ...drawTurn(value, acts(question)));
  announce(value.said);
  scrollTo({ top: 0 });
  if (value.kind === "error") return;
  if (box.value === question) box.value = "";
  earlier = [...earlier.filter((one) => one !== question), question];
}

function acts(question) {
  return {
    open,
    fold: () => markOpen(turn, null),
    alone: () => ask(question, []),
    everywhere: () => ask(question, []),
  };
}

function open(wanted) {
  const quote = value?.quotes?.[wanted - 1];
  if (!quote) return;
  number = wanted;
  markOpen(turn, turn.querySelector(`.q-card[data-number="${number}"]`));
  tell("open", {
    document: quote.document,
    number,
    total: value.quotes.length,
    marks: value.marks[quote.document],
    answers: value.kind === "answer",
    present: true,
  });
}

function step(by) {
  const total = value?.quotes?.length;
  if (total) open(number ? ((number - 1 + by + total) % total) + 1 : by > 0 ? 1 : total);
}

/** Light or dark as the page around it says, else as the system is. */
function dress(theme) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const show = () => document.body.classList.toggle("dark", theme ? theme === "dark" : system.matches);
  if (theme !== "dark" && theme !== "light") theme = null;
  system.addEventListener("change", show);
  show();
}
