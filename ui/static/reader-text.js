// The text of a document: every character of it, in parts of which those out of sight are not laid out. A browser looks
// at each part whenever one scrolls, so there are few of them, however many paragraphs there are.
import { drawPieces, el } from "./dom.js";

const PART = 12_000; // UTF-16 units in one part
const SHORT = 40_000; // a text of at most so many is laid out whole
const LETTER = 0.46; // the width of a letter, as a share of the size of the type
const UNSEEN = 600; // pixels that a reader is taken to be wide where it cannot be seen yet

export class TextView {
  constructor() {
    this.text = el("div", "q-text");
    this.page = el("div", "q-page", this.text);
    this.page.tabIndex = 0;
    this.page.setAttribute("role", "region");
    this.page.setAttribute("aria-label", "Text of the document");
    this.ticks = el("div", "q-ticks");
    this.ticks.setAttribute("aria-hidden", "true");
    this.node = el("div", "q-paper", this.page, this.ticks);
    this.paragraphs = []; // as they came
    this.nodes = []; // as they stand in the page
    this.starts = []; // positions of those that begin a page
    this.marked = []; // positions of those that are drawn in pieces
    this.width = 0;
    this.turn = 0; // counts the places gone to: only the last one is looked for
    this.text.addEventListener("copy", copyExactly);
    new ResizeObserver(() => this.#resized()).observe(this.text);
  }

  /** Draws a document in the place of the one before. */
  draw(paragraphs) {
    this.turn += 1;
    this.paragraphs = paragraphs;
    this.nodes = paragraphs.map(paragraphNode);
    this.starts = [...paragraphs.keys()].filter((at) => paragraphs[at].page !== null);
    this.marked = [];
    const drawn = document.createDocumentFragment();
    let part = null;
    let size = PART;
    paragraphs.forEach(({ text }, at) => {
      if (size >= PART) {
        part = el("div", "q-part");
        drawn.append(part);
        size = 0;
      }
      part.append(this.nodes[at]);
      size += text.length;
      if (!paragraphs[at + 1]?.continued && isTight(text)) this.nodes[at].classList.add("q-tight");
    });
    const long = paragraphs.reduce((sum, { text }) => sum + text.length, 0) > SHORT;
    this.text.classList.toggle("q-long", long);
    this.text.replaceChildren(drawn);
    this.ticks.replaceChildren();
    this.width = 0;
    this.#estimate();
  }

  clear() {
    this.draw([]);
  }

  /** Draws paragraphs in pieces, by position, and those of before whole again. */
  mark(pieces) {
    for (const at of this.marked) {
      this.nodes[at].replaceChildren(this.paragraphs[at].text);
      this.nodes[at].parentNode.classList.remove("q-near");
    }
    this.marked = Object.keys(pieces).map(Number).filter((at) => this.nodes[at]);
    for (const at of this.marked) {
      this.nodes[at].replaceChildren(drawPieces(pieces[at]));
      this.nodes[at].parentNode.classList.add("q-near"); // so that its place is known before it is scrolled to
    }
  }

  /** Marks one place as the one being read; gives its first words, those that answer before others. */
  activate(number) {
    const first = { place: null, highlight: null };
    for (const mark of this.#marks()) {
      const mine = numbers(mark).includes(String(number));
      mark.classList.toggle("q-active", mine);
      if (!mine) continue;
      first.place ??= mark;
      if (mark.classList.contains("q-highlight")) first.highlight ??= mark;
    }
    return first.highlight ?? first.place;
  }

  /** Scrolls the text alone, not the page: to a mark or a paragraph, or to the top. */
  goTo(node, share = 0.3) {
    this.turn += 1;
    if (node) this.#settle(node, share, this.turn, 12);
    else this.page.scrollTo({ top: 0, behavior: "instant" });
  }

  /** The paragraph that begins a page. */
  startOf(page) {
    return this.nodes[this.starts.find((at) => this.paragraphs[at].page === page)] ?? null;
  }

  /** The page of what is being read: at the top of the text what stands at the top, at its end what stands below; null
   *  where the text has no pages. */
  pageInSight() {
    const box = this.page.getBoundingClientRect();
    const share = 0.03 + 0.9 * Math.min(1, this.page.scrollTop / Math.max(1, this.page.scrollHeight - this.page.clientHeight));
    const line = box.top + box.height * share;
    let [low, high] = [0, this.starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.nodes[this.starts[middle]].getBoundingClientRect().top <= line) low = middle + 1;
      else high = middle;
    }
    return this.starts.length ? this.paragraphs[this.starts[Math.max(0, low - 1)]].page : null;
  }

  /** A tick beside the scroll bar for every place; `choose` is told the number of the one that is clicked. */
  drawTicks(choose) {
    this.choose = choose ?? this.choose;
    const height = this.page.scrollHeight || 1;
    const top = this.page.getBoundingClientRect().top - this.page.scrollTop;
    const seen = new Set();
    const drawn = [];
    for (const mark of this.#marks()) {
      for (const number of numbers(mark)) {
        if (seen.has(number)) continue;
        seen.add(number);
        const tick = el("span", mark.classList.contains("q-active") ? "q-tick q-active" : "q-tick");
        tick.style.top = `${(((mark.getBoundingClientRect().top - top) / height) * 100).toFixed(2)}%`;
        tick.addEventListener("click", () => this.choose(Number(number)));
        drawn.push(tick);
      }
    }
    this.ticks.replaceChildren(...drawn);
  }

  #marks() {
    return this.text.querySelectorAll("mark[data-quotes]");
  }

  /** Heights far away are estimates, so it looks again until the place stays put. */
  #settle(node, share, turn, tries) {
    if (turn !== this.turn) return;
    const box = this.page.getBoundingClientRect();
    const off = node.getBoundingClientRect().top - box.top - box.height * share;
    const before = this.page.scrollTop;
    this.page.scrollTo({ top: before + off, behavior: "instant" });
    const moved = Math.abs(this.page.scrollTop - before) > 2;
    if (tries > 9 || (tries > 0 && moved)) requestAnimationFrame(() => this.#settle(node, share, turn, tries - 1));
    else this.drawTicks();
  }

  #resized() {
    this.#estimate();
    if (this.ticks.childElementCount) this.drawTicks();
  }

  /** How high the parts will be that were not laid out yet: the scroll bar is right from the beginning. */
  #estimate() {
    if (!this.text.classList.contains("q-long") || this.width === this.text.clientWidth) return;
    this.width = this.text.clientWidth;
    const style = getComputedStyle(this.nodes[0]);
    const [size, edge, height] = [style.fontSize, style.paddingLeft, style.lineHeight].map(parseFloat); // once: asking again would lay out again
    const letters = Math.max(8, ((this.width || UNSEEN) - edge) / (size * LETTER));
    for (const part of this.text.children) {
      const lines = [...part.children].reduce((sum, node) => sum + linesOf(node.textContent, letters), 0);
      part.style.containIntrinsicBlockSize = `auto ${Math.round(lines * height)}px`;
    }
  }
}

function paragraphNode({ text, number, heading, continued, page }) {
  const node = el("p", "q-para", text);
  node.dir = "auto";
  if (heading) node.classList.add("q-heading");
  if (continued) node.classList.add("q-continued");
  if (number) node.dataset.number = number;
  if (page !== null) node.dataset.page = `page ${page}`;
  return node;
}

/** Whether no blank line of its own parts it from the next one. */
function isTight(text) {
  const words = text.trimEnd();
  return words !== "" && text.slice(words.length).split("\n").length < 3;
}

function linesOf(text, letters) {
  const lines = text.endsWith("\n") ? text.slice(0, -1).split("\n") : text.split("\n");
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / letters)), 0) + 0.5; // a gap below
}

function numbers(mark) {
  return mark.dataset.quotes.split(" ");
}

/** What is copied is what stands in the document: a browser would put blank lines between paragraphs. */
function copyExactly(event) {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return;
  event.clipboardData.setData("text/plain", selection.getRangeAt(0).toString());
  event.preventDefault();
}
