// What becomes of the files added last: waiting, uploading, reading, embedding, done or not read.

import { catchFocus, icon, make } from "/ui/dom.js";

const OPEN_LINES = 4; // more are folded under one line that sums them up
const NAMED = 100;
const DONE = { added: "Added", updated: "Updated", moved: "Moved", unchanged: "Already there" };

/** Their lines, which stay until they are dismissed or, where nothing is wrong, until the next files come. */
export class Batch {
  #lines = [];
  #back;
  #list = make("ul", { class: "vb-uploads" });
  #summary = make("summary", {});
  #fold = make("details", { class: "vb-batch vb-few", open: true }, this.#summary, this.#list);
  #left = make("div", { class: "vb-left-out" });
  #clear;
  /** Tells screen readers. */
  said = make("p", { class: "vb-hidden", role: "status" });

  /** `back` gets the focus of what was dismissed. */
  constructor(back) {
    this.#back = back;
    const onclick = () => this.#dismiss(() => true);
    this.#clear = make("button", { type: "button", class: "vb-link", onclick }, "Clear");
    const attributes = { class: "vb-progress", role: "group", "aria-label": "Files being added", hidden: true };
    this.area = make("div", attributes, this.#fold, this.#left, this.#clear);
  }

  /** New files come; `leftOut` are the names of those in folders that are not documents. */
  begin(leftOut) {
    this.#forget((line) => line.outcome.status in DONE && !line.remarks);
    const count =
      leftOut.length === 1 ? "1 file skipped: not a document" : `${leftOut.length} files skipped: not documents`;
    const names = leftOut.slice(0, NAMED).map((name) => make("li", {}, name));
    if (leftOut.length > NAMED) names.push(make("li", {}, `and ${leftOut.length - NAMED} more`));
    const details = make("details", {}, make("summary", {}, count), make("ul", {}, ...names));
    this.#left.replaceChildren(...(leftOut.length ? [details] : []));
    this.#show();
  }

  /** One line for each name. */
  add(names) {
    const callbacks = { dismiss: (which) => this.#dismiss(which), changed: () => this.#show() };
    const added = names.map((name) => startLine(name, callbacks));
    for (const line of added) this.#list.append(line.element);
    this.#lines = this.#lines.concat(added);
    this.#show();
    return added;
  }

  update(status, documentOf) {
    for (const line of this.#lines) if (line.outcome && !line.finished) line.embedding(status, documentOf);
    this.#show();
  }

  #forget(which) {
    for (const line of this.#lines) if (line.finished && which(line)) line.element.remove();
    this.#lines = this.#lines.filter((line) => line.element.isConnected);
    if (!this.#lines.length) this.#left.replaceChildren();
    this.#show();
  }

  #dismiss(which) {
    this.#forget(which);
    catchFocus(this.#list.querySelector(".vb-dismiss") || this.#back);
  }

  #show() {
    const lines = this.#lines;
    const isOver = lines.every((line) => line.outcome);
    const { words, spoken } = summaryOf(lines, isOver);
    tell(this.#summary, words);
    tell(this.said, lines.length ? spoken : "");
    const few = lines.length <= OPEN_LINES;
    if (few !== this.#fold.classList.contains("vb-few")) this.#fold.open = few;
    this.#fold.classList.toggle("vb-few", few);
    this.#summary.classList.toggle("vb-working", !isOver);
    this.#clear.hidden = (few && !this.#left.childElementCount) || !lines.every((line) => line.finished);
    this.area.hidden = !lines.length && !this.#left.childElementCount;
  }
}

function summaryOf(lines, isOver) {
  const count = lines.length === 1 ? "1 file" : `${lines.length} files`;
  const read = lines.filter((line) => line.outcome).length;
  const bad = lines.filter((line) => line.outcome && !(line.outcome.status in DONE)).length;
  const rest = bad ? `, ${bad} not read` : "";
  if (!isOver) return { words: `Adding ${count}: ${read} done${rest}`, spoken: `Adding ${count}` };
  const words = `${read - bad} of ${count} read${rest}`;
  return { words, spoken: words };
}

// A live region reads out what is put into it, even when it is the same.
function tell(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function startLine(name, { dismiss, changed }) {
  const state = make("span", { class: "vb-state vb-working" }, "waiting");
  const element = make("li", {}, make("span", { class: "vb-name", title: name }, name), state);
  const line = { element, outcome: null, finished: false, remarks: 0 };

  function finish(words, good, remarks) {
    line.finished = true;
    line.remarks = remarks.length;
    state.classList.remove("vb-working");
    state.classList.toggle("vb-bad", !good);
    state.textContent = words;
    for (const remark of remarks) element.append(make("span", { class: "vb-reason" }, remark));
    const onclick = () => dismiss((other) => other === line);
    const attributes = { type: "button", class: "vb-dismiss", "aria-label": `Dismiss ${name}`, onclick };
    element.append(make("button", attributes, icon("close")));
  }

  line.say = (words) => {
    state.textContent = words;
  };
  line.read = (outcome) => {
    line.outcome = outcome;
    if (!(outcome.status in DONE)) {
      finish("Not read", false, remarksOn(outcome));
      element.parentElement?.prepend(element); // among hundreds, failures are seen first
    }
    changed();
  };
  // It can be found by its words already; the embeddings follow, one document after another.
  line.embedding = ({ model, waiting_by: waiting }, documentOf) => {
    const progress = waiting[documentOf(line.outcome.source)];
    if (progress && model !== "failed") return line.say(`embedding, ${progress[0]} of ${progress[1]}`);
    const remarks = remarksOn(line.outcome);
    if (progress) remarks.push("Keyword search only: the embedding model is not available.");
    return finish(DONE[line.outcome.status], true, remarks);
  };
  return line;
}

const remarksOn = (outcome) => [outcome.reason, ...outcome.notes].filter(Boolean);
