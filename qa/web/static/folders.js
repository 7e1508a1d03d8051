// Added folders: updated at a click, with a question where many files of one are missing or it was not added here.

import { catchFocus, confirmation, fetchJson, make } from "/ui/dom.js";

const WORDS = {
  added: "new",
  updated: "changed",
  moved: "moved",
  removed: "removed",
  failed: "not read",
  kept_old: "not read, previous version kept",
  skipped: "skipped",
};

/** `look()` updates the page. */
export function startFolders(look) {
  const button = make("button", { type: "button", class: "vb-link", hidden: true }, "Update folders");
  const report = make("div", { class: "vb-report", "aria-live": "polite" });
  const questions = make("div", { class: "vb-questions" });
  const declined = new Set(); // questions that were answered with "Keep them"
  let shown = "";

  button.addEventListener("click", () => run("/api/sync"));

  async function run(path, body) {
    button.disabled = true;
    report.replaceChildren(make("p", { class: "vb-hint vb-working" }, "Looking for changes"));
    shown = "";
    if (path === "/api/sync") declined.clear();
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
    questions.replaceChildren(...missing.filter((each) => !declined.has(each.folder + each.message)).map(question));
  }

  function question({ folder, message, new: isNew }) {
    const onclick = () => run("/api/sync/confirm", { folder });
    const act = isNew
      ? make("button", { type: "button", class: "vb-button", onclick }, "Read it")
      : make("button", { type: "button", class: "vb-button vb-danger", onclick }, "Remove them");
    const keep = make("button", { type: "button", class: "vb-button" }, isNew ? "Leave it" : "Keep them");
    keep.addEventListener("click", () => {
      declined.add(folder + message);
      box.remove();
      catchFocus(button);
    });
    const words = isNew
      ? "Read its files into the library? If somebody else gave you this library, leave it."
      : "Remove the missing documents from the library? If the folder is only temporarily away, keep them.";
    const label = isNew ? `Not added here: ${folder}` : `Files missing in ${folder}`;
    const box = confirmation(label, folder, [message, words], act, keep);
    return box;
  }

  return {
    button,
    area: make("div", { class: "vb-folders" }, report, questions),
    update(status, documents) {
      button.hidden = documents.every((entry) => entry.upload);
      const now = JSON.stringify([status.report, status.missing]);
      if (now === shown || button.disabled) return;
      shown = now;
      show(status.report, status.missing);
    },
  };
}

function reportParts({ read, counts, remarks, files }) {
  const parts = Object.keys(WORDS)
    .filter((status) => counts[status])
    .map((status) => `${counts[status]} ${WORDS[status]}`);
  const whole = `${read} ${read === 1 ? "file" : "files"}`;
  const hasChanged = counts.added || counts.updated || counts.removed;
  const summary = [hasChanged ? `${whole} read` : `Up to date, ${whole}`, ...parts].join(", ");
  if (!files.length) return [make("p", { class: "vb-hint" }, summary)];
  const lines = files.map((file) => {
    const words = [file.reason, ...file.notes].filter(Boolean).join(" ");
    return make("li", {}, make("span", { class: "vb-name" }, file.name), words);
  });
  if (remarks > files.length) lines.push(make("li", {}, `and ${remarks - files.length} more`));
  return [make("details", {}, make("summary", {}, summary), make("ul", {}, ...lines))];
}
