// What a visitor says of an answer or a refusal. A press keeps it with the library as a test question, the same press
// takes it back; nothing is kept of those who press nothing.
import { FAILED, announce, button, el, tell } from "./dom.js";
import { pick, selected, stop } from "./picking.js";

const OF_ANSWERS = [["right", "Right"], ["wrong words", "Wrong words"], ["wrong place", "Wrong place"], ["not there", "No answer in the documents"]];
const OF_REFUSALS = [["right", "Right, it is not there"], ["not answered", "It is there"]];
const NEEDS_WORDS = new Set(["wrong words", "wrong place", "not answered"]);

let count = 0; // judgements that are kept with the library

/** How many judgements are kept with the library, by everybody. */
export function kept() {
  return count;
}

/** Notes how many there are now. */
export function noteKept(now) {
  count = now;
  tell("kept");
}

/** The buttons under a turn. `talk` asks the server, `changed` is told when something was kept or taken back, `open`
 *  shows a quote of the turn in the reader. */
export function feedbackBar(turn, { talk, changed, open }) {
  const answered = turn.value.kind === "answer";
  const label = el("span", "q-judged");
  const choices = new Map((answered ? OF_ANSWERS : OF_REFUSALS).map(([kind, name]) => [kind, button(name, null, () => press(kind), { classes: "q-verdict" })]));
  const note = el("div", "q-feedback-note");
  const node = el("div", "q-feedback", el("div", "q-verdicts", label, ...choices.values()), note);
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", answered ? "Judge this answer" : "Judge this refusal");
  for (const choice of choices.values()) choice.addEventListener("mousedown", (event) => event.preventDefault()); // a selection in the reader stays
  let busy = false;
  update();
  return { node, update };

  /** Draws what is kept, and which quote a press would be about. */
  function update() {
    const { feedback } = turn;
    const number = feedback?.number ?? (turn.number || 1);
    label.textContent = !answered ? "Is this right?" : turn.value.quotes.length > 1 ? `Quote ${number} is` : "This quote is";
    for (const [kind, choice] of choices) choice.setAttribute("aria-pressed", String(feedback?.kind === kind));
    note.replaceChildren(...(feedback ? explain(feedback) : []));
  }

  async function press(kind) {
    if (turn.feedback?.kind === kind) return withdraw();
    const number = turn.feedback?.number ?? (turn.number || 1);
    const right = kind === "right" && answered ? place(turn.value.quotes[number - 1]) : null;
    const done = await keep(kind, number, right ?? (NEEDS_WORDS.has(kind) ? selected() : null));
    if (done && NEEDS_WORDS.has(kind) && !turn.feedback.gold) ask(kind, number);
  }

  /** Lets somebody select the right words in the reader. */
  function ask(kind, number) {
    pick(turn.value.question, async (chosen) => {
      if (!(await keep(kind, number, chosen))) return;
      tell("close"); // on a small screen the reader lies over what is said now
      choices.get(kind).focus({ preventScroll: true });
    });
  }

  async function keep(kind, number, gold) {
    const { question, history, filter } = turn;
    const done = await act({ do: "keep", kind, answered, question, history, filter, gold, instead: turn.feedback?.id ?? "" });
    if (!done) return false;
    stop();
    settle({ id: done.id, kind, number, gold: done.gold }, done, "Kept with this library as a test question. Press again to take it back.");
    return true;
  }

  async function withdraw() {
    const gone = await act({ do: "withdraw", id: turn.feedback.id });
    if (!gone) return;
    stop();
    settle(null, gone, "Taken back. Nothing is kept of it.");
  }

  async function act(asked) {
    if (busy) return null;
    busy = true;
    const answer = await talk(asked).catch(() => ({ error: FAILED }));
    busy = false;
    if (!answer.error) return answer;
    note.replaceChildren(el("p", "q-error", answer.error));
    announce(answer.error);
    return null;
  }

  function settle(feedback, { kept: now }, sentence) {
    turn.feedback = feedback;
    update();
    noteKept(now);
    changed();
    announce(sentence);
    note.scrollIntoView({ block: "nearest" });
  }

  /** What was kept, and how the right words can be added. */
  function explain({ kind, number, gold }) {
    const lines = [el("p", "", "Kept as a test question", ...(gold ? [" with the answer ", el("q", "", gold)] : []), ". Press again to take it back.")];
    if (!NEEDS_WORDS.has(kind) || gold) return lines;
    const others = turn.value.quotes.filter((quote) => quote.number !== number || !answered);
    const show = button("Select them in the source", "show", () => {
      ask(kind, number);
      open(number);
    }, { classes: "q-show" });
    const right = others.map((quote) => button(`${answered ? "Quote" : "Passage"} ${quote.number}`, null, () => keep(kind, number, place(quote))));
    lines.push(el("p", "q-right-words", el("span", "", "Which words are right?"), show, right.length ? el("span", "", "or") : null, ...right));
    return lines;
  }
}

/** The words of a quote that answer, by their place in a text that is known by its hash. */
function place({ document: id, sha, span, highlight }) {
  return { document: id, sha, span: highlight ?? span };
}
