// What is shown before the first question: what is in the library, and questions about it.

import { make } from "/ui/dom.js";
import { ask, inConversation, onPageChange } from "/ui/gradio_bridge.js";

const NAMED = 3;

/** Keep the welcome up to date; `pickFiles` opens the file chooser. Returns `showLibrary(status, titles)`. */
export function startWelcome(pickFiles) {
  let library = null;
  let titles = [];

  function show() {
    const [area] = inConversation(".vb-welcome");
    if (!area || !library) return;
    const { documents, model, examples, writer } = library;
    const shown = JSON.stringify([documents, model, examples, titles, writer]);
    if (area.dataset.shown === shown) return;
    area.dataset.shown = shown;
    const focused = [...area.querySelectorAll("button")].indexOf(document.activeElement);
    area.replaceChildren(...(documents ? filled(library, titles) : empty(pickFiles, writer)));
    area.querySelectorAll("button")[focused]?.focus();
  }

  onPageChange(show);
  return {
    showLibrary(status, now) {
      library = status;
      titles = now;
      show();
    },
  };
}

function empty(pickFiles, writer) {
  const privacy =
    writer.on && !writer.local
      ? `Questions, with the passages that may answer them, are sent to ${writer.host}.`
      : "Nothing leaves this machine.";
  const how = writer.on
    ? howWritten(writer)
    : "Add files, then ask. Every answer consists of exact quotes that you can open in the document.";
  return [
    make("h2", {}, "Ask your own documents"),
    make("p", {}, how),
    make("button", { type: "button", class: "vb-button vb-primary", onclick: pickFiles }, "Add files"),
    make("p", { class: "vb-hint" }, `Or drop them anywhere on this page. ${privacy}`),
  ];
}

function filled({ documents, model, examples, writer }, titles) {
  const more = titles.length - NAMED;
  const listed = titles.slice(0, NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
  const loading = model === "waiting" || model === "loading";
  const how = writer.on ? howWritten(writer) : "Answers are exact quotes. Click a number to open its source.";
  const hint = loading ? "The model is loading. You can already ask; the answer will follow." : how;
  return [
    make("h2", {}, documents === 1 ? "Ask your document" : `Ask your ${documents} documents`),
    make("p", { class: "vb-titles" }, listed),
    make("p", { class: loading ? "vb-hint vb-working" : "vb-hint" }, hint),
    make("div", { class: "vb-examples" }, ...examples.map(example)),
  ];
}

function howWritten({ name }) {
  return `Answers are written by ${name}, and every quote in them is checked. Click a number to open its source.`;
}

function example(question) {
  return make("button", { type: "button", class: "vb-example", onclick: () => ask(question) }, question);
}
