// Files on their way into the library: chosen or dropped, sent one by one, and how far each of them is.
import { mountChoosing } from "./documents-choosing.js";
import { amount } from "./documents-row.js";
import { keep, kept, send } from "./documents-sending.js";
import { announce, button, el, icon } from "./dom.js";

const AT_ONCE = 3; // files that are sent at the same time
const ICONS = { added: "check", replaced: "check", there: "check", refused: "close", failed: "close", left: "close" };
const SENT = 0.1; // of the work of a file, which its sending counts for

let work; // where it is drawn
let choosing; // what chooses the files
let outside; // act, report, hurry
let current = null; // the upload under way, or the last one
let queue = []; // files that were chosen meanwhile
let outcome = null; // of the uploads since nothing was under way

export function mountAdding(element, given) {
  outside = given;
  const above = el("div");
  work = el("div", "q-under-way");
  element.replaceChildren(above, work);
  choosing = mountChoosing(above, { take, report: outside.report });
  window.addEventListener("beforeunload", (event) => current?.sending && event.preventDefault());
  return {
    allow: choosing.allow,
    draw,
    busy: () => current !== null && !current.ended,
    known: () => (current?.token && !current.ended ? { delivery: current.token, seen: current.seen } : {}),
    resume,
  };
}

function take(files, notes = []) {
  if (!files.length) return;
  queue.push({ files, notes });
  if (current && !current.ended) return drawHead();
  outcome = null;
  outside.report({ sentences: [], refused: [], error: "" });
  return next();
}

async function next() {
  const batch = queue.shift();
  if (!batch) return;
  const mine = begin(batch);
  const view = await outside.act("announce", { delivery: "", files: mine.files.map(({ file, name }) => ({ name, size: file.size })) });
  if (!mine.token) {
    finish(mine, view?.note ?? null);
    return;
  }
  await Promise.all(Array.from({ length: AT_ONCE }, () => sendAll(mine)));
}

/** The page was loaded anew: what came by then is still being added, what did not cannot come any more. */
async function resume() {
  const token = kept();
  if (!token) return;
  const { delivery = null } = (await outside.act("abandon", { delivery: token, seen: 0 })) ?? {};
  if (!delivery || delivery.gone || current) return keep("");
  begin({ files: delivery.files.map(({ name, size }) => ({ name, file: { size } })), notes: [] });
  current.stale = true; // the files themselves are gone
  draw(delivery, true);
}

function begin(batch) {
  current = { ...batch, token: null, seen: 0, ended: false, sending: 0, shares: [], rows: [], stopping: false };
  const many = current.files.length;
  const title = el("h2", "q-list-title");
  const bar = el("progress", "q-progress");
  bar.max = 1;
  const line = el("p", "q-meta");
  const stop = button("Stop", "close", () => stopAll(), { classes: "q-outlined" });
  const list = el("ol", "q-files");
  list.tabIndex = 0;
  list.setAttribute("aria-label", "Files");
  current.nodes = { title, bar, line, list, stop };
  work.replaceChildren(el("section", "q-running", el("div", "q-running-head", title, stop), bar, line, list));
  drawHead();
  announce(many === 1 ? `Adding ${current.files[0].name}.` : `Adding ${many} files.`);
  return current;
}

async function sendAll(batch) {
  for (;;) {
    const number = batch.rows.findIndex((row) => row?.state === "coming" && !row.sent);
    if (number < 0 || batch !== current || batch.stopping) return;
    batch.rows[number].sent = true;
    batch.sending += 1;
    const arrived = await send(batch.token, number, batch.files[number].file, (share) => uploading(batch, number, share));
    batch.sending -= 1;
    if (!arrived && !batch.stopping) await outside.act("lose", { number });
  }
}

function uploading(batch, number, share) {
  const row = batch.rows[number];
  if (!row || !["coming", "arriving"].includes(row.state)) return;
  batch.shares[number] = SENT * share;
  row.said.textContent = `Uploading ${Math.round(100 * share)} %`;
  row.node.style.setProperty("--share", SENT * share);
  drawHead();
}

function stopAll() {
  if (current.stopping) return;
  current.stopping = true;
  current.nodes.stop.setAttribute("aria-disabled", "true"); // `disabled` would lose the focus
  outside.act("stop");
}

/** How the upload stands now: the files that changed since the last look, and the whole of it. */
function draw(view, begun = false) {
  if (!current || current.ended || (begun ? current.token : current.token !== view.token)) return;
  if (view.gone) return finish(current, { sentences: [], refused: [], error: view.gone });
  if (begun) keep(view.token);
  current.token = view.token;
  current.seen = view.version;
  for (const line of view.files) drawLine(line);
  current.done = view.done;
  drawHead();
  follow();
  if (view.ended) finish(current, view.note, view.again);
}

function drawLine({ number, name, state, said, share, link }) {
  const row = (current.rows[number] ??= newRow(number, name));
  row.state = state;
  current.shares[number] = Math.max(share, state === "coming" || state === "arriving" ? (current.shares[number] ?? 0) : 0);
  row.node.dataset.state = state;
  row.node.style.setProperty("--share", current.shares[number]);
  if (said) row.said.textContent = said;
  if (ICONS[state]) row.mark.replaceChildren(icon(ICONS[state]));
  if (link && row.name.tagName !== "A") {
    const anchor = el("a", "q-file-name", name);
    anchor.href = link;
    anchor.target = "_blank";
    anchor.rel = "noopener";
    row.name.replaceWith(anchor);
    row.name = anchor;
  }
}

function newRow(number, name) {
  const row = { mark: el("span", "q-file-mark"), name: el("span", "q-file-name", name), said: el("span", "q-file-said", "Waiting to be sent") };
  row.node = el("li", "q-file", row.mark, row.name, row.said);
  const after = current.rows.slice(number + 1).find(Boolean);
  if (after) after.node.before(row.node);
  else current.nodes.list.append(row.node);
  return row;
}

function drawHead() {
  const { title, bar, line } = current.nodes;
  const many = current.files.length;
  title.textContent = `Adding ${many === 1 ? current.files[0].name : amount(many, "file")}`;
  bar.setAttribute("aria-label", title.textContent);
  bar.value = share();
  const more = queue.reduce((sum, { files }) => sum + files.length, 0);
  const rest = more ? `, then ${more === 1 ? "one more" : `${more.toLocaleString("en")} more`}` : "";
  line.textContent = `${(current.done ?? 0).toLocaleString("en")} of ${many.toLocaleString("en")} done${rest}`;
  const quarter = Math.floor(4 * bar.value);
  if (many > 3 && quarter > (current.quarter ?? 0) && quarter < 4) announce(`Adding: ${line.textContent}.`);
  current.quarter = quarter;
}

/** How much of all the work is done; a larger file is more of it. */
function share() {
  let done = 0;
  let all = 0;
  current.files.forEach(({ file }, number) => {
    const weight = file.size + 2_000;
    done += weight * (current.shares[number] ?? 0);
    all += weight;
  });
  return done / all;
}

/** Keeps the file that is being worked on in sight, unless somebody is looking at another one. */
function follow() {
  const { list } = current.nodes;
  const first = current.rows.find((row) => row && !ICONS[row.state]);
  if (first && !list.matches(":hover, :focus-within")) list.scrollTop = first.node.offsetTop - list.offsetTop - 8;
}

function finish(batch, note, again = []) {
  batch.ended = true;
  keep("");
  const held = work.contains(document.activeElement);
  work.replaceChildren();
  outcome ??= { sentences: [], refused: [], errors: [], lost: [], rows: [] };
  outcome.sentences.push(...(note?.sentences ?? []), ...batch.notes);
  outcome.refused.push(...(note?.refused ?? []));
  if (note?.error) outcome.errors.push(note.error);
  outcome.lost.push(...(batch.stale ? [] : again.map((number) => batch.files[number])));
  outcome.rows.push(...batch.rows.filter(Boolean).map(({ node }) => node));
  if (note) drawOutcome(outcome);
  if (held) choosing.focus();
  outside.hurry();
  next();
}

function drawOutcome({ sentences, refused, errors, lost, rows }) {
  const more = [];
  if (lost.length) more.push(button("Try again", "undo", () => take(lost), { classes: "q-outlined" }));
  if (rows.length > 1) more.push(el("details", "q-all-files", el("summary", "", "Every file"), el("ol", "q-files", ...rows)));
  outside.report({ sentences, refused, error: errors.join(" ") }, ...more);
}
