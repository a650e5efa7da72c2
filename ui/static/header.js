// The head of the page: name, what it is for, keyboard hints, light and dark.
import { button, el, hear, icon, tell } from "./dom.js";
import { earlierButton } from "./earlier.js";
import { listenToKeys } from "./keys.js";

const CHOICE = "quoth-theme";

export function mount(element) {
  const logo = el("span", "q-logo", "”");
  logo.setAttribute("aria-hidden", "true");
  const name = el("h1", "q-name", "Quoth");
  const motto = el("p", "q-motto", "Ask your documents. Get their own words.");
  const toggle = button("Dark mode", "moon", () => choose(!isDark()), { quiet: true, classes: "q-round" });
  const fresh = button("New conversation", "plus", () => tell("fresh") && (fresh.hidden = true), { classes: "q-fresh" });
  fresh.hidden = !document.querySelector(".q-turn"); // until there is an old one, which a link may have begun already
  for (const event of ["begun", "resume"]) hear(event, () => (fresh.hidden = false));
  const status = el("p", "q-unseen");
  status.id = "q-status";
  status.setAttribute("role", "status");
  element.replaceChildren(el("header", "q-head", logo, el("div", "q-names", name, motto), hints(), ...earlierButton(), fresh, toggle), status);
  document.documentElement.lang ||= "en";

  const show = () => {
    toggle.replaceChildren(icon(isDark() ? "sun" : "moon"));
    toggle.setAttribute("aria-pressed", String(isDark()));
  };
  const remembered = stored();
  if (remembered) document.body.classList.toggle("dark", remembered === "dark");
  show();
  new MutationObserver(show).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  listenToKeys();
}

function hints() {
  const pairs = [[["/"], "ask"], [["j", "k"], "next, previous"], [["1–9"], "open a quote"]];
  const line = el("p", "q-hints");
  for (const [keys, what] of pairs) {
    line.append(...keys.map((key) => el("kbd", "", key)), el("span", "", what));
  }
  return line;
}

function isDark() {
  return document.body.classList.contains("dark");
}

function choose(dark) {
  document.body.classList.toggle("dark", dark);
  try {
    localStorage.setItem(CHOICE, dark ? "dark" : "light");
  } catch {
    // Private windows may forbid storage: the choice then lasts as long as the page.
  }
}

function stored() {
  try {
    return new URLSearchParams(location.search).has("__theme") ? null : localStorage.getItem(CHOICE);
  } catch {
    return null;
  }
}
