// What becomes of the files added last: waiting, sending, reading, making vectors, done or not read.

import { catchFocus, icon, make } from "/ui/dom.js";

const OPEN_LINES = 4; // more are folded under one line that sums them up
const NAMED = 100;
const DONE = { added: "Added", updated: "Updated", moved: "Moved", unchanged: "Already there" };

/**
 * Their lines, which stay until they are dismissed or, where nothing is wrong, the next files come; `back` gets the
 * focus of what was dismissed. `area` shows them, `said` tells screen readers.
 */
export function startBatch(back) {
  const list = make("ul", { class: "vb-uploads" });
  const summary = make("summary", {});
  const fold = make("details", { class: "vb-batch vb-few", open: true }, summary, list);
  const clear = make("button", { type: "button", class: "vb-link", onclick: () => dismiss(() => true) }, "Clear");
  const left = make("div", { class: "vb-left-out" });
  const said = make("p", { class: "vb-hidden", role: "status" });
  const area = make("div", { class: "vb-progress", role: "group", "aria-label": "Files being added", hidden: true }, fold, left, clear);
  let lines = [];

  function forget(which) {
    for (const line of lines) if (line.finished && which(line)) line.element.remove();
    lines = lines.filter((line) => line.element.isConnected);
    if (!lines.length) left.replaceChildren();
    show();
  }

  function dismiss(which) {
    forget(which);
    catchFocus(list.querySelector(".vb-dismiss") || back);
  }

  function show() {
    const count = lines.length === 1 ? "1 file" : `${lines.length} files`;
    const over = lines.filter((line) => line.outcome).length;
    const bad = lines.filter((line) => line.outcome && !(line.outcome.status in DONE)).length;
    const rest = bad ? `, ${bad} not read` : "";
    const isOver = over === lines.length;
    const words = isOver ? `${over - bad} of ${count} read${rest}` : `Adding ${count}: ${over} done${rest}`;
    tell(summary, words);
    tell(said, !lines.length ? "" : isOver ? words : `Adding ${count}`);
    const few = lines.length <= OPEN_LINES;
    if (few !== fold.classList.contains("vb-few")) fold.open = few;
    fold.classList.toggle("vb-few", few);
    summary.classList.toggle("vb-working", !isOver);
    clear.hidden = (few && !left.childElementCount) || !lines.every((line) => line.finished);
    area.hidden = !lines.length && !left.childElementCount;
  }

  return {
    area,
    said,
    begin(leftOut) {
      forget((line) => line.outcome.status in DONE && !line.remarks);
      const words = leftOut.length === 1 ? "1 file left out: no document" : `${leftOut.length} files left out: no documents`;
      const names = leftOut.slice(0, NAMED).map((name) => make("li", {}, name));
      if (leftOut.length > NAMED) names.push(make("li", {}, `and ${leftOut.length - NAMED} more`));
      left.replaceChildren(...(leftOut.length ? [make("details", {}, make("summary", {}, words), make("ul", {}, ...names))] : []));
      show();
    },
    add(names) {
      const added = names.map((name) => startLine(name, { dismiss, changed: show }));
      for (const line of added) list.append(line.element);
      lines = lines.concat(added);
      show();
      return added;
    },
    update(status, documentOf) {
      for (const line of lines) if (line.outcome && !line.finished) line.vectors(status, documentOf);
      show();
    },
  };
}

// A live region says what is put into it, even when it is the same.
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
    element.append(make("button", { type: "button", class: "vb-dismiss", "aria-label": `Dismiss ${name}`, onclick }, icon("close")));
  }

  line.say = (words) => (state.textContent = words);
  line.read = (outcome) => {
    line.outcome = outcome;
    const remarks = [outcome.reason, ...outcome.notes].filter(Boolean);
    if (!(outcome.status in DONE)) {
      finish("Not read", false, remarks);
      element.parentElement?.prepend(element); // of hundreds, what went wrong is seen first
    }
    changed();
  };
  // It is found by its words already; the vectors are made one document after the other.
  line.vectors = ({ model, waiting_by: waiting }, documentOf) => {
    const left = waiting[documentOf(line.outcome.source)];
    const remarks = [line.outcome.reason, ...line.outcome.notes].filter(Boolean);
    if (left && model !== "failed") return line.say(`making vectors, ${left[0]} of ${left[1]}`);
    if (left) remarks.push("It is found by its words only, for there is no model.");
    return finish(DONE[line.outcome.status], true, remarks);
  };
  return line;
}
