// The list of documents: choose, find, remove several. One document's row is in document_row.js.

import { startRow } from "/ui/document_row.js";
import { confirmation, fetchJson, make } from "/ui/dom.js";

const FILTER_FROM = 13;

/** The list; `open(location, trigger)` shows a document, `look()` updates the page, `scope` is the choice. */
export class DocumentList {
  #open;
  #scope;
  #look;
  #entries = [];
  #rows = new Map(); // source id → row
  #every = make("input", { type: "checkbox", id: "vb-every" });
  #everyWords = make("label", { for: "vb-every" });
  #filter = make("input", { type: "search", class: "vb-filter", "aria-label": "Find a document", hidden: true });
  #removeChosen = make("button", { type: "button", class: "vb-link", hidden: true });
  #confirmation = make("div", {});
  #none = make("p", { class: "vb-hint", hidden: true }, "No document matches.");
  #list = make("ul", { class: "vb-list" });
  #head;

  constructor({ open, scope, look }) {
    this.#open = open;
    this.#scope = scope;
    this.#look = look;
    this.#filter.placeholder = "Find a document";
    this.#filter.addEventListener("input", () => this.show());
    this.#filter.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#filter.value) event.stopPropagation(); // it empties the field
    });
    this.#every.addEventListener("change", () => this.#chooseShown(this.#every.checked));
    this.#removeChosen.addEventListener("click", () => this.#removeAllChosen());
    this.#head = make("div", { class: "vb-choose", hidden: true }, this.#every, this.#everyWords, this.#removeChosen);
    this.area = make(
      "div",
      { class: "vb-documents" },
      this.#head,
      this.#filter,
      this.#confirmation,
      this.#none,
      this.#list,
    );
  }

  /** Bring check boxes, filter and order up to date. */
  show() {
    const shown = this.#entries.filter((entry) => this.#fits(entry));
    const elements = shown.map(({ id }) => this.#rows.get(id).element);
    arrange(this.#list, elements);
    for (const [id, row] of this.#rows) row.box.checked = this.#scope.has(id);
    const checked = shown.filter(({ id }) => this.#scope.has(id)).length;
    this.#every.checked = checked > 0 && checked === shown.length;
    this.#every.indeterminate = checked > 0 && checked < shown.length;
    this.#none.hidden = !this.#entries.length || shown.length > 0;
    this.#showChoice();
  }

  /** These are the documents now. */
  take(entries) {
    this.#entries = entries;
    const ids = new Set(entries.map(({ id }) => id));
    for (const id of this.#rows.keys()) if (!ids.has(id)) this.#rows.delete(id);
    for (const entry of entries) {
      if (!this.#rows.has(entry.id)) this.#rows.set(entry.id, this.#newRow(entry.id));
      this.#rows.get(entry.id).take(entry);
    }
    this.#head.hidden = entries.length < 2;
    this.#filter.hidden = entries.length < FILTER_FROM;
    this.show();
  }

  /** How far the embedding of each document is. */
  progress(waiting) {
    for (const { id, document_id } of this.#entries) this.#rows.get(id).embedding(waiting[document_id]);
  }

  #newRow(id) {
    const ask = (...question) => this.#confirmRemoval(...question);
    return startRow(id, { open: this.#open, scope: this.#scope, look: this.#look, ask });
  }

  #fits({ title, name, folder }) {
    const words = this.#filter.hidden ? [] : this.#filter.value.toLowerCase().split(/\s+/);
    const text = `${title} ${folder}/${name}`.toLowerCase();
    return words.every((word) => text.includes(word));
  }

  #chooseShown(on) {
    const shown = new Set(this.#entries.filter((entry) => this.#fits(entry)).map(({ id }) => id));
    const others = this.#entries.map(({ id }) => id).filter((id) => this.#scope.has(id) && !shown.has(id));
    this.#scope.choose(on ? [...others, ...shown] : others);
  }

  #showChoice() {
    const { choice } = this.#scope;
    const count = this.#entries.length;
    const anyChecked = this.#entries.some(({ id }) => this.#scope.has(id));
    const everything = count && !anyChecked ? "None selected: searching all" : `Searching all ${count}`;
    this.#everyWords.textContent = choice ? `Searching ${choice.length} of ${count}` : everything;
    this.#removeChosen.hidden = !choice || choice.length < 2;
    this.#removeChosen.textContent = `Remove these ${choice?.length ?? ""}`;
  }

  #removeAllChosen() {
    const ids = this.#scope.choice || [];
    const words =
      "Their text, their embeddings and uploaded copies will be deleted, and their quotes will disappear from saved " +
      "conversations. Files in your folders are not touched.";
    this.#confirmRemoval(this.#confirmation, `Remove ${ids.length} documents`, words, ids, this.#removeChosen);
  }

  /** Say what will be deleted, with two buttons; `back` gets the focus when nothing is. */
  #confirmRemoval(area, title, words, ids, back) {
    const remove = make("button", { type: "button", class: "vb-button vb-danger" }, "Remove");
    const cancel = make("button", { type: "button", class: "vb-button" }, "Cancel");
    cancel.addEventListener("click", () => {
      area.replaceChildren();
      back.focus();
    });
    remove.addEventListener("click", async () => {
      remove.disabled = cancel.disabled = true;
      remove.textContent = "Removing…";
      try {
        await this.#remove(ids);
      } catch (error) {
        area.replaceChildren(make("p", { class: "vb-reason vb-bad", role: "alert" }, error.message));
        back.focus();
      }
    });
    area.replaceChildren(confirmation(title, `${title}?`, [words], remove, cancel));
    cancel.focus();
  }

  async #remove(ids) {
    const at = [...this.#list.children].indexOf(this.#rows.get(ids[0])?.element);
    await fetchJson("/api/documents/remove", { method: "POST", sent: { documents: ids } });
    this.#confirmation.replaceChildren();
    await this.#look();
    const next = this.#list.children[Math.min(Math.max(at, 0), this.#list.childElementCount - 1)];
    (next?.querySelector(".vb-open") || document.querySelector(".vb-add button")).focus();
    window.dispatchEvent(new CustomEvent("vb:removed"));
  }
}

/** Make `elements` the children of `list`, moving as few as possible: what is moved loses the focus. */
function arrange(list, elements) {
  const wanted = new Set(elements);
  for (const element of [...list.children]) if (!wanted.has(element)) element.remove();
  for (const [at, element] of elements.entries()) {
    if (list.children[at] !== element) list.insertBefore(element, list.children[at] ?? null);
  }
}
