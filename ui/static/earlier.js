// A window under the head of the page: earlier conversations of this visitor, and what became of judged answers.
import { announce, button, el, hear, icon, tell } from "./dom.js";
import { kept } from "./feedback.js";
import { forget, others } from "./history.js";
import { showAt } from "./menu.js";

const FILE = "quoth/feedback.jsonl";

/** The button that opens it; hidden as long as there is nothing to be found there. */
export function earlierButton() {
  const opener = button("Earlier", "clock", open, { classes: "q-earlier-open" });
  opener.setAttribute("aria-haspopup", "dialog");
  opener.setAttribute("aria-expanded", "false");
  opener.title = "Earlier conversations, and judged answers";
  const sheet = el("div", "q-earlier");
  sheet.popover = "auto";
  sheet.setAttribute("role", "dialog");
  sheet.setAttribute("aria-label", "Earlier conversations and judged answers");
  for (const event of ["begun", "fresh", "kept"]) hear(event, () => setTimeout(update)); // when all others have heard it
  update();
  return [opener, sheet];

  function update() {
    opener.hidden = !kept() && !others().length;
    if (sheet.matches(":popover-open")) draw();
  }

  function open() {
    if (sheet.matches(":popover-open")) return sheet.hidePopover();
    draw();
    showAt(opener, sheet);
    sheet.querySelector("button, a")?.focus({ preventScroll: true });
  }

  function draw() {
    const found = others();
    const parts = [];
    if (found.length) {
      const clear = button("Delete all", "trash", () => remove(found.map(({ id }) => id)));
      parts.push(
        el("div", "q-earlier-head", el("h2", "q-subtitle", "Earlier conversations"), clear),
        el("ul", "q-earlier-list", ...found.map((one) => row(one))),
        el("p", "q-earlier-line", "They are kept in this browser only."),
      );
    }
    if (kept()) parts.push(...judged());
    if (!parts.length) parts.push(el("p", "q-earlier-line", "There is nothing here any more."));
    sheet.replaceChildren(...parts);
  }

  function row({ id, at, title, count }) {
    const on = button(title, null, () => {
      sheet.hidePopover();
      tell("resume", { id });
    }, { classes: "q-earlier-one" });
    const day = new Date(at).toLocaleDateString(undefined, { day: "numeric", month: "short" });
    on.append(el("span", "q-earlier-about", `${count === 1 ? "1 question" : `${count} questions`} · ${day}`));
    const away = button(`Delete “${title}”`, "close", () => remove([id]), { quiet: true });
    return el("li", "", on, away);
  }

  function remove(ids) {
    forget(ids);
    announce(ids.length === 1 ? "Deleted." : "All deleted.");
    draw();
    opener.hidden = !kept() && !others().length;
    if (opener.hidden) sheet.hidePopover();
    else sheet.querySelector("button, a")?.focus({ preventScroll: true });
  }
}

function judged() {
  const link = el("a", "q-button q-outlined", icon("download"), el("span", "", "Download them"));
  link.href = FILE;
  link.download = "";
  const sentence = kept() === 1 ? "1 answer was judged" : `${kept()} answers were judged`;
  return [
    el("h2", "q-subtitle", "Judged answers"),
    el("p", "q-earlier-line", `${sentence} and kept with this library, as a question file that the Evaluate tab takes.`),
    link,
  ];
}
