// What stands in the conversation before anybody asks: what there is to be asked, and questions to begin with.
import { button, el, tell } from "./dom.js";

const PATIENCE = 1_000; // milliseconds: who knows what to ask should not wait for questions that nobody needs

/** The greeting; `examples` are questions known to be answered, `starters` gives others where there are none. */
export function welcome({ library, examples }, starters) {
  const list = el("ul", "q-examples");
  const draw = (questions) => list.replaceChildren(...questions.map((question) => el("li", "", offer(question))));
  draw(examples);
  if (!examples.length) {
    list.classList.add("q-awaited");
    setTimeout(() => list.isConnected && starters().then(draw), PATIENCE);
  }
  return el(
    "div", "q-welcome",
    el("h2", "q-question", "What would you like to know?"),
    el("p", "q-lede", `Quoth reads ${library} and answers with the very words that stand there, or says that they do not tell.`),
    list,
  );
}

/** A heading is no question: it is searched for. */
function offer(question) {
  const item = button(question, question.endsWith("?") ? null : "search", () => tell("ask", { question }), { classes: "q-example" });
  if (!question.endsWith("?")) item.setAttribute("aria-label", `Search for: ${question}`);
  return item;
}
