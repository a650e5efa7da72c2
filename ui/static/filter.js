// Which documents are searched: all of them, or some that were chosen. The choice is a part of the conversation.
import { FAILED, announce, button, el, hear, icon, tell } from "./dom.js";
import { showAt } from "./menu.js";

const SHOWN = 60; // documents that are drawn at once
const FEW = 8; // so many are overlooked without a search box

let parts;
let talk; // asks the server
let filter = null; // { documents: [{ id, title }], folders: [{ path, label }] }, or null for all
let choices = null; // what there is to choose, until the shelf changes

export function mount(element, component) {
  talk = (asked) => component.server.talk(asked);
  const opener = button("All documents", "filter", open, { classes: "q-filter-open" });
  opener.append(icon("down"));
  opener.setAttribute("aria-haspopup", "dialog");
  opener.setAttribute("aria-expanded", "false");
  const clear = button("Search all documents", "close", () => choose(null, { aloud: true }), { quiet: true, classes: "q-filter-clear" });
  clear.addEventListener("click", () => opener.focus());
  const search = el("input", "q-filter-search");
  Object.assign(search, { type: "search", placeholder: "Find a document or folder…", autocomplete: "off" });
  search.setAttribute("aria-label", "Find a document or folder");
  search.addEventListener("input", () => drawList(true));
  const list = el("div", "q-filter-list");
  const line = el("p", "q-filter-line");
  const all = button("All documents", null, () => choose(null, { aloud: true }), { classes: "q-outlined" });
  const done = button("Done", null, () => parts.sheet.hidePopover(), { classes: "q-outlined q-strong" });
  const sheet = el("div", "q-filter-sheet", el("h2", "q-subtitle", "Search only in"), search, list, line, el("footer", "", all, done));
  sheet.setAttribute("role", "dialog");
  sheet.setAttribute("aria-label", "Documents to search");
  parts = { opener, clear, search, list, line, all, sheet };
  element.replaceChildren(el("div", "q-filter", opener, clear, sheet));
  sheet.popover = "auto";
  hear("shelf", () => (choices = null));
  label();
}

/** What is chosen, null for everything. */
export function chosen() {
  return filter;
}

/** The same as the server takes it: ids and paths. */
export function named(value) {
  return value && { documents: value.documents.map(({ id }) => id), folders: value.folders.map(({ path }) => path) };
}

/** Chooses; the conversation hears of it. */
export function choose(value, { aloud = false } = {}) {
  filter = value?.documents.length || value?.folders.length ? value : null;
  if (!parts) return; // a conversation was restored before there was anything to draw its choice on
  label();
  if (parts.sheet.matches(":popover-open")) drawList(false);
  tell("filtered");
  if (aloud) announce(filter ? `Questions now go to ${summary()}.` : "Questions now go to all documents.");
}

function label() {
  parts.opener.querySelector("span").textContent = filter ? summary() : "All documents";
  parts.opener.setAttribute("aria-label", `Documents to search: ${filter ? summary() : "all documents"}`);
  parts.opener.classList.toggle("q-on", filter !== null);
  parts.clear.hidden = filter === null;
}

function summary() {
  const { documents, folders } = filter;
  if (documents.length + folders.length === 1) return documents[0]?.title ?? folders[0].label;
  return [amount(folders.length, "folder"), amount(documents.length, "document")].filter(Boolean).join(", ");
}

function amount(count, thing) {
  return count ? `${count} ${thing}${count === 1 ? "" : "s"}` : "";
}

async function open() {
  if (parts.sheet.matches(":popover-open")) return parts.sheet.hidePopover();
  choices ??= await talk({ do: "choices" }).catch(() => ({ error: FAILED }));
  if (choices.error) {
    announce(choices.error);
    choices = null;
    return;
  }
  parts.search.value = "";
  parts.search.hidden = choices.documents.length + choices.folders.length <= FEW;
  drawList(false);
  showAt(parts.opener, parts.sheet);
  (parts.search.hidden ? parts.list.querySelector("input") ?? parts.all : parts.search).focus({ preventScroll: true });
}

function drawList(aloud) {
  const wanted = parts.search.value.trim().toLocaleLowerCase();
  const fits = (...texts) => texts.some((text) => text.toLocaleLowerCase().includes(wanted));
  const folders = choices.folders.filter(({ label: name, path }) => fits(name, path));
  const documents = choices.documents.filter(({ title, name, folder }) => fits(title, name, folder));
  const scroll = parts.list.scrollTop;
  const focused = document.activeElement?.value;
  parts.list.replaceChildren(
    group("Folders", folders.slice(0, SHOWN).map(folderRow)),
    group("Documents", documents.slice(0, SHOWN).map(documentRow)),
  );
  parts.list.scrollTop = scroll;
  if (!aloud && focused) [...parts.list.querySelectorAll("input")].find(({ value }) => value === focused)?.focus({ preventScroll: true });
  const hidden = Math.max(0, documents.length - SHOWN) + Math.max(0, folders.length - SHOWN);
  const found = documents.length + folders.length;
  parts.line.textContent = !found ? "Nothing is called that." : hidden ? `${hidden.toLocaleString("en")} more; type to find them.` : "";
  parts.all.disabled = filter === null;
  if (aloud) announce(found ? `${found} found.` : "Nothing is called that.");
}

function group(title, rows) {
  if (!rows.length) return "";
  return el("fieldset", "", el("legend", "", title), ...rows);
}

function folderRow({ path, label: name, amount: many }) {
  const folder = { path, label: name };
  return row(`folder:${path}`, name, many, has("folders", "path", path), (on) => toggle("folders", "path", folder, on), path);
}

function documentRow({ id, title, name }) {
  const about = name === title ? "" : name;
  return row(id, title, about, has("documents", "id", id), (on) => toggle("documents", "id", { id, title }, on));
}

function row(value, name, about, checked, act, hint = "") {
  const box = el("input");
  Object.assign(box, { type: "checkbox", value, checked });
  box.addEventListener("change", () => act(box.checked));
  const node = el("label", "q-filter-row", box, el("span", "", name, about ? el("span", "q-filter-about", about) : null));
  if (hint) node.title = hint;
  return node;
}

function has(kind, key, value) {
  return filter?.[kind].some((one) => one[key] === value) ?? false;
}

function toggle(kind, key, one, on) {
  const now = filter ?? { documents: [], folders: [] };
  const rest = now[kind].filter((other) => other[key] !== one[key]);
  choose({ ...now, [kind]: on ? [...rest, one] : rest }, { aloud: true });
}
