// What came out of an evaluation: the head figures, calibration, remarks on the file; the table is beside.
import { announce, button, el, icon } from "./dom.js";
import { questionTable } from "./evaluate-table.js";

/** Draws a finished run; `acts.act` changes the run, `acts.ask` only looks something up in it. */
export function drawResult(place, view, acts) {
  const title = el("h2", "q-list-title", view.title);
  title.tabIndex = -1;
  const head = el("div", "q-result-head", el("div", "", title, el("p", "q-meta", view.asked)), downloads(view));
  const calibrated = view.calibration.sentences.length > 0 || view.calibration.error !== "";
  const figures = el("ul", "q-figures", ...view.figures.map(figure));
  figures.setAttribute("aria-label", "Head figures");
  place.replaceChildren(head, figures, calibration(view.calibration, acts), ...remarks(view), questionTable(view, acts.ask));
  announce(calibrated ? view.calibration.error || view.calibration.sentences.join(" ") : view.said);
}

function downloads(view) {
  const report = el("a", "q-button q-outlined", icon("page"), el("span", "", "Open the report"));
  report.href = view.report_link;
  report.target = "_blank";
  report.rel = "noopener";
  const everything = el("a", "q-button q-outlined", icon("download"), el("span", "", "Download everything"));
  everything.href = view.zip_link;
  everything.download = "";
  everything.title = "A zip file: answers.jsonl, report.json, report.html, run.trec and the rest";
  return el("div", "q-downloads", report, everything);
}

function figure({ label, value, range, n, meaning, colour }) {
  const node = el("li", "q-figure", el("strong", "q-value", value), el("span", "q-label", label), el("span", "q-range", range), n ? el("span", "q-range", n) : null, el("span", "q-meaning", meaning));
  if (colour) node.dataset.colour = colour;
  return node;
}

function calibration({ enough, offer, error, sentences }, { act }) {
  const box = el("section", "q-calibration");
  box.setAttribute("aria-label", "Calibration");
  if (error) box.append(el("p", "q-error", error));
  if (sentences.length) {
    box.append(...sentences.map((sentence, at) => (at ? el("p", "", sentence) : el("p", "q-done", icon("check"), sentence))));
    return box;
  }
  const buttons = el("div", "q-actions");
  box.append(el("p", "", offer), buttons);
  if (enough) propose();
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
