// The documents that are searched for an answer: all, unless some are chosen. The choice is shown in the question box.

import { make } from "/ui/dom.js";
import { putInQuestionBox, sendAlong } from "/ui/gradio_bridge.js";

/** The documents chosen; `changed()` is called after every change. */
export class Scope {
  #known = new Map(); // source id → title, in the order of the list
  #checked = new Set();
  #changed;
  #words = make("span", { class: "vb-scope-words" });
  #bar;

  constructor(changed) {
    this.#changed = changed;
    const onclick = () => this.chooseAll();
    const all = make("button", { type: "button", class: "vb-link", onclick }, "Search all documents");
    this.#bar = make("div", { id: "vb-scope", role: "status", hidden: true }, this.#words, all);
    putInQuestionBox(this.#bar, "top");
  }

  /** Ids, or null for all; with none checked there would be nothing to ask, so that means all, too. */
  get choice() {
    const some = this.#checked.size && this.#checked.size < this.#known.size;
    return some ? [...this.#known.keys()].filter((id) => this.#checked.has(id)) : null;
  }

  has(id) {
    return this.#checked.has(id);
  }

  choose(ids) {
    this.#checked = new Set(ids);
    this.#show();
    this.#changed();
  }

  chooseAll() {
    this.choose(this.#known.keys());
  }

  toggle(id, on) {
    this.choose([...this.#checked, id].filter((each) => on || each !== id));
  }

  /** The documents there are now. New ones are chosen if all were, or if some were and they were `added` in this page. */
  know(entries, added) {
    const everything = this.#checked.size === this.#known.size;
    const isNewlyChosen = (id) => everything || (this.#checked.size > 0 && added.has(id));
    const isChosen = ({ id }) => (this.#known.has(id) ? this.#checked.has(id) : isNewlyChosen(id));
    this.#checked = new Set(entries.filter(isChosen).map(({ id }) => id));
    this.#known = new Map(entries.map(({ id, title }) => [id, title]));
    this.#show();
  }

  #show() {
    const { choice } = this;
    this.#bar.hidden = !choice;
    const only = choice?.length === 1 ? `only “${this.#known.get(choice[0])}”` : null;
    this.#words.textContent = choice ? `Searching ${only || `${choice.length} of ${this.#known.size} documents`}` : "";
    sendAlong("scope", choice ? JSON.stringify(choice) : "");
  }
}
