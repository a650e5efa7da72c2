// The other places where the words of a quote stand, in its document and in others, to be stepped through.
import { button, el } from "./dom.js";
import { fetchJson } from "./fetching.js";

export class Places {
  /** `go({ document, number, marks })` shows a place; `back()` the quote itself among the other quotes. */
  constructor({ go, back }) {
    this.act = { go, back };
    this.count = el("strong", "q-places-count");
    this.sentence = el("span", "");
    const previous = button("Previous place", "up", () => this.#step(-1), { quiet: true });
    const next = button("Next place", "down", () => this.#step(1), { quiet: true });
    this.node = el("div", "q-places", el("p", "", this.count, " ", this.sentence), previous, next);
    this.node.setAttribute("role", "group");
    this.node.setAttribute("aria-label", "Other places of the same words");
    this.clear();
  }

  clear() {
    this.found = null;
    this.asked = (this.asked ?? 0) + 1;
    this.node.hidden = true;
  }

  /** Looks where the words at a place stand besides; nothing is shown where they stand nowhere else. */
  async look(id, { start, stop }) {
    this.clear();
    const ticket = this.asked;
    const found = await fetchJson(`doc/${id}/places.json?start=${start}&stop=${stop}`);
    if (ticket === this.asked && !found.error && found.total > 1) this.show(found);
  }

  /** Shows places that are known already. */
  show(found) {
    this.found = found;
    this.at = found.own;
    this.node.hidden = found.total < 2;
    this.#tell();
  }

  #step(by) {
    const { total, own, places, marks } = this.found;
    this.at = ((this.at - 1 + by + total) % total) + 1;
    this.#tell();
    const { document: id, number } = places[this.at - 1];
    if (this.at === own) this.act.back();
    else this.act.go({ document: id, number, marks: marks[id], said: this.count.textContent });
  }

  #tell() {
    const { total, places, own, sentence } = this.found;
    const here = places[this.at - 1];
    const where = here.document === places[own - 1].document ? "" : `, in “${here.title}”`;
    this.count.textContent = `Place ${this.at} of ${total}${where}.`;
    this.sentence.textContent = sentence;
  }
}
