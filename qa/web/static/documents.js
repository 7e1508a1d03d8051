// The documents: their list, adding files, and the status line about the work behind the page.

import { fetchJson, icon, make } from "/ui/dom.js";

const BUSY_MS = 700;
const QUIET_MS = 10_000;
const DONE = { added: "Added", updated: "Updated", moved: "Moved", unchanged: "Already there" };

/**
 * Fill the documents panel; `open(place, trigger)` shows a document, `changed(status)` hears of every new status,
 * `uploading()` of new files, so that their progress can be seen.
 */
export function startDocuments({ status, count, documents: panel }, { open, changed, uploading }) {
  const input = make("input", { type: "file", multiple: true, id: "vb-files", class: "vb-hidden", tabindex: "-1", "aria-label": "Files to add" });
  const add = make("button", { type: "button", class: "vb-button vb-primary" }, icon("add"), "Add files");
  const uploads = make("ul", { class: "vb-uploads", "aria-live": "polite" });
  const list = make("ul", { class: "vb-list" });
  const report = make("div", { class: "vb-report" });
  const hint = make("p", { class: "vb-hint" }, "or drop them anywhere on this page");
  panel.append(make("div", { class: "vb-add" }, add, input, hint), uploads, report, list);

  const pickFiles = () => input.click();
  add.addEventListener("click", pickFiles);
  input.addEventListener("change", () => {
    upload([...input.files]);
    input.value = "";
  });
  startDropping(upload);

  let version = null;
  let timer = null;

  async function look() {
    clearTimeout(timer);
    let busy = true;
    try {
      const now = await fetchJson("/api/status");
      busy = now.busy;
      status.textContent = now.message || now.problem;
      status.classList.toggle("vb-working", Boolean(now.message));
      count.textContent = String(now.documents);
      input.accept ||= now.accept.join(",");
      if (now.version !== version) {
        await refresh();
        version = now.version;
        showReport(report, now.report);
      }
      changed(now, names);
    } catch (error) {
      status.textContent = error.message;
      status.classList.remove("vb-working");
    }
    timer = setTimeout(look, busy ? BUSY_MS : QUIET_MS);
  }

  let names = [];
  async function refresh() {
    const { documents } = await fetchJson("/api/documents");
    names = documents.map((entry) => entry.title);
    list.replaceChildren(...documents.map((entry) => row(entry, open)));
  }

  let queue = Promise.resolve();
  function upload(files) {
    if (files.length) uploading();
    for (const file of files) {
      const line = make("li", {}, make("span", { class: "vb-name" }, file.name));
      const state = make("span", { class: "vb-state vb-working" }, "waiting");
      line.append(state);
      uploads.append(line);
      queue = queue.then(() => send(file, line, state));
    }
    queue = queue.then(look);
  }

  async function send(file, line, state) {
    state.textContent = "reading";
    const soon = setTimeout(look, 100);
    try {
      const done = await fetchJson(`/api/documents?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
      const outcome = done.files[0] || { status: "failed", reason: "Nothing was read.", notes: [] };
      finish(line, state, outcome);
    } catch (error) {
      finish(line, state, { status: "failed", reason: error.message, notes: [] });
    }
    clearTimeout(soon);
  }

  look();
  return { pickFiles };
}

function finish(line, state, outcome) {
  const good = outcome.status in DONE;
  state.classList.remove("vb-working");
  state.classList.toggle("vb-bad", !good);
  state.textContent = good ? DONE[outcome.status] : "Not read";
  for (const reason of [outcome.reason, ...outcome.notes]) {
    if (reason) line.append(make("span", { class: "vb-reason" }, reason));
  }
  const dismiss = make("button", { type: "button", class: "vb-dismiss", "aria-label": "Dismiss" }, icon("close"));
  dismiss.addEventListener("click", () => line.remove());
  line.append(dismiss);
}

function row(entry, open) {
  const control = make(
    "button",
    { type: "button", title: entry.path },
    make("span", { class: "vb-name" }, entry.title),
    entry.name === entry.title ? null : make("span", { class: "vb-file" }, entry.name),
  );
  control.addEventListener("click", () => open({ document: entry.document_id, start: 0, end: 0 }, control));
  return make("li", {}, control);
}

function showReport(area, report) {
  if (!report) return area.replaceChildren();
  const trouble = report.files.filter((file) => !(file.status in DONE) || file.notes.length);
  const summary = `${report.read} of ${report.total} files read`;
  if (!trouble.length) return area.replaceChildren(make("p", { class: "vb-hint" }, summary));
  const lines = trouble.map((file) =>
    make("li", {}, make("span", { class: "vb-name" }, file.name), [file.reason, ...file.notes].filter(Boolean).join(" ")),
  );
  return area.replaceChildren(
    make("details", {}, make("summary", {}, `${summary}, ${trouble.length} with remarks`), make("ul", {}, ...lines)),
  );
}

function startDropping(upload) {
  let depth = 0;
  const mark = (on) => document.body.classList.toggle("vb-dropping", on);
  const carriesFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  const handle = (name, action) =>
    document.addEventListener(
      name,
      (event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        event.stopPropagation();
        action(event);
      },
      true,
    );
  handle("dragenter", () => mark((depth += 1) > 0));
  handle("dragleave", () => mark((depth -= 1) > 0));
  handle("dragover", (event) => (event.dataTransfer.dropEffect = "copy"));
  handle("drop", (event) => {
    depth = 0;
    mark(false);
    upload([...event.dataTransfer.files]);
  });
}
