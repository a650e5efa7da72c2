// The documents of the library: sorted, filtered and grouped here, drawn a hundred at a time.
import { COLUMNS, matching, nameFolders, plain, searchable, sortOptions } from "./documents-order.js";
import { amount, drawRow, drawTick, withRole } from "./documents-row.js";
import { announce, button, el, icon } from "./dom.js";

const MANY = 5; // documents; with more there is a filter
const FEW = 12; // documents; with more they are shown by folder, unless somebody says otherwise
const AT_ONCE = 100; // rows that are drawn before somebody asks for more
const PAUSE = 600; // milliseconds without a key after which the number of matches is said

let parts;
let remove; // what takes documents out
let shelf = { documents: [], total: "", readonly: "" };
let words = []; // of the filter
let sorting = { field: "title", down: false };
let grouped = null; // by folder: null until somebody says
let most = AT_ONCE; // rows that are drawn
let folders = new Map(); // what each folder is called here
let pause = 0;
const chosen = new Set(); // ids of the documents that are ticked
const going = new Set(); // ids of those that are being taken out

export function mountList(element, outside) {
  remove = outside.remove;
  parts = build();
  element.replaceChildren(parts.head, parts.tools, parts.table, parts.more, parts.bar);
  return { draw, leaving, focus: () => parts.title.focus({ preventScroll: true }) };
}

function build() {
  const title = el("h2", "q-list-title", "In this library");
  title.tabIndex = -1;
  const total = el("p", "q-meta");
  const filter = el("input", "q-shelf-filter");
  filter.type = "search";
  filter.placeholder = "Filter the documents";
  filter.setAttribute("aria-label", filter.placeholder);
  filter.addEventListener("input", () => filterBy(filter.value));
  const group = button("By folder", "folder", () => groupBy(!byFolder()), { classes: "q-outlined" });
  const sort = el("select", "q-shelf-sort", ...COLUMNS.filter(({ field }) => field).flatMap(sortOptions));
  sort.setAttribute("aria-label", "Sort by");
  sort.addEventListener("change", () => sortBy(sort.value.replace("-", ""), sort.value.startsWith("-")));
  const all = button("Select all", "check", () => chooseAll(), { classes: "q-outlined q-shelf-all" });
  const table = el("div", "q-shelf-box");
  const head = el("div", "q-list-head", title, total);
  const tools = el("div", "q-shelf-tools", filter, sort, group, all);
  return { title, total, filter, group, sort, all, table, head, tools, more: el("div", "q-shelf-more"), bar: el("div", "q-shelf-chosen") };
}

function draw(view) {
  shelf = { ...view, documents: view.documents.map((document) => ({ ...document, found: searchable(document) })) };
  folders = nameFolders(shelf.documents);
  const there = new Set(shelf.documents.map(({ id }) => id));
  for (const id of chosen) if (!there.has(id)) chosen.delete(id);
  redraw();
}

/** Which documents are being taken out: they are shown, and cannot be used. */
function leaving(ids, on) {
  for (const id of ids) {
    if (on) going.add(id);
    else going.delete(id);
    chosen.delete(id);
  }
  redraw();
}

function filterBy(text) {
  words = plain(text).split(/\s+/).filter(Boolean);
  most = AT_ONCE;
  redraw();
  clearTimeout(pause);
  pause = setTimeout(() => announce(amount(matching(shelf.documents, words, sorting).length, "document")), PAUSE);
}

function sortBy(field, down) {
  sorting = { field, down };
  redraw();
}

function groupBy(on) {
  grouped = on;
  redraw();
}

function byFolder() {
  return folders.size > 1 && (grouped ?? shelf.documents.length > FEW);
}

function chooseAll() {
  toggle(matching(shelf.documents, words, sorting).map(({ id }) => id), true);
}

function redraw() {
  const held = heldFocus();
  const found = matching(shelf.documents, words, sorting);
  parts.total.textContent = words.length ? `${found.length.toLocaleString("en")} of ${amount(shelf.documents.length, "document")}` : shelf.total;
  parts.filter.hidden = shelf.documents.length <= MANY && !words.length;
  parts.sort.hidden = shelf.documents.length < 2;
  parts.all.hidden = !found.length || Boolean(shelf.readonly);
  parts.sort.value = `${sorting.down ? "-" : ""}${sorting.field}`;
  parts.group.hidden = folders.size < 2;
  parts.group.setAttribute("aria-pressed", String(byFolder()));
  if (!found.length) parts.table.replaceChildren(el("p", "q-lede q-shelf-nothing", emptiness()));
  else parts.table.replaceChildren(table(found));
  drawMore(found.length);
  drawBar(found);
  held?.();
}

function emptiness() {
  if (shelf.error) return "The list of documents cannot be read.";
  if (shelf.documents.length) return "No document fits this filter.";
  return shelf.readonly ? "There are no documents in this library." : "There are no documents yet. Drop some above: Quoth answers from nothing else.";
}

function table(found) {
  const head = el("thead", "", withRole("row", el("tr", "", tickAll(found), ...COLUMNS.map(headCell))));
  const shown = byFolder() ? inGroups(found) : [["", found]];
  let room = most;
  const bodies = [];
  for (const [folder, documents] of shown) {
    if (room <= 0) break;
    const rows = documents.slice(0, room).map(row);
    room -= rows.length;
    bodies.push(withRole("rowgroup", el("tbody", "", byFolder() ? groupRow(folder, documents) : "", ...rows)));
  }
  const node = withRole("table", el("table", "q-table q-shelf-table", withRole("rowgroup", head), ...bodies));
  node.setAttribute("aria-label", "Documents");
  node.setAttribute("aria-rowcount", String(found.length + 1 + (byFolder() ? shown.length : 0)));
  return node;
}

function inGroups(found) {
  const groups = new Map([...folders.keys()].map((folder) => [folder, []]));
  for (const document of found) groups.get(document.folder).push(document);
  return [...groups].filter(([, documents]) => documents.length);
}

function groupRow(folder, documents) {
  const ids = documents.map(({ id }) => id);
  const name = folders.get(folder);
  const heading = withRole("rowheader", el("th", "q-shelf-group", icon("folder"), el("span", "q-shelf-group-name", name), el("span", "q-meta", amount(documents.length, "document"))));
  heading.colSpan = COLUMNS.length;
  heading.scope = "rowgroup";
  heading.title = folder;
  return withRole("row", el("tr", "q-shelf-group-row", withRole("cell", el("td", "q-shelf-tick", tick(`all in ${name}`, ids))), heading));
}

function headCell({ name, field, number }) {
  const node = withRole("columnheader", el("th", number ? "q-shelf-number" : ""));
  node.scope = "col";
  if (!field) {
    node.append(name);
    return node;
  }
  const active = sorting.field === field;
  const change = button(name, active ? (sorting.down ? "down" : "up") : null, () => sortBy(field, active && !sorting.down), { classes: "q-sorter" });
  change.dataset.key = `sort ${field}`;
  node.append(change);
  node.setAttribute("aria-sort", active ? (sorting.down ? "descending" : "ascending") : "none");
  return node;
}

function row(document) {
  const { id } = document;
  const may = !shelf.readonly;
  return drawRow(document, { ticked: chosen.has(id), going: going.has(id), remove: may ? remove : null, toggle: may ? toggle : null });
}

function toggle(ids, on) {
  for (const id of ids) {
    if (on) chosen.add(id);
    else chosen.delete(id);
  }
  redraw();
}

function tick(name, ids) {
  return shelf.readonly ? "" : drawTick(name, ids, ids.filter((id) => chosen.has(id)).length, toggle);
}

function tickAll(found) {
  const all = found.map(({ id }) => id);
  return withRole("columnheader", el("th", "q-shelf-tick", tick(words.length ? "all that fit the filter" : "all", all)));
}

function drawMore(found) {
  const left = found - most;
  const more = left > AT_ONCE ? [button(`Show ${AT_ONCE} more`, "down", () => showMore(AT_ONCE), { classes: "q-outlined" })] : [];
  const rest = left > 0 ? [button(`Show all ${found.toLocaleString("en")}`, null, () => showMore(left), { classes: "q-outlined" })] : [];
  parts.more.replaceChildren(...more, ...rest);
}

function showMore(by) {
  const next = parts.table.querySelectorAll("tbody .q-title").length;
  most += by;
  redraw();
  parts.table.querySelectorAll("tbody .q-title")[next]?.focus({ preventScroll: true });
}

function drawBar(found) {
  parts.bar.hidden = !chosen.size;
  if (!chosen.size) return parts.bar.replaceChildren();
  const hidden = chosen.size - found.filter(({ id }) => chosen.has(id)).length;
  const sentence = `${chosen.size.toLocaleString("en")} selected${hidden ? `, ${hidden.toLocaleString("en")} of them hidden by the filter` : ""}`;
  const away = button(`Remove ${chosen.size.toLocaleString("en")}`, "close", () => remove([...chosen]), { classes: "q-danger" });
  away.setAttribute("aria-label", `Remove the ${amount(chosen.size, "selected document")}`);
  const none = button("Select none", null, () => {
    chosen.clear();
    redraw();
    parts.title.focus({ preventScroll: true });
  });
  away.dataset.key = "bar remove";
  none.dataset.key = "bar none";
  parts.bar.replaceChildren(el("p", "", sentence), away, none);
  return undefined;
}

/** Gives back what puts the focus where it was, though everything is drawn anew. */
function heldFocus() {
  const { key } = document.activeElement?.dataset ?? {};
  if (!key || !(parts.table.contains(document.activeElement) || parts.bar.contains(document.activeElement))) return null;
  const box = parts.table.parentNode;
  return () => box.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}
