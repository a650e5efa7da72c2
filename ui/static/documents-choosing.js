// Choosing what to add: two buttons, and files and folders that were dropped on the page.
import { whenDropped } from "./documents-dropping.js";
import { amount } from "./documents-row.js";
import { button, el, icon } from "./dom.js";

let parts;
let outside; // take, report
let endings = new Set(); // of the files that are read out of folders
let open = false; // whether anything may be added

export function mountChoosing(element, given) {
  outside = given;
  parts = build();
  element.replaceChildren(parts.drop, parts.folderInput);
  listen();
  return { allow, focus: () => parts.drop.querySelector("button").focus({ preventScroll: true }) };
}

function build() {
  const input = fileInput();
  const folderInput = fileInput();
  folderInput.webkitdirectory = true;
  const files = button("Choose files", "plus", () => input.click(), { classes: "q-outlined q-primary" });
  const folder = button("Choose a folder", "folder", () => folderInput.click(), { classes: "q-outlined" });
  folder.hidden = !("webkitdirectory" in HTMLInputElement.prototype) || matchMedia("(pointer: coarse)").matches;
  const limits = el("p", "q-meta");
  const words = el("div", "q-drop-words", el("h2", "q-list-title", "Add documents"), el("p", "q-lede", "Drop files or whole folders here."), limits);
  const drop = el("section", "q-drop", icon("upload"), words, el("div", "q-drop-buttons", files, folder), input);
  drop.id = "q-upload";
  drop.setAttribute("aria-label", "Add documents");
  return { drop, input, folderInput, limits };
}

function fileInput() {
  const input = el("input");
  input.type = "file";
  input.multiple = true;
  input.hidden = true;
  return input;
}

function listen() {
  parts.input.addEventListener("change", () => {
    outside.take([...parts.input.files].map((file) => ({ file, name: file.name })));
    parts.input.value = ""; // so that the same file can be chosen again
  });
  parts.folderInput.addEventListener("change", () => {
    takeFolder([...parts.folderInput.files].map((file) => ({ file, name: file.webkitRelativePath || file.name })), { input: parts.folderInput });
  });
}

async function dropped(entries) {
  if (!open) return;
  const alone = [];
  const inFolders = [];
  for (const entry of entries) {
    if (entry instanceof File) alone.push({ file: entry, name: entry.name });
    else if (entry?.isDirectory) inFolders.push(...(await filesIn(entry)));
    else if (entry) alone.push({ file: await fileOf(entry), name: entry.name });
  }
  takeFolder(inFolders, { alone });
}

/** All files below a folder, by their paths; what cannot be opened comes without a file. */
async function filesIn(folder) {
  const reader = folder.createReader();
  const found = [];
  for (;;) {
    const entries = await new Promise((resolve) => reader.readEntries(resolve, () => resolve(null)));
    if (!entries) return [...found, { file: null, name: path(folder) }];
    if (!entries.length) return found; // it gives a hundred at a time
    for (const entry of entries) {
      if (entry.isDirectory) found.push(...(entry.name.startsWith(".") ? [] : await filesIn(entry)));
      else found.push({ file: await fileOf(entry), name: path(entry) });
    }
  }
}

function fileOf(entry) {
  return new Promise((resolve) => entry.file(resolve, () => resolve(null)));
}

function path(entry) {
  return entry.fullPath.replace(/^\//, "");
}

/** Out of a folder only what Quoth reads is taken, as `quoth add` does it; the others are counted. */
function takeFolder(found, { input = null, alone = [] } = {}) {
  // A hidden folder that somebody chose is meant; what is hidden inside of one is not.
  const seen = found.filter(({ name }) => !name.split("/").slice(1).some((part) => part.startsWith(".")));
  const wanted = seen.filter(({ file, name }) => file && endings.has(name.slice(name.lastIndexOf(".")).toLowerCase()));
  const shut = [...seen, ...alone].filter(({ file }) => !file);
  const others = seen.length - wanted.length - seen.filter(({ file }) => !file).length;
  const notes = [];
  if (others) notes.push(`${amount(others, "file")} of the folder ${others === 1 ? "was" : "were"} left out: Quoth reads text, Markdown, HTML, PDF and Word.`);
  if (shut.length) notes.push(`${shut[0].name}${shut.length > 1 ? ` and ${amount(shut.length - 1, "other")}` : ""} could not be opened.`);
  const chosen = [...alone.filter(({ file }) => file), ...wanted];
  if (input) input.value = "";
  if (chosen.length) outside.take(chosen, notes);
  else outside.report({ sentences: [], refused: [], error: notes.join(" ") || "There are no files in this folder." });
}

function allow({ endings: known, limits, readonly, documents, error }) {
  endings = new Set(known);
  parts.input.accept = known.join(",");
  parts.limits.textContent = readonly || `Text, Markdown, HTML, PDF and Word files. ${limits}`;
  open = !error && !readonly;
  parts.drop.hidden = Boolean(error);
  parts.drop.classList.toggle("q-closed", Boolean(readonly));
  parts.drop.classList.toggle("q-first", !documents.length);
  whenDropped(dropped); // not before it is known what is read
}
