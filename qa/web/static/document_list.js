// The list of documents: choose, find, remove several. One document's row is in document_row.js.

import { startRow } from "/ui/document_row.js";
import { confirmation, fetchJson, make } from "/ui/dom.js";

const FILTER_FROM = 13;

/** `open(place, trigger)` shows a document, `scope` is the choice, `look()` makes the page see what has changed. */
export function startList({ open, scope, look }) {
  const every = make("input", { type: "checkbox", id: "vb-every" });
  const everyWords = make("label", { for: "vb-every" });
  const filter = make("input", { type: "search", class: "vb-filter", placeholder: "Find a document", "aria-label": "Find a document", hidden: true });
  const removeChosen = make("button", { type: "button", class: "vb-link", hidden: true });
  const confirm = make("div", {});
  const none = make("p", { class: "vb-hint", hidden: true }, "No document has these words in its name.");
  const list = make("ul", { class: "vb-list" });
  const head = make("div", { class: "vb-choose", hidden: true }, every, everyWords, removeChosen);
  const rows = new Map(); // source id → row
  let entries = [];

  filter.addEventListener("input", show);
  filter.addEventListener("keydown", (event) => event.key === "Escape" && filter.value && event.stopPropagation()); // it empties the field
  every.addEventListener("change", () => {
    const shown = new Set(entries.filter(fits).map(({ id }) => id));
    const others = entries.map(({ id }) => id).filter((id) => scope.has(id) && !shown.has(id));
    scope.choose(every.checked ? [...others, ...shown] : others);
  });
  removeChosen.addEventListener("click", () => {
    const ids = scope.choice() || [];
    const words = `${ids.length} documents: their text, their vectors and uploaded copies are deleted, and their quotes in kept conversations go blank. Files in your folders stay where they are.`;
    ask(confirm, `Remove ${ids.length} documents`, words, ids, removeChosen);
  });

  function fits({ title, name, folder }) {
    const words = filter.hidden ? [] : filter.value.toLowerCase().split(/\s+/);
    const text = `${title} ${folder}/${name}`.toLowerCase();
    return words.every((word) => text.includes(word));
  }

  /** Bring check boxes, filter and order to what they should be. */
  function show() {
    const shown = entries.filter(fits);
    arrange(list, shown.map(({ id }) => rows.get(id).element));
    for (const [id, row] of rows) row.box.checked = scope.has(id);
    const checked = shown.filter(({ id }) => scope.has(id)).length;
    every.checked = checked > 0 && checked === shown.length;
    every.indeterminate = checked > 0 && checked < shown.length;
    const chosen = scope.choice();
    const nothing = entries.length > 0 && !entries.some(({ id }) => scope.has(id));
    everyWords.textContent = chosen ? `${chosen.length} of ${entries.length} asked` : nothing ? "None chosen: all are asked" : `All ${entries.length} asked`;
    removeChosen.hidden = !chosen || chosen.length < 2;
    removeChosen.textContent = `Remove these ${chosen?.length ?? ""}`;
    none.hidden = !entries.length || shown.length > 0;
  }

  async function remove(ids) {
    const at = [...list.children].indexOf(rows.get(ids[0])?.element);
    await fetchJson("/api/documents/remove", { method: "POST", sent: { documents: ids } });
    confirm.replaceChildren();
    await look();
    const next = list.children[Math.min(Math.max(at, 0), list.childElementCount - 1)];
    (next?.querySelector(".vb-open") || document.querySelector(".vb-add button")).focus();
    window.dispatchEvent(new CustomEvent("vb:removed"));
  }

  /** What will be deleted, and two buttons; `back` gets the focus when nothing is. */
  function ask(area, title, words, ids, back) {
    const removal = make("button", { type: "button", class: "vb-button vb-danger" }, "Remove");
    const keep = make("button", { type: "button", class: "vb-button" }, "Keep");
    keep.addEventListener("click", () => {
      area.replaceChildren();
      back.focus();
    });
    removal.addEventListener("click", async () => {
      removal.disabled = keep.disabled = true;
      removal.textContent = "Removing…";
      try {
        await remove(ids);
      } catch (error) {
        area.replaceChildren(make("p", { class: "vb-reason vb-bad", role: "alert" }, error.message));
        back.focus();
      }
    });
    area.replaceChildren(confirmation(title, `${title}?`, [words], removal, keep));
    keep.focus();
  }

  return {
    area: make("div", { class: "vb-documents" }, head, filter, confirm, none, list),
    show,
    take(now) {
      entries = now;
      const ids = new Set(now.map(({ id }) => id));
      for (const id of rows.keys()) if (!ids.has(id)) rows.delete(id);
      for (const entry of now) {
        if (!rows.has(entry.id)) rows.set(entry.id, startRow(entry.id, { open, scope, look, ask }));
        rows.get(entry.id).take(entry);
      }
      head.hidden = now.length < 2;
      filter.hidden = now.length < FILTER_FROM;
      show();
    },
    /** How far the vectors of each document are. */
    progress(waiting) {
      for (const { id, document_id } of entries) rows.get(id).vectors(waiting[document_id]);
    },
  };
}

/** Make `elements` the children of `list`, moving as few as possible: what is moved loses the focus. */
function arrange(list, elements) {
  const wanted = new Set(elements);
  for (const element of [...list.children]) if (!wanted.has(element)) element.remove();
  elements.forEach((element, at) => {
    if (list.children[at] !== element) list.insertBefore(element, list.children[at] ?? null);
  });
}
