// A document in the list: its check box, what opens it, and behind the arrow what was read, re-reading, removing.

import { catchFocus, fetchJson, icon, make } from "/ui/dom.js";

const CHANGED = { updated: "The file had changed and was read again.", unchanged: "The file has not changed." };

/** The row of source `id`, which `take(entry)` fills; `ask` is the list's question before a removal. */
export function startRow(id, { open, scope, look, ask }) {
  let entry = null;
  const box = make("input", { type: "checkbox" });
  const title = make("span", { class: "vb-name" });
  const file = make("span", { class: "vb-file" });
  const progress = make("span", { class: "vb-file vb-working", hidden: true });
  const opener = make("button", { type: "button", class: "vb-open" }, title, file, progress);
  const more = make("button", { type: "button", class: "vb-fold", "aria-expanded": "false" }, icon("next"));
  const details = startDetails(id, look, (area, found, back) =>
    ask(area, `Remove ${entry.title}`, losses(found), [id], back),
  );
  box.addEventListener("change", () => scope.toggle(id, box.checked));
  opener.addEventListener("click", () => open({ document: entry.document_id, start: 0, end: 0 }, opener));
  more.addEventListener("click", () => more.setAttribute("aria-expanded", String(details.toggle())));

  return {
    element: make("li", {}, box, opener, more, details.area),
    box,
    take(now) {
      if (JSON.stringify(now) === JSON.stringify(entry)) return;
      entry = now;
      const path = [entry.folder, entry.name].filter(Boolean).join("/");
      title.textContent = entry.title;
      file.textContent = path === entry.title ? "" : path;
      opener.title = entry.path;
      box.setAttribute("aria-label", `Search ${entry.title}`);
      more.setAttribute("aria-label", `More about ${entry.title}`);
      details.refresh();
    },
    embedding(progressNow) {
      progress.hidden = !progressNow;
      progress.textContent = progressNow ? `embedding, ${progressNow[0]} of ${progressNow[1]}` : "";
    },
  };
}

/** What unfolds under a document; `askRemoval(area, found, back)` asks before it is removed. */
function startDetails(id, look, askRemoval) {
  let found = null;
  const known = make("div", { class: "vb-known" });
  const again = make("button", { type: "button", class: "vb-button", onclick: readAgain }, "Read again");
  const remove = make("button", { type: "button", class: "vb-button" }, "Remove…");
  const buttons = make("div", { class: "vb-buttons", hidden: true }, again, remove);
  const said = make("div", { "aria-live": "polite" });
  const area = make("div", { class: "vb-details", hidden: true }, known, buttons, said);
  remove.addEventListener("click", () => askRemoval(said, found, remove));

  async function fill() {
    try {
      found = await fetchJson(`/api/documents/${id}`);
      known.replaceChildren(...reading(found));
      buttons.hidden = false;
    } catch (error) {
      known.replaceChildren(make("p", { class: "vb-reason vb-bad" }, error.message));
    }
  }

  async function readAgain() {
    again.disabled = true;
    said.replaceChildren(make("p", { class: "vb-hint vb-working" }, "Reading"));
    try {
      const { files } = await fetchJson("/api/documents/read", { method: "POST", sent: { documents: [id] } });
      said.replaceChildren(make("p", { class: "vb-reason" }, CHANGED[files[0].status] || files[0].reason));
      await look();
    } catch (error) {
      said.replaceChildren(make("p", { class: "vb-reason vb-bad" }, error.message));
    }
    again.disabled = false;
    catchFocus(again);
  }

  return {
    area,
    /** Fold or unfold; true when it is unfolded now. */
    toggle() {
      area.hidden = !area.hidden;
      said.replaceChildren();
      if (!area.hidden) fill();
      return !area.hidden;
    },
    refresh() {
      if (!area.hidden) fill();
    },
  };
}

function reading(found) {
  const notes = found.notes.length ? found.notes : ["The whole file was read."];
  const items = notes.map((note) => make("li", {}, note));
  return [make("p", { class: "vb-file" }, facts(found)), make("ul", { class: "vb-notes" }, ...items)];
}

function facts({ pages, size, added, upload, language }) {
  const bytes = size < 1e6 ? `${Math.max(1, Math.round(size / 1e3))} kB` : `${(size / 1e6).toFixed(1)} MB`;
  const day = new Date(added).toLocaleDateString(undefined, { dateStyle: "medium" });
  const count = pages ? `${pages} ${pages === 1 ? "page" : "pages"}` : null;
  const how = upload ? "uploaded" : "added";
  return [count, bytes, language, `${how} ${day}`].filter(Boolean).join(" · ");
}

function losses({ upload, path, also, in_folder: folder }) {
  const text = also.length
    ? `The same text stays in the library as ${also.join(", ")}.`
    : "Its text, its embeddings and its quotes in saved conversations will be deleted without a trace.";
  if (upload) return `${text} The uploaded copy is deleted too. This cannot be undone.`;
  const later = folder ? "; it will be skipped when its folder is updated" : "";
  return `${text} The file itself is not touched: ${path}${later}.`;
}
