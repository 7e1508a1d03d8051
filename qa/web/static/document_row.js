// A document in the list: its check box, what opens it, and behind "More" what was read, reading again, removing.

import { catchFocus, fetchJson, icon, make } from "/ui/dom.js";

const CHANGED = { updated: "It has changed and was read again.", unchanged: "Nothing has changed in it." };

/** The row of source `id`, which `take(entry)` fills; `ask` is the list's question before a removal. */
export function startRow(id, { open, scope, look, ask }) {
  let entry = null;
  const box = make("input", { type: "checkbox" });
  const title = make("span", { class: "vb-name" });
  const file = make("span", { class: "vb-file" });
  const progress = make("span", { class: "vb-file vb-working", hidden: true });
  const opener = make("button", { type: "button", class: "vb-open" }, title, file, progress);
  const more = make("button", { type: "button", class: "vb-fold", "aria-expanded": "false" }, icon("next"));
  const known = make("div", { class: "vb-known" });
  const again = make("button", { type: "button", class: "vb-button", onclick: readAgain }, "Read again");
  const remove = make("button", { type: "button", class: "vb-button" }, "Remove…");
  const buttons = make("div", { class: "vb-buttons", hidden: true }, again, remove);
  const said = make("div", { "aria-live": "polite" });
  const details = make("div", { class: "vb-details", hidden: true }, known, buttons, said);
  let found = null;
  box.addEventListener("change", () => scope.toggle(id, box.checked));
  opener.addEventListener("click", () => open({ document: entry.document_id, start: 0, end: 0 }, opener));
  remove.addEventListener("click", () => ask(said, `Remove ${entry.title}`, losses(found), [id], remove));
  more.addEventListener("click", () => {
    details.hidden = !details.hidden;
    more.setAttribute("aria-expanded", String(!details.hidden));
    said.replaceChildren();
    if (!details.hidden) fill();
  });

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
      const [outcome] = (await fetchJson("/api/documents/read", { method: "POST", sent: { documents: [id] } })).files;
      said.replaceChildren(make("p", { class: "vb-reason" }, CHANGED[outcome.status] || outcome.reason));
      await look();
    } catch (error) {
      said.replaceChildren(make("p", { class: "vb-reason vb-bad" }, error.message));
    }
    again.disabled = false;
    catchFocus(again);
  }

  return {
    element: make("li", {}, box, opener, more, details),
    box,
    take(now) {
      if (JSON.stringify(now) === JSON.stringify(entry)) return;
      entry = now;
      const place = [entry.folder, entry.name].filter(Boolean).join("/");
      title.textContent = entry.title;
      file.textContent = place === entry.title ? "" : place;
      opener.title = entry.path;
      box.setAttribute("aria-label", `Ask ${entry.title}`);
      more.setAttribute("aria-label", `More about ${entry.title}`);
      if (!details.hidden) fill();
    },
    vectors(left) {
      progress.hidden = !left;
      progress.textContent = left ? `making vectors, ${left[0]} of ${left[1]}` : "";
    },
  };
}

function reading(known) {
  const notes = known.notes.length ? known.notes : ["Everything in it was read."];
  return [make("p", { class: "vb-file" }, facts(known)), make("ul", { class: "vb-notes" }, ...notes.map((note) => make("li", {}, note)))];
}

function facts({ pages, size, added, upload, language }) {
  const bytes = size < 1e6 ? `${Math.max(1, Math.round(size / 1e3))} kB` : `${(size / 1e6).toFixed(1)} MB`;
  const day = new Date(added).toLocaleDateString(undefined, { dateStyle: "medium" });
  const count = pages ? `${pages} ${pages === 1 ? "page" : "pages"}` : null;
  return [count, bytes, language && `language ${language}`, `${upload ? "uploaded" : "added"} ${day}`].filter(Boolean).join(" · ");
}

function losses({ upload, path, also, in_folder: folder }) {
  const text = also.length ? `The same text stays, as ${also.join(", ")}.` : "Its text, its vectors and its quotes in kept conversations are deleted without a trace.";
  if (upload) return `${text} The uploaded copy is deleted too. This cannot be undone.`;
  return `${text} The file itself stays: ${path}${folder ? "; it is left out when its folder is brought up to date" : ""}.`;
}
