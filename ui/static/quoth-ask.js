// A custom element for other people's pages: `<quoth-ask question="When is the summit?" theme="dark"></quoth-ask>`.
// It puts the compact view of the Quoth server that this script came from into a frame; that server has to allow the
// page's origin (`quoth serve --embed-origin ORIGIN`). It loads nothing else and reads nothing of the page.
(() => {
  const home = new URL("../../", document.currentScript.src);

  class QuothAsk extends HTMLElement {
    static observedAttributes = ["question", "theme", "label"];

    connectedCallback() {
      if (this.frame) return;
      const style = document.createElement("style");
      style.textContent = ":host { display: block; height: 560px } :host([hidden]) { display: none } iframe { width: 100%; height: 100%; border: 0 }";
      this.frame = document.createElement("iframe");
      this.frame.allow = "clipboard-write";
      this.frame.loading = "lazy";
      this.attachShadow({ mode: "open" }).append(style, this.frame);
      this.show();
    }

    attributeChangedCallback() {
      if (this.frame) this.show();
    }

    show() {
      const address = new URL("embed", home);
      const question = this.getAttribute("question");
      const theme = this.getAttribute("theme");
      if (question) address.searchParams.set("q", question);
      if (theme) address.searchParams.set("theme", theme);
      this.frame.title = this.getAttribute("label") || "Ask our documents";
      if (this.frame.src !== address.href) this.frame.src = address.href;
    }
  }

  if (!customElements.get("quoth-ask")) customElements.define("quoth-ask", QuothAsk);
})();
