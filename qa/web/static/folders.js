// Added folders: brought up to date by a click, with a question where much of one is missing.

import { catchFocus, confirmation, fetchJson, make } from "/ui/dom.js";

const WORDS = { added: "new", updated: "changed", moved: "moved", removed: "removed", failed: "not read", kept_old: "kept as before", skipped: "left out" };

/** `look()` makes the page see what has changed. */
export function startFolders(look) {
  const button = make("button", { type: "button", class: "vb-link", hidden: true }, "Bring up to date");
  const report = make("div", { class: "vb-report", "aria-live": "polite" });
  const questions = make("div", { class: "vb-questions" });
  const kept = new Set(); // questions that were answered with "keep"
  let shown = "";

  button.addEventListener("click", () => run("/api/sync"));

  async function run(path, body) {
    button.disabled = true;
    report.replaceChildren(make("p", { class: "vb-hint vb-working" }, "Looking for changes"));
    shown = "";
    if (path === "/api/sync") kept.clear();
    try {
      const done = await fetchJson(path, { method: "POST", sent: body });
      show(done, done.missing);
    } catch (error) {
      report.replaceChildren(make("p", { class: "vb-reason vb-bad" }, error.message));
    }
    button.disabled = false;
    catchFocus(button);
    await look();
  }

  function show(found, missing) {
    report.replaceChildren(...(found?.total ? reportParts(found) : []));
    questions.replaceChildren(...missing.filter((each) => !kept.has(each.message)).map(question));
  }

  function question({ place, message }) {
    const remove = make("button", { type: "button", class: "vb-button vb-danger", onclick: () => run("/api/sync/remove", { place }) }, "Remove them");
    const keep = make("button", { type: "button", class: "vb-button" }, "Keep them");
    keep.addEventListener("click", () => {
      kept.add(message);
      box.remove();
      catchFocus(button);
    });
    const words = "Remove from the library what is missing? If the folder is only away for a while, keep it.";
    const box = confirmation(`Files missing in ${place}`, place, [message, words], remove, keep);
    return box;
  }

  return {
    button,
    area: make("div", { class: "vb-folders" }, report, questions),
    update(status, documents) {
      button.hidden = !documents.some((entry) => !entry.upload);
      const now = JSON.stringify([status.report, status.missing]);
      if (now === shown || button.disabled) return;
      shown = now;
      show(status.report, status.missing);
    },
  };
}

function reportParts({ read, counts, remarks, files }) {
  const parts = Object.keys(WORDS).filter((status) => counts[status]).map((status) => `${counts[status]} ${WORDS[status]}`);
  const whole = `${read} ${read === 1 ? "file" : "files"}`;
  const summary = [counts.added || counts.updated || counts.removed ? `${whole} read` : `Up to date, ${whole}`, ...parts].join(", ");
  if (!files.length) return [make("p", { class: "vb-hint" }, summary)];
  const lines = files.map((file) =>
    make("li", {}, make("span", { class: "vb-name" }, file.name), [file.reason, ...file.notes].filter(Boolean).join(" ")),
  );
  if (remarks > files.length) lines.push(make("li", {}, `and ${remarks - files.length} more`));
  return [make("details", {}, make("summary", {}, summary), make("ul", {}, ...lines))];
}
