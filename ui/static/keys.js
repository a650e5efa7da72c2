// Keyboard: `/` asks, `j` and `k` step through the quotes, `1` to `9` open one, Esc leaves.
import { tell } from "./dom.js";

const ACTIONS = {
  "/": () => document.querySelector("#q-box textarea, #q-box input")?.focus(),
  j: () => tell("step", { by: 1 }),
  k: () => tell("step", { by: -1 }),
};

export function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      if (isTyping(event.target)) event.target.blur();
      tell("close");
      return;
    }
    if (isTyping(event.target) || !document.querySelector(".q-reader")?.checkVisibility()) return;
    const digit = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
    const action = digit ? () => tell("number", { number: digit }) : ACTIONS[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

function isTyping(target) {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable=true]");
}
