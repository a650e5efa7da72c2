// Looking the library over, and building its index anew: two buttons, what is being done, and what came of it.
import { announce, button, el, icon } from "./dom.js";

const WORDS = { checking: "Looking at every stored part…", rebuilding: "Building the index anew…" };

let parts;
let act;
let phase = "idle";
let shown = ""; // the outcome on display

export function mountCare(element, outside) {
  act = outside.act;
  const bar = el("progress", "q-progress");
  bar.max = 1;
  const line = el("p", "q-meta");
  const check = button("Check the library", "check", () => begin("check"), { classes: "q-outlined" });
  const rebuild = button("Build the index anew", "undo", () => begin("rebuild"), { classes: "q-outlined" });
  const halt = button("Stop", "close", () => act("halt"), { classes: "q-outlined" });
  const running = el("div", "q-care-running", bar, line, halt);
  const outcome = el("div", "q-care-outcome");
  running.hidden = true;
  element.replaceChildren(
    el(
      "details", "",
      el("summary", "", "Maintenance"),
      el(
        "p", "q-lede",
        "A check reads every stored text, passage and vector and says whether they still belong together. Building the index " +
          "anew makes passages and vectors again from the stored texts; questions are answered from the old ones until it is done.",
      ),
      el("div", "q-actions", check, rebuild),
      running,
      outcome,
    ),
  );
  parts = { details: element.firstChild, bar, line, running, outcome, check, rebuild, halt };
  return { draw, busy: () => phase !== "idle" };
}

function begin(what) {
  if (phase === "idle") act(what);
}

function draw(care, doing) {
  const before = phase;
  phase = care.phase;
  const busy = phase !== "idle";
  parts.running.hidden = !busy;
  parts.halt.hidden = phase !== "rebuilding";
  for (const node of [parts.check, parts.rebuild]) node.setAttribute("aria-disabled", String(busy)); // keeps the focus
  if (busy) showProgress(doing);
  if (busy && before !== phase) announce(WORDS[phase]);
  const { sentences, error, checks, healthy, when } = care;
  const outcome = JSON.stringify([sentences, error, when, checks]);
  if (busy || outcome === shown) return;
  shown = outcome;
  parts.rebuild.classList.toggle("q-primary", Boolean(checks.length) && !healthy);
  const lines = sentences.map((sentence) => el("p", healthy ? "q-done" : "q-warning", sentence));
  if (error) lines.push(el("p", "q-error", error));
  parts.outcome.replaceChildren(...lines, checks.length ? el("ul", "q-checks", ...checks.map(drawCheck)) : "", when ? ended(when) : "");
  if (before !== "idle") announce([...sentences, error].filter(Boolean).join(" "));
}

function showProgress(doing) {
  const mine = doing?.errand === phase;
  if (mine && doing.total) parts.bar.value = doing.done / doing.total;
  else parts.bar.removeAttribute("value");
  parts.bar.setAttribute("aria-label", WORDS[phase]);
  const counted = mine && doing.total ? ` ${doing.done.toLocaleString("en")} of ${doing.total.toLocaleString("en")} passages` : "";
  parts.line.textContent = mine ? `${WORDS[phase]}${counted}` : "Waiting until what is under way is done…";
}

function drawCheck({ name, ok, said, detail, remedy }) {
  const mark = el("span", ok ? "q-check-mark" : "q-check-mark q-bad", icon(ok ? "check" : "close"), el("span", "q-unseen", ok ? "Fine:" : "Wrong:"));
  const node = el("li", "", mark, el("strong", "", name), el("span", "q-check-said", said));
  if (detail) node.title = detail;
  if (remedy) node.append(el("span", "q-check-remedy", remedy));
  return node;
}

function ended(when) {
  const date = new Date(when);
  const node = el("time", "", new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" }).format(date));
  node.dateTime = when;
  return el("p", "q-meta", "As of ", node);
}
