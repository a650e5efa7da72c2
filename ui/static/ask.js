// The conversation: each question a heading, under it the quotes, or why there are none.
import { drawTurn } from "./cards.js";
import { FAILED, announce, button, el, follow, hear, tell } from "./dom.js";

const PATIENCE = 60_000; // milliseconds after which we say that no answer came
const LONGEST = 2_000; // UTF-16 units of a question that are repeated above its answer
const EARLIER = 6; // questions that are sent along with the next one, which may follow up on them

let turns; // the element that holds the conversation
let greeting; // what stands there before anybody asks
let earlier = []; // the questions of the conversation that were dealt with, oldest first
let current = null; // the turn whose quotes the keys open
let pending = null; // the question that is being answered

export function mount(element, component) {
  turns = el("div", "q-turns");
  element.replaceChildren(turns);
  hear("ask", ({ question }, event) => (pending ? event.preventDefault() : ask(question, component.send)));
  hear("fresh", (_, event) => (pending ? event.preventDefault() : beginAfresh()));
  hear("number", ({ number }) => current && isHere() && open(current, number, true));
  hear("failed-asking", () => settle({ kind: "error", question: pending?.question, sentence: FAILED, said: FAILED }));
  hear("shelf", ({ total }) => greeting && (greeting = { ...greeting, library: total }));
  hear("step", ({ by }) => current && isHere() && step(by));
  hear("returned", showAgain);
  follow(component, (value) => (value.kind === "welcome" ? welcome(value) : settle(value)));
}

function ask(question, send) {
  turns.querySelector(".q-welcome")?.remove();
  const node = el("section", "q-turn");
  turns.append(node);
  tell("begun");
  wait({ node, question, send, history: earlier.slice(-EARLIER), again: false });
}

/** Asks the question of a turn again, as if nothing had been asked before it. */
function askAlone({ node, value, send }) {
  if (pending) return;
  if (current?.node === node) current = null;
  wait({ node, question: value.question, send, history: [], again: true });
}

function wait(asked) {
  const { node, question, history } = asked;
  node.replaceChildren(heading(question), el("p", "q-waiting", "Reading your documents…"));
  const timer = setTimeout(() => {
    settle({ kind: "error", question, sentence: "No answer came. Is Quoth still running?", said: "No answer came." });
  }, PATIENCE);
  pending = { ...asked, timer };
  bringUp(node);
  asked.send({ question, history });
}

function settle(value) {
  if (!pending || value.question !== pending.question) return; // an answer that came after we gave up waiting
  const { node, send, timer, again } = pending;
  clearTimeout(timer);
  pending = null;
  const turn = { value, node, send, number: 0 };
  const acts = { open: (number) => open(turn, number, true), alone: () => askAlone(turn) };
  const title = heading(value.question);
  node.replaceChildren(title, ...drawTurn(value, acts));
  announce(value.said);
  if (again) {
    title.tabIndex = -1; // what was pressed is gone
    title.focus({ preventScroll: true });
  }
  if (value.kind === "error") return;
  if (!again) earlier = [...earlier, value.question].slice(-EARLIER);
  current = turn;
  if (value.kind === "answer") open(turn, 1, false);
  else tell("refused", { document: value.quotes[0]?.document ?? null });
  bringUp(node);
}

/** Forgets the conversation, on the screen and for the next question. */
function beginAfresh() {
  earlier = [];
  current = null;
  turns.replaceChildren();
  greet();
  announce("A new conversation. What was asked before is forgotten.");
  document.querySelector("#q-tabs [role=tab]")?.click();
  goToBox();
}

/** The box cannot have the focus before its tab is shown, some frames after the click. */
function goToBox(tries = 30) {
  const box = document.querySelector("#q-box textarea");
  box?.focus();
  if (box && document.activeElement !== box && tries) requestAnimationFrame(() => goToBox(tries - 1));
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

/** Whether the reader is beside the conversation; it may be lent to the Evaluate tab. */
function isHere() {
  return document.querySelector("#q-room .q-reader") !== null;
}

/** The reader comes back with another document in it. */
function showAgain() {
  if (current?.number) open(current, current.number, false);
  else if (current) tell("refused", { document: current.value.quotes[0]?.document ?? null });
  else tell("plain");
}

function step(by) {
  const total = current.value.quotes.length;
  if (total) open(current, current.number ? ((current.number - 1 + by + total) % total) + 1 : by > 0 ? 1 : total, true);
}

function welcome(value) {
  greeting = value;
  if (turns.childElementCount) return; // a reconnected page keeps its conversation
  greet();
  const asked = new URLSearchParams(location.search).get("q");
  if (asked) tell("ask", { question: asked });
}

function greet() {
  const offered = greeting.examples.map((question) => {
    const item = button(question, null, () => tell("ask", { question }), { classes: "q-example" });
    return el("li", "", item);
  });
  turns.append(
    el(
      "div", "q-welcome",
      el("h2", "q-question", "What would you like to know?"),
      el("p", "q-lede", `Quoth reads ${greeting.library} and answers with the very words that stand there, or says that they do not tell.`),
      offered.length ? el("ul", "q-examples", ...offered) : null,
    ),
  );
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
