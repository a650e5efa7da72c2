// Small helpers. Everything that comes from a document goes through `textContent`; nothing here parses HTML.

const SVG = "http://www.w3.org/2000/svg";

// The paths of our icons, 24 by 24, drawn with a line.
const ICONS = {
  ask: "M4 12h14M12 5l7 7-7 7",
  check: "M5 13l4 4L19 7",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 8v4.5l3 1.8",
  close: "M6 6l12 12M18 6L6 18",
  compare: "M4 8h13l-4-4M20 16H7l4 4",
  copy: "M9 9h10v11H9zM5 15V4h10",
  down: "M6 9l6 6 6-6",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  folder: "M3 6h6l2 2h10v11H3z",
  left: "M15 6l-6 6 6 6",
  filter: "M4 6h16M7 12h10M10 18h4",
  folder: "M3 6h6l2 2.5h10V19H3z",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  moon: "M20 14.5A8 8 0 1 1 9.5 4 6.5 6.5 0 0 0 20 14.5z",
  page: "M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 16h5",
  plus: "M12 5v14M5 12h14",
  right: "M9 6l6 6-6 6",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L20 20",
  show: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M4 12H2M22 12h-2M5 5l1.5 1.5M17.5 17.5L19 19M5 19l1.5-1.5M17.5 6.5L19 5",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
  undo: "M9 14L4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
  up: "M6 15l6-6 6 6",
  upload: "M12 16V5M7 10l5-5 5 5M5 15v5h14v-5",
};

/** What is said when the server met an error that nobody foresaw. */
export const FAILED = "Something went wrong inside Quoth. What it was stands in the log of the server.";

/** An element with classes and children; strings become text nodes. */
export function el(name, classes = "", ...children) {
  const node = document.createElement(name);
  if (classes) node.className = classes;
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

/** A decorative icon: what it means is said in words beside it or in the button's name. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "q-icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A button with an icon and a name; `quiet` hides the name from the eye, not from the ear. */
export function button(name, picture, action, { quiet = false, classes = "" } = {}) {
  const node = el("button", `q-button ${classes}`, picture ? icon(picture) : null);
  node.type = "button";
  if (quiet) {
    node.setAttribute("aria-label", name);
    node.title = name;
  } else {
    node.append(el("span", "", name));
  }
  node.addEventListener("click", (event) => {
    event.stopPropagation();
    action(node);
  });
  return node;
}

/** The pieces of a text, joined again: a `mark` wherever a quote or its decisive words stand. */
export function drawPieces(pieces, { onlyHighlights = false } = {}) {
  const drawn = document.createDocumentFragment();
  for (const piece of pieces) {
    const marked = onlyHighlights ? piece.highlight : piece.quotes.length > 0;
    if (!marked) {
      drawn.append(document.createTextNode(piece.text));
      continue;
    }
    const mark = el("mark", piece.highlight ? "q-highlight" : "q-quoted", piece.text);
    mark.dataset.quotes = piece.quotes.join(" ");
    drawn.append(mark);
  }
  return drawn;
}

/** Says a sentence to a screen reader. */
export function announce(sentence) {
  const status = document.querySelector("#q-status");
  if (status) status.textContent = sentence;
}

const restoring = new WeakMap(); // the buttons that say "Copied", and the timers that give them their names back

/** Copies text exactly, also where the page was not served over https and the modern way is closed. */
export async function copy(text, node) {
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    done = copyBySelection(text);
  }
  const label = node.querySelector("span");
  node.dataset.name ??= label.textContent; // pressed twice in a row, it would take "Copied" for its name
  label.textContent = done ? "Copied" : "Could not copy";
  announce(label.textContent);
  clearTimeout(restoring.get(node));
  restoring.set(node, setTimeout(() => (label.textContent = node.dataset.name), 1600));
}

function copyBySelection(text) {
  const area = el("textarea", "q-unseen");
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

/** Goes to the box to ask in, on whichever tab one is; it cannot have the focus before its tab is shown, some frames
 *  after the click. */
export function goToBox(tries = 30) {
  const tab = document.querySelector("#q-tabs [role=tab]");
  if (tab?.ariaSelected !== "true") tab?.click();
  const box = document.querySelector("#q-box textarea, #q-box input");
  box?.focus();
  if (box && document.activeElement !== box && tries) requestAnimationFrame(() => goToBox(tries - 1));
}

/** Tells the other parts of the page; false when one of them refused. */
export function tell(name, detail = {}) {
  return document.dispatchEvent(new CustomEvent(`quoth:${name}`, { detail, cancelable: true }));
}

/** Listens to what `tell` tells. */
export function hear(name, action) {
  document.addEventListener(`quoth:${name}`, (event) => action(event.detail, event));
}

/** Draws the value a component has now and each one that comes, none of them twice. */
export function follow({ props, watch }, draw) {
  let last = null;
  const update = () => {
    const value = props.value;
    if (value && value.n !== last) {
      last = value.n;
      draw(value);
    }
  };
  watch("value", update);
  update();
}
