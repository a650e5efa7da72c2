// What is drawn under a question: quotes on cards and in rows, how they compare, refusals, errors.
import { button, copy, drawPieces, el, icon } from "./dom.js";
import { explained, menuButton } from "./menu.js";

/** What stands under a question; `acts` are what its buttons do: `open(number)`, `fold()`, `alone()`, `everywhere()`. */
export function drawTurn(value, acts) {
  return [searched(value, acts), ...DRAW[value.kind](value, acts)].filter(Boolean);
}

/** Shows one quote of all as the open one, or none. */
export function markOpen(turns, card) {
  for (const node of turns.querySelectorAll(".q-card")) {
    node.classList.toggle("q-open", node === card);
    node.querySelector(".q-unfold")?.setAttribute("aria-expanded", String(node === card));
  }
}

/** Says on a card that its document is not what it was; an empty sentence takes that back. */
export function markGone(card, sentence) {
  card.querySelector(".q-gone")?.remove();
  card.classList.toggle("q-stale", Boolean(sentence));
  if (sentence) card.querySelector(".q-words").after(el("p", "q-gone", sentence));
}

const DRAW = {
  answer: (value, acts) => {
    const [lead, ...others] = value.quotes;
    const count = value.quotes.length === 1 ? "1 quote" : `${value.quotes.length} quotes`;
    return [
      el("p", "q-meta", el("strong", "", count), ` · ${value.searched} · ${value.took}`),
      leadCard(lead, value, acts),
      others.length ? list(others, value, acts, others.length === 1 ? "1 more quote" : `${others.length} more quotes`) : null,
      value.comparisons.length ? compared(value, acts) : null,
    ];
  },
  refusal: (value, acts) => {
    const box = el(
      "div", "q-refusal",
      el("h3", "", "No answer found in your documents."),
      el("p", "q-reason", value.reason),
      value.missing ? el("p", "q-missing", value.missing) : null,
      value.outside ? outside(value.outside, acts) : null,
      el("p", "q-facts", `${capital(value.searched)}. ${value.rate}`),
    );
    return [box, value.quotes.length ? list(value.quotes, value, acts, "Nearest passages – not an answer", "q-aside") : null];
  },
  error: (value) => [el("p", "q-error", value.sentence)],
};

/** Says so when earlier questions were read into this one, and takes it back. */
function searched({ query }, acts) {
  if (!query) return null;
  const alone = button("Ask on its own", "undo", acts.alone);
  alone.title = "Asks again without the earlier questions";
  return el("p", "q-searched", el("span", "", "Searched for: ", el("q", "q-query", query)), alone);
}

/** Where sources agree and differ. A source's words stand in quotation marks, each with the quotes that say them. */
function compared({ comparisons, by_rules: byRules }, acts) {
  const lines = comparisons.map(({ lead, agrees, sides }) => {
    const line = el("li", agrees ? "q-agree" : "q-differ", el("strong", "", lead), " ");
    sides.forEach(({ text, quotes, verbatim }, at) => {
      const said = el(verbatim ? "q" : "span", "", text);
      line.append(el("span", "q-side", at ? el("span", "q-against", "–") : null, said, ...quotes.map((number) => chip(number, acts))));
    });
    return line;
  });
  const node = el("section", "q-compared", el("ul", "", ...lines), el("p", "q-by-rules", byRules));
  node.setAttribute("aria-label", "The sources compared");
  return node;
}

function chip(number, acts) {
  const node = button(String(number), null, () => acts.open(number), { classes: "q-chip" });
  node.setAttribute("aria-label", `Show quote ${number} in its source`);
  return node;
}

function outside({ lead, title, place, link }, acts) {
  const source = el("a", "q-title", title);
  source.href = link;
  source.target = "_blank";
  source.rel = "noopener";
  const again = button("Ask all documents", "undo", acts.everywhere);
  return el("div", "q-outside", el("p", "", `${lead} `, source, ` · ${place}`), again);
}

function list(quotes, value, acts, title, classes = "") {
  const rows = quotes.map((quote) => el("li", "", rowCard(quote, value, acts)));
  return el("div", `q-more ${classes}`, el("h3", "q-subtitle", title), el("ol", "q-rows", ...rows));
}

/** The first quote, whole. */
function leadCard(quote, value, acts) {
  const source = el("header", "q-source", el("span", "q-number", String(quote.number)), where(quote), ...confidence(quote));
  return card(quote, value, acts, "q-lead", source, words(quote), actions(quote, acts));
}

/** Another quote, two lines of it until it is opened. */
function rowCard(quote, value, acts) {
  const brief = el("blockquote", "q-brief", quote.brief.cut ? "…" : null, drawPieces(quote.brief.pieces, { onlyHighlights: true }));
  const fold = (node) => (node.getAttribute("aria-expanded") === "true" ? acts.fold() : acts.open(quote.number));
  const number = button(String(quote.number), null, fold, { classes: "q-number q-unfold" });
  number.setAttribute("aria-expanded", "false");
  number.setAttribute("aria-label", `${called(value)} ${quote.number}`);
  const source = el("header", "q-source", where(quote), ...(value.kind === "answer" ? confidence(quote) : []));
  return card(quote, value, acts, "q-row", number, el("div", "q-row-body", brief, words(quote), source, actions(quote, acts)));
}

function card(quote, value, acts, classes, ...parts) {
  const node = el("article", `q-card ${classes}`, ...parts);
  node.dataset.number = quote.number;
  node.setAttribute("aria-label", `${called(value)} ${quote.number}`);
  node.addEventListener("click", () => {
    if (String(getSelection()) === "") acts.open(quote.number); // selecting words is not a click
  });
  return node;
}

function called({ kind }) {
  return kind === "answer" ? "Quote" : "Nearest passage";
}

function where({ title, place }) {
  return el("span", "q-where", el("strong", "q-title", title), " ", el("span", "q-place", place));
}

function words({ pieces }) {
  return el("blockquote", "q-words", drawPieces(pieces, { onlyHighlights: true }));
}

/** The word, and what it means for whoever points at it, comes to it by keyboard or touches it. */
function confidence({ confidence: level, chance }) {
  const word = button(`${level} confidence`, null, () => {}, { classes: "q-confidence" });
  word.dataset.level = level;
  return explained(word, chance);
}

function actions(quote, acts) {
  const link = el("a", "q-button", icon("link"), el("span", "", "Link"));
  link.href = quote.link;
  link.target = "_blank";
  link.rel = "noopener";
  link.setAttribute("aria-label", `Link to quote ${quote.number}, opens a new page`);
  link.addEventListener("click", (event) => event.stopPropagation());
  const show = button("Show in source", "show", () => acts.open(quote.number), { classes: "q-show" });
  const take = button("Copy quote", "copy", (node) => copy(quote.text, node));
  const formats = quote.cite.map(({ name, text }) => ({ name, act: (node) => copy(text, node) }));
  const cite = menuButton("Copy citation", "page", formats);
  const repeated = quote.repeated ? el("span", "q-repeated", quote.repeated) : null;
  return el("footer", "q-actions", show, take, cite, link, repeated);
}

function capital(sentence) {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
