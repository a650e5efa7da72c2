// On a small screen the reader comes up as a sheet: a dialog of the browser's own, so that what lies behind it can
// neither be reached nor heard, Esc closes it and the focus goes back to where it was.
import { el } from "./dom.js";

const SMALL = matchMedia("(max-width: 900px)");

export class Sheet {
  /** `first` gets the focus; `always`: on large screens too, as in a frame on somebody's page. */
  constructor(content, { first, always = false }) {
    this.content = content;
    this.first = first;
    this.always = always;
    this.dialog = el("dialog", "q-rise");
    this.dialog.setAttribute("aria-label", "Source");
    this.dialog.addEventListener("close", () => this.#goHome());
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.close());
    SMALL.addEventListener("change", () => this.close());
  }

  get isSheet() {
    return this.always || SMALL.matches;
  }

  open() {
    if (!this.isSheet || this.dialog.open) return;
    this.home = this.content.parentNode;
    (this.home.closest(".gradio-container") ?? document.body).append(this.dialog);
    this.dialog.append(this.content);
    this.#lendVoice(this.dialog);
    this.dialog.showModal();
    this.first.focus({ preventScroll: true });
  }

  close() {
    this.dialog.close();
    this.#goHome(); // at once: the event comes later
  }

  #goHome() {
    if (this.content.parentNode !== this.dialog) return;
    this.home.append(this.content);
    this.#lendVoice(this.voice);
    this.dialog.remove();
  }

  /** What is said aloud is only heard from inside the dialog, as long as it is open. */
  #lendVoice(to) {
    const status = document.querySelector("#q-status");
    if (!status || !to) return;
    this.voice ??= status.parentNode;
    to.append(status);
  }
}
