// The list of documents: choose, open, see what was read, read again, remove.

import { fetchJson, icon, make } from "/ui/dom.js";

const FILTER_FROM = 13;
const CHANGED = { updated: "It has changed and was read again.", unchanged: "Nothing has changed in it." };

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
    const elements = shown.map(({ id }) => rows.get(id).element);
    if (elements.length !== list.childElementCount || elements.some((element, at) => element !== list.children[at])) list.replaceChildren(...elements);
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
    const next = entries[entries.findIndex(({ id }) => id === ids[0]) + 1] || entries.find(({ id }) => !ids.includes(id));
    await send("/api/documents/remove", ids);
    confirm.replaceChildren();
    await look();
    (rows.get(next?.id)?.opener || document.querySelector(".vb-add button")).focus();
  }

  /** What will be deleted, and two buttons; `back` gets the focus when nothing is. */
  function ask(area, title, words, ids, back) {
    const remove_ = make("button", { type: "button", class: "vb-button vb-danger" }, "Remove");
    const keep = make("button", { type: "button", class: "vb-button" }, "Keep");
    const close = () => {
      area.replaceChildren();
      back.focus();
    };
    const box = make("div", { class: "vb-confirm", role: "group", "aria-label": title }, make("strong", {}, `${title}?`), make("p", {}, words), make("div", { class: "vb-buttons" }, remove_, keep));
    keep.addEventListener("click", close);
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
    });
    remove_.addEventListener("click", async () => {
      remove_.disabled = keep.disabled = true;
      remove_.textContent = "Removing…";
      try {
        await remove(ids);
      } catch (error) {
        area.replaceChildren(make("p", { class: "vb-reason vb-bad", role: "alert" }, error.message));
        back.focus();
      }
    });
    area.replaceChildren(box);
    keep.focus();
  }

  return {
    area: make("div", { class: "vb-documents" }, head, filter, confirm, none, list),
    show,
    take(now) {
      entries = now;
      for (const id of rows.keys()) if (!now.some((entry) => entry.id === id)) rows.delete(id);
      for (const entry of now) {
        const known = rows.get(entry.id);
        if (known?.is !== JSON.stringify(entry)) rows.set(entry.id, startRow(entry, { open, scope, look, ask }));
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

function send(path, documents) {
  return fetchJson(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ documents }) });
}

function startRow(entry, { open, scope, look, ask }) {
  const place = [entry.folder, entry.name].filter(Boolean).join("/");
  const box = make("input", { type: "checkbox", "aria-label": `Ask ${entry.title}` });
  const progress = make("span", { class: "vb-file vb-working", hidden: true });
  const opener = make(
    "button",
    { type: "button", class: "vb-open", title: entry.path },
    make("span", { class: "vb-name" }, entry.title),
    place === entry.title ? null : make("span", { class: "vb-file" }, place),
    progress,
  );
  const more = make("button", { type: "button", class: "vb-fold", "aria-expanded": "false", "aria-label": `More about ${entry.title}` }, icon("next"));
  const details = make("div", { class: "vb-details", hidden: true });
  box.addEventListener("change", () => scope.toggle(entry.id, box.checked));
  opener.addEventListener("click", () => open({ document: entry.document_id, start: 0, end: 0 }, opener));
  more.addEventListener("click", async () => {
    const opening = details.hidden;
    details.hidden = !opening;
    more.setAttribute("aria-expanded", String(opening));
    if (opening) await fillDetails(details, entry, { look, ask });
  });
  return {
    is: JSON.stringify(entry),
    element: make("li", {}, box, opener, more, details),
    box,
    opener,
    vectors(left) {
      progress.hidden = !left;
      progress.textContent = left ? `making vectors, ${left[0]} of ${left[1]}` : "";
    },
  };
}

async function fillDetails(area, entry, { look, ask }) {
  let known;
  try {
    known = await fetchJson(`/api/documents/${entry.id}`);
  } catch (error) {
    return area.replaceChildren(make("p", { class: "vb-reason vb-bad" }, error.message));
  }
  const said = make("div", { class: "vb-said", "aria-live": "polite" });
  const again = make("button", { type: "button", class: "vb-button" }, "Read again");
  const remove = make("button", { type: "button", class: "vb-button" }, "Remove…");
  again.addEventListener("click", async () => {
    again.disabled = true;
    said.replaceChildren(make("p", { class: "vb-hint vb-working" }, "Reading"));
    try {
      const [outcome] = (await send("/api/documents/read", [entry.id])).files;
      said.replaceChildren(make("p", { class: "vb-reason" }, CHANGED[outcome.status] || outcome.reason));
      again.disabled = false;
      await look();
    } catch (error) {
      said.replaceChildren(make("p", { class: "vb-reason vb-bad" }, error.message));
      again.disabled = false;
    }
  });
  remove.addEventListener("click", () => ask(said, `Remove ${entry.title}`, losses(known), [entry.id], remove));
  const notes = known.notes.length ? known.notes.map((note) => make("li", {}, note)) : [make("li", {}, "Everything in it was read.")];
  return area.replaceChildren(
    make("p", { class: "vb-file" }, facts(known)),
    make("ul", { class: "vb-notes" }, ...notes),
    make("div", { class: "vb-buttons" }, again, remove),
    said,
  );
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
