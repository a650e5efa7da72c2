// Conversations in the browser of the visitor, and nowhere else: the one of this tab, found again after a reload, and
// earlier ones. What a private window or a full store does not keep lasts as long as the page.

const KEY = "quoth-conversations-1"; // the number changes with the form of what is kept
const TAB = "quoth-conversation";
const MOST = 12; // conversations
const TURNS = 60; // of one conversation
const ROOM = 1_500_000; // UTF-16 units of everything; a browser gives some five million
const LONGEST_TITLE = 120;

let shelf = ""; // the library they are about

/** Keeps the conversations about each library apart. */
export function use(name) {
  shelf = name;
}

/** A new conversation, kept from its first turn on. */
export function begin() {
  const id = crypto.getRandomValues(new Uint32Array(2)).join("-");
  return { id, at: Date.now(), turns: [], filter: null, from: null };
}

/** The conversation of this tab, or null. */
export function recall() {
  const id = read("sessionStorage", tab());
  return all().find((one) => one.id === id) ?? null;
}

/** What there is besides the conversation of this tab, newest first: `{ id, at, title, count }`. */
export function others() {
  const id = read("sessionStorage", tab());
  return all().filter((one) => one.id !== id && one.turns.length)
    .map((one) => ({ id: one.id, at: one.at, title: one.turns[0].question.slice(0, LONGEST_TITLE), count: one.turns.length }));
}

/** The conversation with this id, or null; this tab goes on with it. */
export function resume(id) {
  const found = all().find((one) => one.id === id) ?? null;
  if (found) write("sessionStorage", tab(), id);
  return found;
}

/** Keeps a conversation as it is now; the oldest go where there is no room. */
export function save({ id, turns, filter, from }) {
  const kept = turns.slice(-TURNS).map(({ question, history, filter: chosen, value, feedback }) => {
    const { marks, n, ...rest } = value; // marks are made anew: how a document is laid out may change
    return { question, history, filter: chosen, value: rest, feedback };
  });
  const mine = { id, at: Date.now(), turns: kept, filter, from };
  store([mine, ...all().filter((one) => one.id !== id)].slice(0, MOST));
  write("sessionStorage", tab(), id);
}

/** This tab begins anew. */
export function leave() {
  write("sessionStorage", tab(), "");
}

/** Deletes conversations for good. */
export function forget(ids) {
  store(all().filter((one) => !ids.includes(one.id)));
}

function store(conversations) {
  while (conversations.length) {
    const text = JSON.stringify(conversations);
    if (text.length <= ROOM && write("localStorage", place(), text)) return;
    if (conversations.length > 1) conversations.pop();
    else if (conversations[0].turns.length > 1) conversations[0].turns.shift();
    else break;
  }
  write("localStorage", place(), "[]");
}

/** Newest first; what is damaged, or of another form, is nothing. */
function all() {
  try {
    const found = JSON.parse(read("localStorage", place()) || "[]");
    return found.filter((one) => typeof one.id === "string" && one.turns.every(({ question, value }) => typeof question === "string" && value.kind));
  } catch {
    return [];
  }
}

function place() {
  return `${KEY}-${shelf}`;
}

function tab() {
  return `${TAB}-${shelf}`;
}

function read(storage, key) {
  try {
    return globalThis[storage].getItem(key);
  } catch {
    return null;
  }
}

function write(storage, key, text) {
  try {
    globalThis[storage].setItem(key, text);
    return true;
  } catch {
    return false;
  }
}
