// Choosing the right words in the reader: what somebody selects there becomes an exact place in the document.
import { button, el, hear } from "./dom.js";

const SHOWN = 36; // characters of a selection on the button that takes it

let asking = null; // { bar, use, take }

/** The selected words and their place in the document that is open, or null: `{ document, span, text }`, where `span`
 *  counts UTF-16 units from the beginning of its text, as strings here do. */
export function selected() {
  const text = document.querySelector(".q-reader .q-text");
  const selection = getSelection();
  if (!text || !selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0).cloneRange();
  if (!range.intersectsNode(text)) return null;
  const whole = document.createRange();
  whole.selectNodeContents(text);
  if (range.compareBoundaryPoints(Range.START_TO_START, whole) < 0) range.setStart(text, 0);
  if (range.compareBoundaryPoints(Range.END_TO_END, whole) > 0) range.setEnd(text, text.childNodes.length);
  const words = range.toString();
  whole.setEnd(range.startContainer, range.startOffset);
  const start = whole.toString().length;
  const id = text.closest(".q-reader").dataset.document;
  return words.trim() && id ? { document: id, span: [start, start + words.length], text: words } : null;
}

/** Puts a bar above the text of the reader until words were chosen there, or nobody wants to any more. */
export function pick(question, take) {
  stop();
  const use = button("Use the selected words", "check", () => {
    const place = selected();
    if (place) take(place);
  }, { classes: "q-outlined" });
  use.addEventListener("mousedown", (event) => event.preventDefault()); // the selection stays
  const bar = el(
    "div", "q-picking",
    el("p", "", "Select the words that answer ", el("q", "", question)),
    use, button("Not now", "close", stop, { quiet: true }),
  );
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "The right words");
  document.querySelector(".q-reader .q-sheet").before(bar);
  asking = { bar, use, take };
  document.addEventListener("selectionchange", show);
  show();
}

/** Whether the reader waits for words. */
export function stop() {
  asking?.bar.remove();
  asking = null;
  document.removeEventListener("selectionchange", show);
}

function show() {
  const words = selected()?.text.replace(/\s+/g, " ").trim() ?? "";
  const drawn = [...words]; // whole characters
  asking.use.disabled = !words;
  asking.use.querySelector("span").textContent = !words ? "Use the selected words" : `Use “${drawn.length > SHOWN ? `${drawn.slice(0, SHOWN).join("")}…` : words}”`;
}

hear("fresh", (_, event) => event.defaultPrevented || stop());
hear("begun", stop);
hear("lend", stop);
