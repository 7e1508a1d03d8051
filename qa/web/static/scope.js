// Which documents a question goes to. All, unless some are chosen; the choice stands in the question box.

import { make } from "/ui/dom.js";

/** The choice; `changed()` is called after it did. Others hear the event `vb:scope` and may send `vb:widen`. */
export function startScope(changed) {
  let known = new Map(); // source id → title, in the order of the list
  let checked = new Set();
  const words = make("span", { class: "vb-scope-words" });
  const all = make("button", { type: "button", class: "vb-link", onclick: () => choose([...known.keys()]) }, "Ask all documents");
  const bar = make("div", { id: "vb-scope", role: "status", hidden: true }, words, all);
  new MutationObserver(place).observe(document.body, { childList: true, subtree: true });
  window.addEventListener("vb:widen", () => choose([...known.keys()]));
  place();

  function place() {
    const box = document.querySelector("#ask");
    if (box && bar.parentElement !== box) box.prepend(bar);
  }

  /** Ids, or null for all; none checked is nothing to ask, so it means all, too. */
  const choice = () => (checked.size && checked.size < known.size ? [...known.keys()].filter((id) => checked.has(id)) : null);

  function choose(ids) {
    const before = JSON.stringify(choice());
    checked = new Set(ids);
    tell(before);
    changed();
  }

  function tell(before) {
    const documents = choice();
    bar.hidden = !documents;
    const title = documents?.length === 1 ? `only “${known.get(documents[0])}”` : `${documents?.length} of ${known.size} documents`;
    words.textContent = documents ? `Asking ${title}` : "";
    if (documents) document.body.dataset.scope = JSON.stringify(documents);
    else delete document.body.dataset.scope;
    if (JSON.stringify(documents) !== before) window.dispatchEvent(new CustomEvent("vb:scope", { detail: { documents } }));
  }

  return {
    choice,
    choose,
    has: (id) => checked.has(id),
    toggle: (id, on) => choose([...checked, id].filter((each) => on || each !== id)),
    /** The documents there are now. New ones belong to the choice when all were checked, or when `added` here to some. */
    know(entries, added) {
      const before = JSON.stringify(choice());
      const everything = checked.size === known.size;
      const isIn = ({ id }) => (known.has(id) ? checked.has(id) : everything || (checked.size > 0 && added.has(id)));
      checked = new Set(entries.filter(isIn).map(({ id }) => id));
      known = new Map(entries.map(({ id, title }) => [id, title]));
      tell(before);
    },
  };
}
