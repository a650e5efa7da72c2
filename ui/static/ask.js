// The conversation: each question a heading, under it the quotes, or why there are none.
import { FAILED, announce, button, copy, drawPieces, el, follow, hear, icon, tell } from "./dom.js";

const PATIENCE = 60_000; // milliseconds after which we say that no answer came
const LONGEST = 2_000; // UTF-16 units of a question that are repeated above its answer

let turns; // the element that holds the conversation
let current = null; // the turn whose quotes the keys open
let pending = null; // the question that is being answered

export function mount(element, component) {
  turns = el("div", "q-turns");
  element.replaceChildren(turns);
  hear("ask", ({ question }, event) => (pending ? event.preventDefault() : ask(question, component.send)));
  hear("number", ({ number }) => current && open(current, number, true));
  hear("failed-asking", () => settle({ kind: "error", question: pending?.question, sentence: FAILED, said: FAILED }));
  hear("step", ({ by }) => current && step(by));
  follow(component, (value) => (value.kind === "welcome" ? welcome(value) : settle(value)));
}

function ask(question, send) {
  turns.querySelector(".q-welcome")?.remove();
  const node = el("section", "q-turn", heading(question), el("p", "q-waiting", "Reading your documents…"));
  turns.append(node);
  const timer = setTimeout(() => {
    settle({ kind: "error", question, sentence: "No answer came. Is Quoth still running?", said: "No answer came." });
  }, PATIENCE);
  pending = { node, timer, question };
  bringUp(node);
  send({ question });
}

function settle(value) {
  if (!pending) return; // an answer that came after we gave up waiting
  clearTimeout(pending.timer);
  const node = pending.node;
  pending = null;
  const turn = { value, node, number: 0 };
  node.replaceChildren(heading(value.question), ...DRAW[value.kind](value, turn));
  announce(value.said);
  if (value.kind === "error") return;
  current = turn;
  if (value.kind === "answer") open(turn, 1, false);
  else tell("refused", { document: value.quotes[0]?.document ?? null });
  bringUp(node);
}

const DRAW = {
  answer: (value, turn) => {
    const [lead, ...others] = value.quotes;
    const count = value.quotes.length === 1 ? "1 quote" : `${value.quotes.length} quotes`;
    return [
      el("p", "q-meta", el("strong", "", count), ` · ${value.searched} · ${value.took}`),
      card(lead, turn, "q-lead"),
      others.length ? list(others, turn, others.length === 1 ? "1 more quote" : `${others.length} more quotes`) : null,
    ].filter(Boolean);
  },
  refusal: (value, turn) => {
    const box = el(
      "div", "q-refusal",
      el("h3", "", "No answer found in your documents."),
      el("p", "q-reason", value.reason),
      el("p", "q-facts", `${capital(value.searched)}. ${value.rate}`),
    );
    return value.quotes.length ? [box, list(value.quotes, turn, "Nearest passages – not an answer", "q-aside")] : [box];
  },
  error: (value) => [el("p", "q-error", value.sentence)],
};

function list(quotes, turn, title, classes = "") {
  const rows = quotes.map((quote) => el("li", "", card(quote, turn, "q-row")));
  return el("div", `q-more ${classes}`, el("h3", "q-subtitle", title), el("ol", "q-rows", ...rows));
}

function card(quote, turn, classes) {
  const confidence = el("span", "q-confidence", `${quote.confidence} confidence`);
  confidence.dataset.level = quote.confidence;
  confidence.title = quote.chance;
  const source = el(
    "header", "q-source",
    el("span", "q-number", String(quote.number)),
    el("span", "q-where", el("strong", "q-title", quote.title), " ", el("span", "q-place", quote.place)),
    turn.value.kind === "answer" ? confidence : null,
  );
  const words = el("blockquote", "q-words", drawPieces(quote.pieces, { onlyHighlights: true }));
  const node = el("article", `q-card ${classes}`, source, words, actions(quote, turn));
  node.dataset.number = quote.number;
  node.setAttribute("aria-label", `${turn.value.kind === "answer" ? "Quote" : "Nearest passage"} ${quote.number}`);
  node.addEventListener("click", () => {
    if (String(getSelection()) === "") open(turn, quote.number, true); // selecting words is not a click
  });
  return node;
}

function actions(quote, turn) {
  const link = el("a", "q-button", icon("link"), el("span", "", "Link"));
  link.href = quote.link;
  link.target = "_blank";
  link.rel = "noopener";
  link.setAttribute("aria-label", `Link to quote ${quote.number}, opens a new page`);
  link.addEventListener("click", (event) => event.stopPropagation());
  const show = button("Show in source", "show", () => open(turn, quote.number, true), { classes: "q-show" });
  const take = button("Copy quote", "copy", (node) => copy(quote.text, node));
  const cite = button("Copy with source", "page", (node) => copy(quote.citation, node));
  const repeated = quote.repeated ? el("span", "q-repeated", quote.repeated) : null;
  return el("footer", "q-actions", show, take, cite, link, repeated);
}

function open(turn, number, present) {
  const quote = turn.value.quotes[number - 1];
  if (!quote) return;
  current = turn;
  turn.number = number;
  for (const node of turns.querySelectorAll(".q-card.q-open")) node.classList.remove("q-open");
  const node = turn.node.querySelector(`.q-card[data-number="${number}"]`);
  node.classList.add("q-open");
  if (present) reveal(node);
  tell("open", {
    document: quote.document,
    number,
    total: turn.value.quotes.length,
    marks: turn.value.marks[quote.document],
    answers: turn.value.kind === "answer",
    present,
  });
}

function step(by) {
  const total = current.value.quotes.length;
  if (total) open(current, current.number ? ((current.number - 1 + by + total) % total) + 1 : by > 0 ? 1 : total, true);
}

function welcome(value) {
  if (turns.childElementCount) return; // a reconnected page keeps its conversation
  const offered = value.examples.map((question) => {
    const item = button(question, null, () => tell("ask", { question }), { classes: "q-example" });
    return el("li", "", item);
  });
  turns.append(
    el(
      "div", "q-welcome",
      el("h2", "q-question", "What would you like to know?"),
      el("p", "q-lede", `Quoth reads ${value.library} and answers with the very words that stand there, or says that they do not tell.`),
      offered.length ? el("ul", "q-examples", ...offered) : null,
    ),
  );
  const asked = new URLSearchParams(location.search).get("q");
  if (asked) tell("ask", { question: asked });
}

function heading(question) {
  const words = question.trim() || "(no question)";
  return el("h2", "q-question", words.length > LONGEST ? `${words.slice(0, LONGEST)}…` : words);
}

/** Scrolls the conversation alone, so that the newest question stands at its top. */
function bringUp(node) {
  turns.scrollTo({ top: node.offsetTop - turns.offsetTop });
}

/** Scrolls the conversation just enough to show a quote. */
function reveal(node) {
  const box = turns.getBoundingClientRect();
  const place = node.getBoundingClientRect();
  if (place.top < box.top) turns.scrollBy({ top: place.top - box.top - 12 });
  else if (place.bottom > box.bottom) turns.scrollBy({ top: Math.min(place.bottom - box.bottom + 12, place.top - box.top - 12) });
}

function capital(sentence) {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
