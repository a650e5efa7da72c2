// What is drawn under a question: quotes on cards, how they compare, refusals, errors.
import { button, copy, drawPieces, el, icon } from "./dom.js";

/** What stands under a question; `acts` are what its buttons do: `open(number)`, `alone()`. */
export function drawTurn(value, acts) {
  return [searched(value, acts), ...DRAW[value.kind](value, acts)].filter(Boolean);
}

const DRAW = {
  answer: (value, acts) => {
    const [lead, ...others] = value.quotes;
    const count = value.quotes.length === 1 ? "1 quote" : `${value.quotes.length} quotes`;
    return [
      el("p", "q-meta", el("strong", "", count), ` · ${value.searched} · ${value.took}`),
      card(lead, value, acts, "q-lead"),
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
      value.outside ? outside(value.outside) : null,
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

function outside({ lead, title, place, link }) {
  const source = el("a", "q-title", title);
  source.href = link;
  source.target = "_blank";
  source.rel = "noopener";
  return el("p", "q-outside", `${lead} `, source, ` · ${place}`);
}

function list(quotes, value, acts, title, classes = "") {
  const rows = quotes.map((quote) => el("li", "", card(quote, value, acts, "q-row")));
  return el("div", `q-more ${classes}`, el("h3", "q-subtitle", title), el("ol", "q-rows", ...rows));
}

function card(quote, value, acts, classes) {
  const confidence = el("span", "q-confidence", `${quote.confidence} confidence`);
  confidence.dataset.level = quote.confidence;
  confidence.title = quote.chance;
  const source = el(
    "header", "q-source",
    el("span", "q-number", String(quote.number)),
    el("span", "q-where", el("strong", "q-title", quote.title), " ", el("span", "q-place", quote.place)),
    value.kind === "answer" ? confidence : null,
  );
  const words = el("blockquote", "q-words", drawPieces(quote.pieces, { onlyHighlights: true }));
  const node = el("article", `q-card ${classes}`, source, words, actions(quote, acts));
  node.dataset.number = quote.number;
  node.setAttribute("aria-label", `${value.kind === "answer" ? "Quote" : "Nearest passage"} ${quote.number}`);
  node.addEventListener("click", () => {
    if (String(getSelection()) === "") acts.open(quote.number); // selecting words is not a click
  });
  return node;
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
  const cite = button("Copy with source", "page", (node) => copy(quote.citation, node));
  const repeated = quote.repeated ? el("span", "q-repeated", quote.repeated) : null;
  return el("footer", "q-actions", show, take, cite, link, repeated);
}

function capital(sentence) {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
