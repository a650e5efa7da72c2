// The Evaluate tab: a question file goes in, its progress is shown and can be stopped, the numbers come out.
import { drawResult } from "./evaluate-result.js";
import { FAILED, announce, button, el, follow, hear } from "./dom.js";

const KEPT = "quoth-run"; // where the browser remembers the token of its run, so that a reload finds it again
const BEFORE = "quoth-run-before"; // ... and that of the finished run before it, to compare with
const OFTEN = 600; // milliseconds between two looks at a run
const AGAIN = 3_000; // ... when the server did not answer
const FURTHER = { calibrating: "Calibrating the library", comparing: "Comparing with the run before" }; // of a run that is done
const UNDER_WAY = ["reading", "timing", "asking", "scoring", ...Object.keys(FURTHER)];
const SILENT = "Quoth does not answer. Is it still running?";

let parts;
let server;
let token = null; // of the run on display
let before = null; // of the finished one before it
let phase = null; // that it was in when it was drawn last
let timer = 0;
let told = 0; // quarters of the run that were announced

export function mount(element, component) {
  server = component.server;
  parts = { intro: el("div", "q-intro"), note: el("div", "q-report"), work: el("div", "q-work"), result: el("div", "q-result") };
  parts.progress = progress();
  element.replaceChildren(parts.intro, parts.note, parts.work, parts.result);
  hear("evaluating", () => note(el("p", "q-waiting", "Taking the file…")));
  hear("failed-evaluating", () => draw({ phase: "error", sentence: FAILED }));
  follow(component, draw);
  token = remembered(KEPT);
  before = remembered(BEFORE);
  if (token) look();
}

function draw(view) {
  if (view.phase === "welcome") drawIntro(view);
  else if (view.phase === "error") complain(view.sentence);
  else if (view.phase === "gone") forget(view.sentence);
  else drawRun(view);
}

/** Asks the server to do something with the run, and draws how the run then stands. */
async function act(what, more = {}) {
  const asked = token;
  try {
    const view = await server.act({ do: what, run: asked, before, ...more });
    if (asked === token || what === "example") draw(view); // else another run has begun meanwhile
  } catch {
    complain(SILENT);
    if (token) lookIn(AGAIN);
  }
}

function lookIn(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(look, milliseconds);
}

function look() {
  return act("look");
}

function drawIntro({ example }) {
  const links = ["csv", "jsonl"].map((form) => {
    const link = el("a", "", form.toUpperCase());
    link.href = `quoth/quoth-questions.${form}`;
    link.download = "";
    link.setAttribute("aria-label", `Template as ${form.toUpperCase()}`);
    return link;
  });
  const sentence = el(
    "p", "q-lede",
    "A question file is a table with one question a row and, where you know it, the words that answer it, the document " +
      "they stand in, or that there is no answer. Template: ", links[0], ", ", links[1], ".",
  );
  const run = button("Run the small example", null, () => act("example"), { classes: "q-outlined" });
  run.title = "Evaluates the three questions of the template";
  parts.intro.replaceChildren(sentence, ...(example ? [run] : []));
}

function drawRun(view) {
  const begun = token !== view.run;
  const focused = parts.work.contains(document.activeElement) || parts.result.contains(document.activeElement);
  if (begun) {
    told = 0;
    if (token && phase === "done") keep(BEFORE, (before = token));
    parts.result.replaceChildren();
    announce(`Evaluating ${view.name}.`);
  }
  if (begun || view.phase !== phase || parts.note.textContent === SILENT) note();
  const last = phase;
  phase = view.phase;
  if (begun || !remembered(KEPT)) keep(KEPT, view.run);
  token = view.run;
  if (view.phase === "done") {
    parts.work.replaceChildren();
    drawResult(parts.result, view, { act, ask: (what, more) => server.act({ do: what, run: view.run, ...more }) }, last);
    if (focused) parts.result.querySelector("h2").focus({ preventScroll: true });
  } else if (UNDER_WAY.includes(view.phase)) {
    showProgress(view);
    lookIn(OFTEN);
  } else {
    ended(view);
    if (focused) parts.work.querySelector("[tabindex], button").focus({ preventScroll: true });
  }
}

function progress() {
  const title = el("h2", "q-list-title");
  const bar = el("progress", "q-progress");
  bar.max = 1;
  const sentence = el("p", "q-meta");
  const stop = button("Stop", "close", () => stop.ariaDisabled === "true" || act("stop"), { classes: "q-outlined" });
  return { node: el("section", "q-running", el("div", "q-running-head", title, stop), bar, sentence), title, bar, sentence, stop };
}

/** Changes what is there, so that the focus stays where it is. */
function showProgress({ name, phase: now, done, total, stopping, stoppable, sentence }) {
  const { node, title, bar, stop, sentence: line } = parts.progress;
  title.textContent = FURTHER[now] ?? `Evaluating ${name}`;
  bar.setAttribute("aria-label", title.textContent);
  if (total && (now !== "scoring" || done < total)) bar.value = done / total;
  else bar.removeAttribute("value");
  line.textContent = stopping ? `Stopping… ${sentence}` : sentence;
  stop.hidden = now === "comparing";
  stop.setAttribute("aria-disabled", String(stopping || !stoppable)); // `disabled` would lose the focus
  if (node.parentNode !== parts.work) {
    parts.work.replaceChildren(node);
    if (FURTHER[now]) announce(sentence);
    else parts.result.replaceChildren();
  }
  const quarter = total ? Math.floor((4 * done) / total) : 0;
  if ((now === "asking" || now === "calibrating") && quarter !== told) {
    if (quarter > told) announce(sentence);
    told = quarter;
  }
}

function ended({ phase: now, name, sentence }) {
  announce(sentence);
  const title = el("h2", "q-list-title", now === "stopped" ? `${name} was stopped` : `${name} was not evaluated`);
  title.tabIndex = -1;
  if (now === "stopped") {
    const on = button("Go on", null, () => act("resume"), { classes: "q-outlined" });
    parts.work.replaceChildren(el("section", "q-running", el("div", "q-running-head", title, on), el("p", "q-meta", sentence)));
  } else {
    parts.work.replaceChildren(title, el("p", "q-error", sentence));
  }
}

function complain(sentence) {
  note(el("p", "q-error", sentence));
  announce(sentence);
}

function forget(sentence) {
  const shown = parts.work.childElementCount + parts.result.childElementCount > 0;
  token = phase = null;
  keep(KEPT, "");
  parts.work.replaceChildren();
  parts.result.replaceChildren();
  if (shown) complain(sentence); // a page that was just opened need not be told of a run of yesterday
}

function note(...nodes) {
  parts.note.replaceChildren(...nodes);
}

function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Private windows may forbid storage: the run is then found again only as long as the page is open.
  }
}

function remembered(name) {
  try {
    return localStorage.getItem(name) || null;
  } catch {
    return null;
  }
}
