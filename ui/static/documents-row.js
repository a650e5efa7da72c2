// One document of the list: what is known of it, a box to tick, and what can be done with it.
import { button, copy, el, tell } from "./dom.js";

const UNITS = ["bytes", "KB", "MB", "GB", "TB"];
const day = new Intl.DateTimeFormat("en", { dateStyle: "medium" });
const moment = new Intl.DateTimeFormat("en", { dateStyle: "long", timeStyle: "short" });

/** A row. `ticked` and `going` say how it stands; `remove` and `toggle` are called with ids, and are null for readers. */
export function drawRow(document, { ticked, going, remove, toggle }) {
  const title = el("a", "q-title", document.title);
  title.href = document.link;
  title.target = "_blank";
  title.rel = "noopener";
  title.dataset.key = `title ${document.id}`;
  const origin = el("span", "q-uri", document.name);
  origin.title = document.uri;
  const name = withRole("rowheader", el("th", "q-names-cell", title, origin));
  name.scope = "row";
  const node = el(
    "tr", ticked ? "q-shelf-ticked" : "",
    withRole("cell", el("td", "q-shelf-tick", toggle ? drawTick(document.title, [document.id], ticked ? 1 : 0, toggle) : "")), name,
    cell("Kind", document.kind), number("Passages", document.passages), number("Characters", document.characters),
    cell("File size", document.bytes === null ? unknown() : readableBytes(document.bytes), "q-shelf-number"),
    cell("Added", document.added === null ? unknown() : time(document.added)),
    cell("SHA-256", hash(document)), withRole("cell", el("td", "q-buttons", actions(document, remove))),
  );
  if (going) {
    node.classList.add("q-going");
    node.inert = true;
  }
  return withRole("row", node);
}

function actions(document, remove) {
  const read = button("Read", "page", () => readHere(document.id));
  read.setAttribute("aria-label", `Read ${document.title}`);
  read.dataset.key = `read ${document.id}`;
  if (!remove) return el("div", "q-actions", read);
  const away = button("Remove", "close", () => remove([document.id]));
  away.setAttribute("aria-label", `Remove ${document.title}`);
  return el("div", "q-actions", read, away);
}

function cell(name, content, classes = "") {
  const node = withRole("cell", el("td", classes, content));
  node.dataset.name = name;
  return node;
}

function number(name, value) {
  return cell(name, value.toLocaleString("en"), "q-shelf-number");
}

function unknown() {
  const node = el("span", "q-unknown", "–");
  node.title = "Not known: an older Quoth added this document";
  node.append(el("span", "q-unseen", "not known"));
  return node;
}

function time(added) {
  const date = new Date(added);
  const node = el("time", "", day.format(date));
  node.dateTime = added;
  node.title = moment.format(date);
  return node;
}

function hash(document) {
  const node = button(document.hash.slice(0, 12), null, () => copy(document.hash, node), { classes: "q-shelf-hash" });
  node.title = `${document.hash}: copy it`;
  node.setAttribute("aria-label", `${document.hash.slice(0, 12)}, copy the SHA-256 of ${document.title}`);
  node.dataset.key = `hash ${document.id}`;
  return node;
}

/** A box that ticks these documents, all or none; `ticked` of them are. */
export function drawTick(name, ids, ticked, toggle) {
  const box = el("input");
  box.type = "checkbox";
  box.checked = ticked === ids.length;
  box.indeterminate = ticked > 0 && ticked < ids.length;
  box.setAttribute("aria-label", `Select ${name}`);
  box.dataset.key = `tick ${name} ${ids[0]}`;
  box.addEventListener("change", () => toggle(ids, box.checked));
  return el("label", "q-box-label", box);
}

/** As cards on a phone the table is laid out otherwise, and then only stays a table by saying so. */
export function withRole(role, node) {
  node.setAttribute("role", role);
  return node;
}

function readHere(id) {
  document.querySelector("#q-tabs [role=tab]")?.click();
  tell("read", { document: id });
}

/** `1 document`, `1,000 documents`. */
export function amount(count, thing) {
  return `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`;
}

/** A size as people write it: never more than three digits. */
function readableBytes(count) {
  let [size, unit] = [count, 0];
  while (size >= 1000 && unit < UNITS.length - 1) [size, unit] = [size / 1024, unit + 1];
  return unit ? `${Number(size.toPrecision(3))} ${UNITS[unit]}` : amount(count, "byte");
}
