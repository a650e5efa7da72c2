// The page of a PDF as it looks, beside the text that was read from it, with the place of the quote where that is known.
import { button, el } from "./dom.js";
import { fetchJson } from "./fetching.js";

const CHOICE = "quoth-page-picture"; // where the browser remembers whether somebody wants to see it
const WIDE = matchMedia("(min-width: 1000px)");
const SETTLED = 160; // milliseconds without scrolling, after which the picture follows the text
const BY_HAND = ["wheel", "touchmove", "pointerdown", "keydown"];

export class Pages {
  /** `text` is the text beside it; `changed` is told when the picture is shown or hidden. */
  constructor(text, changed) {
    this.text = text;
    this.changed = changed;
    this.toggle = button("Page as it looks", "page", () => this.#choose(!this.wanted), { quiet: true });
    this.toggle.hidden = true;
    this.count = el("p", "q-page-count");
    this.previous = button("Previous page", "left", () => this.#turn(-1), { quiet: true });
    this.next = button("Next page", "right", () => this.#turn(1), { quiet: true });
    this.sentence = el("p", "q-sight-note");
    this.sentence.setAttribute("role", "status");
    this.figure = el("div", "q-sight");
    this.figure.tabIndex = 0;
    this.figure.setAttribute("role", "region");
    this.figure.setAttribute("aria-label", "Picture of the page");
    this.node = el(
      "section", "q-sighted",
      el("div", "q-sight-head", this.count, this.previous, this.next), this.sentence, this.figure,
    );
    this.node.setAttribute("aria-label", "The page as it looks");
    this.drawn = null; // the address of the picture on display
    this.asked = 0;
    this.hide();
    this.#followScrolling();
  }

  get wanted() {
    const remembered = stored();
    return remembered ? remembered === "yes" : WIDE.matches;
  }

  /** No document, or one without pages. */
  hide() {
    this.document = null;
    this.toggle.hidden = true;
    this.#draw();
  }

  /** A document of `pages` pages, open at `place` (`{ start, stop, page }`) or at its beginning. */
  open({ id, title, pages }, place) {
    if (!pages) return this.hide();
    this.held = true; // until somebody scrolls by hand
    this.toggle.hidden = false;
    if (this.document?.id !== id) this.page = 1;
    this.document = { id, title, pages };
    this.place = place ?? null;
    if (place?.page) this.page = place.page;
    return this.#draw();
  }

  async #draw() {
    const visible = Boolean(this.document) && this.wanted;
    this.node.hidden = !visible;
    this.toggle.setAttribute("aria-pressed", String(visible));
    this.changed(visible);
    if (!visible) return;
    const { document: { id, title, pages }, page, place } = this;
    this.count.textContent = `Page ${page} of ${pages}`;
    this.previous.disabled = page <= 1;
    this.next.disabled = page >= pages;
    const ticket = ++this.asked;
    const address = `doc/${id}/page/${page}`;
    this.figure.setAttribute("aria-busy", "true");
    const { error, boxes } = await fetchJson(place ? `${address}.json?start=${place.start}&stop=${place.stop}` : `${address}.json`);
    if (ticket !== this.asked) return;
    this.figure.setAttribute("aria-busy", "false");
    this.sentence.textContent = error ? `There is no picture of this page. ${error}` : "";
    this.figure.hidden = Boolean(error);
    if (this.drawn !== address || error) this.#picture(error ? null : address, `Page ${page} of “${title}” as it looks`);
    if (!error) this.#spots(boxes);
  }

  #picture(address, name) {
    this.drawn = address;
    this.figure.replaceChildren();
    if (!address) return;
    const picture = el("img", "");
    picture.alt = name;
    picture.src = new URL(`${address}.png`, document.baseURI);
    const link = el("a", "q-sight-page", picture);
    link.href = picture.src;
    link.target = "_blank";
    link.rel = "noopener";
    link.title = "Opens the picture on its own";
    this.figure.append(link);
  }

  #spots(boxes) {
    const page = this.figure.querySelector(".q-sight-page");
    for (const box of page.querySelectorAll(".q-spot")) box.remove();
    for (const { left, top, width, height } of boxes) {
      const box = el("span", "q-spot");
      Object.assign(box.style, { left: percent(left), top: percent(top), width: percent(width), height: percent(height) });
      page.append(box);
    }
    const first = page.querySelector(".q-spot");
    if (!first) return;
    const show = () => this.figure.scrollTo({ top: first.offsetTop - this.figure.clientHeight * 0.3, behavior: "instant" });
    page.querySelector("img").decode().then(show, () => {});
  }

  #turn(by) {
    this.page = Math.min(Math.max(this.page + by, 1), this.document.pages);
    this.held = true;
    this.text.goTo(this.text.startOf(this.page), 0.05);
    this.figure.scrollTo({ top: 0 });
    this.#draw();
  }

  #followScrolling() {
    for (const event of BY_HAND) this.text.page.addEventListener(event, () => (this.held = false), { passive: true });
    let timer = 0;
    this.text.page.addEventListener("scroll", () => {
      clearTimeout(timer);
      if (this.held || this.node.hidden) return;
      timer = setTimeout(() => {
        const page = this.text.pageInSight();
        if (page === null || page === this.page || !this.document) return;
        this.page = page;
        this.#draw();
      }, SETTLED);
    }, { passive: true });
  }

  #choose(wanted) {
    try {
      localStorage.setItem(CHOICE, wanted ? "yes" : "no");
    } catch {
      this.chosen = wanted; // private windows may forbid storage
    }
    this.#draw();
  }
}

function percent(share) {
  return `${(share * 100).toFixed(3)}%`;
}

function stored() {
  try {
    return localStorage.getItem(CHOICE);
  } catch {
    return null;
  }
}
