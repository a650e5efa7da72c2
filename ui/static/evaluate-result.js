// What came out of an evaluation: head figures, pictures, comparison, calibration, remarks; the table is beside.
import { announce, button, el, icon } from "./dom.js";
import { questionTable } from "./evaluate-table.js";

const SVG = "http://www.w3.org/2000/svg";

/** Draws a finished run; `acts.act` changes the run, `acts.ask` only looks something up in it; `last` was its phase. */
export function drawResult(place, view, acts, last) {
  const title = el("h2", "q-list-title", view.title);
  title.tabIndex = -1;
  const head = el("div", "q-result-head", el("div", "", title, el("p", "q-meta", view.asked)), downloads(view, acts));
  const figures = el("ul", "q-figures", ...view.figures.map(figure));
  figures.setAttribute("aria-label", "Head figures");
  place.replaceChildren(
    head, ...comparison(view.comparison), figures, meanings(view.figures), el("div", "q-charts", ...view.charts.map(chart)),
    calibration(view.calibration, acts), ...remarks(view), questionTable(view, acts.ask),
  );
  announce(lately(view, last) || view.said);
}

/** What was done with the run since its numbers were told. */
function lately({ calibration: set, comparison: compared }, last) {
  for (const one of last === "calibrating" ? [set] : [compared, set]) {
    const told = one && (one.error || one.note || one.sentences.join(" "));
    if (told) return told;
  }
  return "";
}

function downloads(view, { act }) {
  const compare = view.comparison && !view.comparison.link ? button("Compare with the run before", "compare", () => act("compare"), { classes: "q-outlined" }) : null;
  if (compare) compare.title = view.comparison.offer;
  const report = el("a", "q-button q-outlined", icon("page"), el("span", "", "Open the report"));
  report.href = view.report_link;
  report.target = "_blank";
  report.rel = "noopener";
  const everything = el("a", "q-button q-outlined", icon("download"), el("span", "", "Download everything"));
  everything.href = view.zip_link;
  everything.download = "";
  everything.title = "A zip file: answers.jsonl, report.json, report.html, run.trec and the rest";
  return el("div", "q-downloads", compare, report, everything);
}

function comparison(view) {
  if (!view || !(view.error || view.link)) return [];
  const box = el("section", "q-compared", said(view, view.link ? [el("p", "q-meta", view.offer)] : []));
  box.setAttribute("aria-label", "Comparison with the run before");
  if (view.link) {
    const open = el("a", "q-button q-outlined", icon("page"), el("span", "", "Open the comparison"));
    open.href = view.link;
    open.target = "_blank";
    open.rel = "noopener";
    box.append(el("div", "q-actions", open));
  }
  return [box];
}

/** What something that was done with the run did, or why it did not. */
function said({ error, note, sentences }, more) {
  const [first, ...rest] = sentences.map((sentence) => el("p", "", sentence));
  if (first) {
    first.prepend(icon("check"));
    first.classList.add("q-done");
  }
  return el("div", "q-told", error ? el("p", "q-error", error) : null, note ? el("p", "", note) : null, first, ...rest, ...more);
}

function figure({ label, value, range, n, colour }) {
  const node = el("li", "q-figure", el("strong", "q-value", value), el("span", "q-label", label), el("span", "q-range", range), n ? el("span", "q-range", n) : null);
  if (colour) node.dataset.colour = colour;
  return node;
}

function meanings(figures) {
  const list = el("dl", "", ...figures.flatMap(({ label, meaning }) => [el("dt", "", label), el("dd", "", meaning)]));
  return el("details", "q-meanings", el("summary", "", "What these numbers mean"), list);
}

function chart({ title, words, drawing }) {
  return el("figure", "q-chart", el("h3", "q-subtitle", title), drawn(drawing), el("figcaption", "", words));
}

/** A drawing of ours, element by element: nothing is read as markup. */
function drawn({ tag, attributes, text, children }) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(text, ...children.map(drawn));
  return node;
}

function calibration(view, { act }) {
  const box = el("section", "q-calibration");
  box.setAttribute("aria-label", "Calibration");
  if (view.sentences.length) {
    box.append(said(view, []));
    return box;
  }
  const buttons = el("div", "q-actions");
  box.append(said(view, [el("p", "", view.offer)]), buttons);
  if (view.enough) propose();
  return box;

  function propose() {
    const use = button("Use these for calibration", null, confirm, { classes: "q-outlined" });
    buttons.replaceChildren(use);
    return use;
  }

  function confirm() {
    const yes = button("Yes, calibrate the library", null, () => act("calibrate"), { classes: "q-outlined" });
    const no = button("Not now", null, () => propose().focus(), { classes: "q-outlined" });
    buttons.replaceChildren(yes, no);
    no.focus(); // the harmless one, should somebody press twice
    announce("Calibrate the library for everybody?");
  }
}

function remarks({ problems, problems_title: title, problems_more: more }) {
  if (!problems.length) return [];
  const lines = problems.map(({ name, reason }) => el("li", "", el("strong", "", name), `: ${reason}`));
  const list = el("ul", "", ...lines);
  const node = el("details", "q-refused q-remarks", el("summary", "", title), list, more ? el("p", "", more) : null);
  node.open = problems.length <= 5;
  return [node];
}
