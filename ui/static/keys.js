// Keyboard: `/` asks from every tab; where quotes are shown `j` and `k` step through them and `1` to `9` open one; Esc
// leaves what is open, the nearest thing first.
import { goToBox, tell } from "./dom.js";

const STEPS = { j: 1, k: -1 };

export function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (event.key === "Escape") leave(event);
    else if (!isTaken(event.target) && act(event.key)) event.preventDefault();
  });
}

/** Whether the key means something here. */
function act(key) {
  if (key === "/") {
    tell("close"); // on a small screen the reader lies over the box
    goToBox();
    return true;
  }
  const quoted = [...document.querySelectorAll("#q-room, .q-drawer")].some((node) => node.checkVisibility());
  if (quoted && STEPS[key]) tell("step", { by: STEPS[key] });
  else if (quoted && /^[1-9]$/.test(key)) tell("number", { number: Number(key) });
  else return false;
  return true;
}

function leave(event) {
  const open = document.querySelectorAll(":popover-open");
  for (const node of open) node.hidePopover();
  if (open.length) {
    event.preventDefault();
    return;
  }
  if (isTyping(event.target)) event.target.blur();
  tell("close");
}

/** Whether keys mean letters there, or steps through a menu. */
function isTaken(target) {
  return isTyping(target) || (target instanceof HTMLElement && target.closest("[popover]") !== null);
}

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}
