// Files dropped anywhere on the page are documents to add. Loaded with the page, for the Documents tab may not be there yet.

let take = null; // what takes them, as soon as the tab is there
const waiting = [];

/** Calls `action` with the entries of each drop, also of those before. */
export function whenDropped(action) {
  take = action;
  for (const entries of waiting.splice(0)) action(entries);
}

document.addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
document.addEventListener("dragenter", (event) => holdsFiles(event) && highlight(true));
document.addEventListener("dragleave", (event) => event.relatedTarget || highlight(false));
document.addEventListener("drop", dropped);

/** The Evaluate tab has a box of its own, and so may others. */
function holdsFiles(event) {
  return event.dataTransfer?.types.includes("Files") && !event.target.closest?.("#q-bench");
}

function highlight(on) {
  document.documentElement.classList.toggle("q-dragging", on);
}

function dropped(event) {
  highlight(false);
  if (!holdsFiles(event) || event.defaultPrevented) return;
  event.preventDefault(); // the browser would leave the page to show the file
  const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile()); // now: the items are gone later
  showTab();
  if (take) take(entries);
  else waiting.push(entries);
}

function showTab() {
  const tab = [...document.querySelectorAll("#q-tabs [role=tab]")].find((node) => node.textContent.trim() === "Documents");
  if (tab?.getAttribute("aria-selected") !== "true") tab?.click();
}
