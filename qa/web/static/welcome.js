// What stands where no question has been asked yet: what is in the library, and questions that it can answer.

import { ask } from "/ui/chat.js";
import { make } from "/ui/dom.js";

const NAMED = 3;

/** Keep the welcome up to date; `pickFiles` opens the file chooser. Gives `showLibrary(status, titles)`. */
export function startWelcome(pickFiles) {
  let library = null;
  let names = [];
  new MutationObserver(show).observe(document.body, { childList: true, subtree: true });

  function show() {
    const area = document.querySelector(".vb-welcome");
    if (!area || !library) return;
    const { documents, model, examples, writer } = library;
    const shown = JSON.stringify([documents, model, examples, names, writer]);
    if (area.dataset.shown === shown) return;
    area.dataset.shown = shown;
    const at = [...area.querySelectorAll("button")].indexOf(document.activeElement);
    area.replaceChildren(...(documents ? filled(library, names) : empty(pickFiles, writer)));
    area.querySelectorAll("button")[at]?.focus();
  }

  function showLibrary(status, titles) {
    library = status;
    names = titles;
    show();
  }

  return { showLibrary };
}

function empty(pickFiles, writer) {
  const leaves = writer.on && !writer.local ? `Questions, with the passages that may answer them, go to ${writer.host}.` : "Nothing leaves this machine.";
  return [
    make("h2", {}, "Ask your own documents"),
    make("p", {}, writer.on ? written(writer) : "Add files, then ask. Every answer is made of exact quotes that you can open where they stand."),
    make("button", { type: "button", class: "vb-button vb-primary", onclick: pickFiles }, "Add files"),
    make("p", { class: "vb-hint" }, `Or drop them anywhere on this page. ${leaves}`),
  ];
}

function filled({ documents, model, examples, writer }, names) {
  const more = names.length - NAMED;
  const listed = names.slice(0, NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
  const count = documents === 1 ? "your document" : `your ${documents} documents`;
  const loading = model === "waiting" || model === "loading";
  const hint = loading
    ? "The model is being loaded, which takes some seconds. You can ask already: the answer follows."
    : writer.on
      ? written(writer)
      : "Answers are exact quotes; press a number to see where it stands.";
  return [
    make("h2", {}, `Ask ${count}`),
    make("p", { class: "vb-titles" }, listed),
    make("p", { class: loading ? "vb-hint vb-working" : "vb-hint" }, hint),
    questions(examples),
  ];
}

function written({ name }) {
  return `Answers are written by ${name}, and every quote in them is checked; press a number to see where it stands.`;
}

function questions(examples) {
  const buttons = examples.map((question) =>
    make("button", { type: "button", class: "vb-example", onclick: () => ask(question) }, question),
  );
  return make("div", { class: "vb-examples" }, ...buttons);
}
