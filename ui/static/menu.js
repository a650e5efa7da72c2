// Small windows in the top layer: menus, sheets with more to say, explanations. The browser closes them by itself at a
// click elsewhere; Escape closes them in keys.js, before it means anything else.
import { button, el, icon } from "./dom.js";

const GAP = 6; // pixels between a window and what opened it, and at least so many from the edge of the screen
let named = 0; // explanations get ids, so that screen readers find them

/** A button that opens a menu of `entries`, each `{ name, act }`; `act` gets the button. */
export function menuButton(name, picture, entries, { label, classes = "" } = {}) {
  let menu = null;
  const opener = button(name, picture, () => (menu?.matches(":popover-open") ? menu.hidePopover() : open()), { classes });
  opener.append(icon("down"));
  opener.setAttribute("aria-haspopup", "menu");
  opener.setAttribute("aria-expanded", "false");
  if (label) opener.setAttribute("aria-label", label);
  return opener;

  function open() {
    menu = el("div", "q-menu", ...entries.map((entry) => item(entry)));
    menu.setAttribute("role", "menu");
    menu.setAttribute("aria-label", label ?? name);
    menu.addEventListener("keydown", (event) => move(event, menu));
    menu.addEventListener("click", (event) => event.stopPropagation());
    showAt(opener, menu, { once: true });
    menu.firstChild.focus();
  }

  function item({ name: words, act }) {
    const node = button(words, null, () => {
      menu.hidePopover();
      opener.focus({ preventScroll: true });
      act(opener);
    }, { classes: "q-menu-item" });
    node.setAttribute("role", "menuitem");
    node.tabIndex = -1;
    return node;
  }
}

function move(event, menu) {
  const items = [...menu.children];
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === "Tab") menu.hidePopover();
  if (to === undefined) return;
  event.preventDefault();
  items[(to + items.length) % items.length].focus();
}

/** Shows a node as a window at its opener, which says so; `once` takes it out of the page when it closes. */
export function showAt(opener, node, { once = false } = {}) {
  const shown = new AbortController();
  const { signal } = shown;
  node.popover = "auto";
  if (!node.isConnected) opener.after(node);
  node.showPopover();
  place(opener, node);
  opener.setAttribute("aria-expanded", "true");
  node.addEventListener("beforetoggle", () => {
    shown.abort();
    opener.setAttribute("aria-expanded", "false");
    if (node.contains(document.activeElement)) opener.focus({ preventScroll: true });
    if (once) setTimeout(() => node.remove());
  }, { signal });
  // What it stands at moves away; that a text elsewhere scrolls to its mark closes nothing.
  addEventListener("scroll", ({ target }) => target.contains(opener) && node.hidePopover(), { capture: true, signal });
  addEventListener("resize", () => place(opener, node), { signal });
}

/** Below what it belongs to or, where there is more room, above. */
function place(anchor, node) {
  const at = anchor.getBoundingClientRect();
  const { width, height } = node.getBoundingClientRect();
  const below = innerHeight - at.bottom - GAP;
  const top = below >= height || below >= at.top ? at.bottom + GAP : Math.max(GAP, at.top - GAP - height);
  node.style.top = `${top}px`;
  node.style.left = `${Math.max(GAP, Math.min(at.left, innerWidth - width - GAP))}px`;
}

/** A word with an explanation, which comes up for the mouse, for the keyboard and for a finger alike. */
export function explained(node, explanation) {
  const tip = el("span", "q-tip", explanation);
  tip.id = `q-tip-${++named}`;
  tip.popover = "manual";
  tip.setAttribute("role", "tooltip");
  node.setAttribute("aria-describedby", tip.id);
  let timer = 0;
  const show = () => {
    clearTimeout(timer);
    if (tip.matches(":popover-open")) return;
    for (const other of document.querySelectorAll(".q-tip:popover-open")) other.hidePopover();
    tip.showPopover();
    place(node, tip);
    addEventListener("scroll", hide, { capture: true, once: true });
  };
  const hide = () => tip.isConnected && tip.hidePopover();
  const leave = () => (timer = setTimeout(hide, 200)); // long enough to move onto the explanation
  for (const part of [node, tip]) {
    part.addEventListener("pointerenter", ({ pointerType }) => pointerType === "mouse" && show());
    part.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && leave());
    part.addEventListener("click", (event) => event.stopPropagation());
  }
  node.addEventListener("focus", show);
  node.addEventListener("blur", hide);
  node.addEventListener("click", show);
  return [node, tip];
}
