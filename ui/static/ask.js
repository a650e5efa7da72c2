// The conversation: each question a heading, under it the quotes, or why there are none.
import { drawTurn, markGone, markOpen } from "./cards.js";
import { FAILED, announce, el, follow, goToBox, hear, tell } from "./dom.js";
import { feedbackBar, noteKept } from "./feedback.js";
import { choose, chosen, named } from "./filter.js";
import * as history from "./history.js";
import { welcome } from "./welcome.js";

const PATIENCE = 60_000; // milliseconds after which we say that no answer came
const LONGEST = 2_000; // UTF-16 units of a question that are repeated above its answer
const EARLIER = 6; // questions that are sent along with the next one, which may follow up on them

let turns; // the element that holds the conversation
let server; // what the page asks besides answers
let send; // asks a question
let greeting; // what stands there before anybody asks
let talk = history.begin(); // the conversation: its turns were dealt with, oldest first
let current = null; // the turn whose quotes the keys open
let pending = null; // the question that is being answered
let looked = 0; // counts the looks at the shelf, so that a slow one does not overwrite a later one

export function mount(element, component) {
  turns = el("div", "q-turns");
  element.replaceChildren(turns);
  server = component.server;
  send = component.send;
  hear("ask", (asked, event) => {
    asked.taken = Boolean(greeting) && !pending; // who pressed Enter learns whether the box may be emptied
    if (asked.taken) return ask(asked.question);
    event.preventDefault();
    if (!greeting) globalThis.quothEarly = asked.question;
  });
  hear("fresh", (_, event) => (pending ? event.preventDefault() : beginAfresh()));
  hear("resume", ({ id }, event) => (pending ? event.preventDefault() : resume(id)));
  hear("filtered", filtered);
  hear("number", ({ number }) => current && isHere() && open(current, number, true));
  hear("failed-asking", () => settle({ kind: "error", question: pending?.question, sentence: FAILED, said: FAILED }));
  hear("shelf", ({ total }) => {
    if (greeting) greeting = { ...greeting, library: total };
    look();
  });
  hear("step", ({ by }) => current && isHere() && step(by));
  hear("returned", showAgain);
  follow(component, (value) => (value.kind === "welcome" ? arrive(value) : settle(value)));
}

function ask(question) {
  turns.querySelector(".q-welcome")?.remove();
  const earlier = talk.turns.slice(-EARLIER).map((turn) => turn.question);
  const turn = { question, history: earlier, filter: named(chosen()), node: el("section", "q-turn"), feedback: null, number: 0 };
  turns.append(turn.node);
  tell("begun");
  wait(turn, false);
}

/** Asks the question of a turn once more: as if nothing had been asked before it, or of all documents. */
function askAgain(turn, changes) {
  if (pending) return;
  if (current === turn) current = null;
  wait(Object.assign(turn, changes, { feedback: null, gone: null, number: 0 }), true);
}

function wait(turn, again) {
  const { node, question, history: earlier, filter } = turn;
  node.replaceChildren(heading(question), el("p", "q-waiting", "Reading your documents…"));
  const timer = setTimeout(() => {
    settle({ kind: "error", question, sentence: "No answer came. Is Quoth still running?", said: "No answer came." });
  }, PATIENCE);
  pending = { turn, question, again, timer };
  bringUp(node);
  send({ question, history: earlier, filter, base: document.baseURI });
}

function settle(value) {
  if (!pending || value.question !== pending.question) return; // an answer that came after we gave up waiting
  const { turn, timer, again } = pending;
  clearTimeout(timer);
  pending = null;
  turn.value = value;
  draw(turn);
  announce(value.said);
  if (again) {
    const title = turn.node.firstChild;
    title.tabIndex = -1; // what was pressed is gone
    title.focus({ preventScroll: true });
  }
  if (value.kind === "error") return;
  if (!talk.turns.includes(turn)) talk.turns.push(turn);
  keep();
  show(turn);
  bringUp(turn.node);
}

function draw(turn) {
  const { node, value } = turn;
  const acts = {
    open: (number) => open(turn, number, true),
    fold: () => markOpen(turns, null),
    alone: () => askAgain(turn, { history: [] }),
    everywhere: () => askAgain(turn, { filter: null }),
  };
  turn.bar = value.kind === "error" ? null : feedbackBar(turn, { talk: server.talk, changed: keep, open: acts.open });
  node.replaceChildren(heading(turn.question), ...drawTurn(value, acts), turn.bar?.node ?? "");
}

/** The turn whose quotes are at hand now; the first of an answer is shown beside it. */
function show(turn) {
  current = turn;
  if (turn.value.kind === "answer") open(turn, 1, false);
  else refuse(turn);
}

function refuse({ value, gone }) {
  tell("refused", { document: value.quotes.find((_, at) => !gone?.[at])?.document ?? null });
}

async function open(turn, number, present) {
  const quote = turn.value.quotes[number - 1];
  if (!quote) return;
  current = turn;
  turn.number = number;
  turn.bar?.update();
  const node = card(turn, number);
  markOpen(turns, node);
  if (present) reveal(node);
  if (turn.gone?.[number - 1]) {
    tell("gone", { notice: `${quote.title}: ${turn.gone[number - 1]}`, present });
    return;
  }
  if (!turn.value.marks) {
    turn.value.marks = await marks(turn);
    if (current !== turn || turn.number !== number) return; // something else was opened meanwhile
  }
  tell("open", {
    document: quote.document,
    number,
    total: turn.value.quotes.length,
    marks: turn.value.marks[quote.document],
    answers: turn.value.kind === "answer",
    present,
  });
}

/** Of a turn that was answered before the page was loaded. */
async function marks({ value }) {
  const quotes = value.quotes.map(({ number, document: id, sha, span, highlight }) => ({ number, document: id, sha, span, highlight }));
  return (await server.talk({ do: "marks", quotes }).catch(() => ({}))).marks ?? {};
}

/** Whether the reader is with the conversation; it may be lent to the Evaluate tab. */
function isHere() {
  return document.querySelector(".q-host .q-reader") === null;
}

/** The reader comes back with another document in it. */
function showAgain() {
  if (current?.number) open(current, current.number, false);
  else if (current) refuse(current);
  else tell("plain");
}

function step(by) {
  const total = current.value.quotes.length;
  if (total) open(current, current.number ? ((current.number - 1 + by + total) % total) + 1 : by > 0 ? 1 : total, true);
}

function arrive(value) {
  greeting = value;
  history.use(value.shelf);
  noteKept(value.kept);
  if (turns.childElementCount) return; // a reconnected page keeps its conversation
  const old = history.recall();
  if (old) restore(old);
  else greet();
  if (globalThis.quothEarly) return askEarly();
  const asked = new URLSearchParams(location.search).get("q");
  if (!asked || talk.from === asked) return;
  talk.from = asked;
  tell("ask", { question: asked });
}

/** Somebody pressed Enter before the page was ready; the question still stands in the box. */
function askEarly() {
  const box = document.querySelector("#q-box textarea");
  tell("ask", { question: globalThis.quothEarly });
  globalThis.quothEarly = null;
  box.value = "";
  box.dispatchEvent(new Event("input", { bubbles: true })); // Gradio learns of it
}

/** Forgets the conversation, on the screen and for the next question; it can be found among the earlier ones. */
function beginAfresh() {
  history.leave();
  talk = history.begin();
  current = null;
  turns.replaceChildren();
  choose(null);
  greet();
  announce("A new conversation. What was asked before is forgotten here; it stands under Earlier.");
  goToBox();
}

/** Goes on with an earlier conversation. */
function resume(id) {
  const old = history.resume(id);
  if (!old) return;
  restore(old);
  announce(`The conversation that began with “${old.turns[0].question}”.`);
  goToBox();
}

async function restore(old) {
  const mine = { ...old, turns: old.turns.map((turn) => ({ ...turn, node: el("section", "q-turn"), number: 0 })) };
  talk = mine;
  current = null;
  turns.replaceChildren(...mine.turns.map(({ node }) => node));
  mine.turns.forEach(draw);
  choose(old.filter);
  const last = mine.turns.at(-1);
  if (!last) return greet();
  tell("begun");
  requestAnimationFrame(() => bringUp(last.node));
  await look();
  if (talk === mine && !current && !pending) show(last);
}

/** Looks whether the quotes still stand where they stood: documents may have been changed or removed. */
async function look() {
  const ticket = ++looked;
  const asked = talk.turns.map((turn) => ({ turn, value: turn.value }));
  const quotes = asked.flatMap(({ value }) => value.quotes.map(({ document: id, sha, uri }) => ({ document: id, sha, uri })));
  if (!quotes.length) return;
  const { standing } = await server.talk({ do: "standing", quotes }).catch(() => ({}));
  if (ticket !== looked || !standing) return;
  for (const { turn, value } of asked) {
    const gone = standing.splice(0, value.quotes.length);
    if (turn.value !== value) continue; // asked again meanwhile
    turn.gone = gone;
    gone.forEach((sentence, at) => markGone(card(turn, at + 1), sentence));
  }
}

function card(turn, number) {
  return turn.node.querySelector(`.q-card[data-number="${number}"]`);
}

function filtered() {
  talk.filter = chosen();
  keep();
}

function keep() {
  if (greeting && (talk.turns.length || talk.filter)) history.save(talk);
}

function greet() {
  turns.append(welcome(greeting, async () => (await server.talk({ do: "starters" }).catch(() => ({}))).starters ?? []));
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
