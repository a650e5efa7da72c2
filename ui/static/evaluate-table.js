// The questions of an evaluation, page by page, and the drawer in which the quotes of one are read in their document.
import { announce, button, el, hear, icon, tell } from "./dom.js";

const GONE = "This could not be fetched. Is Quoth still running?";

let drawer = null; // the open one: { node, view, number, opener, watcher }

hear("close", () => closeDrawer(true));
hear("step", ({ by }) => drawer && step(by));
hear("number", ({ number }) => drawer && openQuote(number));

export function questionTable({ filters }, ask) {
  const state = { outcome: "", page: 0, wanted: 0 };
  const body = el("tbody");
  const sentence = el("p", "q-meta");
  const previous = button("Previous page", "left", () => turn(-1), { quiet: true, classes: "q-round" });
  const next = button("Next page", "right", () => turn(1), { quiet: true, classes: "q-round" });
  const choices = filters.map(({ outcome, label, count }) => {
    const choice = button(label, null, () => choose(outcome), { classes: "q-choice" });
    choice.append(el("span", "q-amount", count));
    choice.dataset.outcome = outcome;
    return choice;
  });
  const group = el("div", "q-choices", ...choices);
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Show questions that are");
  const columns = ["Question", "Outcome", "First quote", "Expected", "Score"].map((name) => {
    const cell = el("th", "", name);
    cell.scope = "col";
    return cell;
  });
  const table = el("table", "q-table q-questions", el("thead", "", el("tr", "", ...columns)), body);
  fetchPage(false);
  mark();
  return el("section", "q-asked", el("h3", "q-subtitle", "Every question"), group, table, el("div", "q-pager", previous, sentence, next));

  function choose(outcome) {
    Object.assign(state, { outcome, page: 0 });
    mark();
    fetchPage(true);
  }

  function turn(by) {
    state.page += by;
    fetchPage(true);
  }

  function mark() {
    for (const choice of choices) choice.setAttribute("aria-pressed", String(choice.dataset.outcome === state.outcome));
  }

  async function fetchPage(aloud) {
    const ticket = ++state.wanted;
    const found = await ask("rows", { outcome: state.outcome, page: state.page }).catch(() => ({ sentence: GONE }));
    if (ticket !== state.wanted) return; // somebody chose something else meanwhile
    sentence.textContent = found.sentence;
    state.page = found.page ?? 0;
    previous.disabled = state.page <= 0;
    next.disabled = state.page >= (found.pages ?? 1) - 1;
    body.replaceChildren(...(found.rows ?? []).map((row) => drawRow(row, ask)));
    if (aloud) announce(found.sentence);
  }
}

function drawRow(row, ask) {
  const question = row.quote ? button(row.question, null, (node) => openDrawer(row, ask, node), { classes: "q-open-row" }) : el("span", "q-open-row", row.question);
  const head = el("th", "", question, el("span", "q-uri", row.key));
  head.scope = "row";
  const notes = row.problems.map((problem) => el("span", "q-problem", problem));
  const quote = row.answered
    ? [el("blockquote", "q-words", row.quote), el("span", "q-uri", row.title)]
    : [el("span", "q-uri q-reason", row.reason), row.quote ? el("span", "q-uri", `Nearest: ${row.title}`) : null];
  const expected = row.expected.length ? row.expected.join(" / ") : "–";
  const node = el(
    "tr", "",
    head, cell("Outcome", badge(row), ...notes), cell("First quote", ...quote), cell("Expected", expected), cell("Score", row.score),
  );
  node.addEventListener("click", () => String(getSelection()) === "" && question.click());
  return node;
}

function cell(name, ...content) {
  const node = el("td", "", ...content);
  node.dataset.name = name;
  return node;
}

function badge({ label, colour }) {
  const node = el("span", "q-badge", label);
  node.dataset.colour = colour;
  return node;
}

async function openDrawer(row, ask, opener) {
  const view = await ask("row", { number: row.number }).catch(() => ({ sentence: GONE }));
  closeDrawer(false);
  const close = button("Close", "close", () => closeDrawer(true), { quiet: true, classes: "q-round" });
  const host = el("div", "q-host");
  const node = el("div", "q-drawer", el("header", "q-drawer-head", ...title(view, row), close), host);
  node.setAttribute("role", "dialog");
  node.setAttribute("aria-label", "The quote in its document");
  // Inside the tab, so that it is hidden with it; whichever way the tab is left, the reader goes home.
  opener.closest(".q-result").append(node);
  const watcher = new IntersectionObserver(([entry]) => entry.isIntersecting || closeDrawer(false));
  watcher.observe(node);
  drawer = { node, view, number: 0, opener, watcher };
  close.focus({ preventScroll: true });
  if (view.documents) {
    tell("lend", { host });
    openQuote(1);
  } else {
    host.append(el("p", "q-error", view.sentence));
  }
}

function title({ question, label, colour, expected }, row) {
  const facts = el("p", "q-meta", badge({ label: label ?? row.label, colour: colour ?? row.colour }));
  if (expected?.length) facts.append(" Expected: ", el("q", "", expected.join(" / ")));
  return [el("div", "q-reader-names", el("h2", "q-drawer-title", question ?? row.question), facts)];
}

function openQuote(number) {
  const { documents, marks, answers } = drawer.view;
  const id = documents?.[number - 1];
  if (!id) return;
  drawer.number = number;
  tell("open", { document: id, number, total: documents.length, marks: marks[id], answers, present: false });
}

function step(by) {
  const total = drawer.view.documents?.length;
  if (total) openQuote(((drawer.number - 1 + by + total) % total) + 1);
}

function closeDrawer(focus) {
  if (!drawer) return;
  const { node, opener, watcher } = drawer;
  drawer = null;
  watcher.disconnect();
  tell("lend", { host: null });
  node.remove();
  tell("returned");
  if (focus) opener.focus({ preventScroll: true });
}
