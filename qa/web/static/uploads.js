// Adding files, a few at a time, and what becomes of each: waiting, sending, reading, making vectors, done or not read.

import { icon, make } from "/ui/dom.js";
import { startDropping } from "/ui/dropping.js";

const AT_ONCE = 2;
const OPEN_LINES = 4; // more are folded under one line that sums them up
const NAMED = 100;
export const DONE = { added: "Added", updated: "Updated", moved: "Moved", unchanged: "Already there" };

/** The buttons and the progress; `starting()` before files are sent, `sent(source)` after each that was read. */
export function startUploads({ starting, sent }) {
  const files = chooser({ id: "vb-files", multiple: true, "aria-label": "Files to add" });
  const folder = chooser({ id: "vb-folder", webkitdirectory: true, "aria-label": "Folder to add" });
  const addFiles = make("button", { type: "button", class: "vb-button vb-primary", onclick: () => files.click() }, icon("add"), "Add files");
  const addFolder = make("button", { type: "button", class: "vb-button", onclick: () => folder.click() }, "Add folder");
  const batch = startBatch();
  let accepted = { suffixes: new Set(), bytes: Infinity };
  const queue = [];
  let working = 0;

  for (const input of [files, folder]) {
    input.addEventListener("change", () => {
      take([...input.files].map((file) => ({ file, folder: parent(file.webkitRelativePath || "") })));
      input.value = "";
    });
  }
  startDropping(take);

  function take(items) {
    if (!items.length) return;
    starting();
    const fits = ({ file, folder }) => !folder || !file || accepted.suffixes.has(suffix(file.name));
    const wanted = items.filter(fits);
    batch.begin(items.filter((item) => !fits(item)).map((item) => joined(item.folder, item.file.name)));
    queue.push(...wanted.map((item) => ({ ...item, line: batch.line(joined(item.folder, item.file?.name || item.name)) })));
    while (working < AT_ONCE && queue.length) work();
  }

  async function work() {
    working += 1;
    for (let item = queue.shift(); item; item = queue.shift()) {
      const outcome = await add(item, accepted.bytes);
      item.line.read(outcome);
      await sent(outcome.source);
    }
    working -= 1;
  }

  return {
    area: make("div", { class: "vb-adding" }, make("div", { class: "vb-add" }, addFiles, addFolder, files, folder, make("p", { class: "vb-hint" }, "or drop them anywhere on this page")), batch.area),
    pickFiles: () => files.click(),
    /** What the program reads and how far the vectors are. */
    update(status, documentOf) {
      files.accept ||= status.accept.join(",");
      accepted = { suffixes: new Set(status.accept), bytes: status.max_file_bytes };
      batch.update(status, documentOf);
    },
  };
}

const chooser = (attributes) => make("input", { type: "file", class: "vb-hidden", tabindex: "-1", ...attributes });
const parent = (path) => path.split("/").slice(0, -1).join("/");
const joined = (folder, name) => (folder ? `${folder}/${name}` : name);
const suffix = (name) => (name.includes(".") ? name.slice(name.lastIndexOf(".")).toLowerCase() : "");

async function add({ file, folder, problem, line }, limit) {
  const failed = (reason) => ({ status: "failed", reason, notes: [] });
  if (problem) return failed(problem);
  if (file.size > limit) return failed(`It is larger than the limit of ${Math.round(limit / 1e6)} MB.`);
  line.say("sending");
  try {
    const query = `name=${encodeURIComponent(file.name)}&folder=${encodeURIComponent(folder)}`;
    const done = await post(`/api/documents?${query}`, file, () => line.say("reading"));
    return done.files[0] || failed("Nothing was read.");
  } catch (error) {
    return failed(error.message);
  }
}

// `fetch` does not tell when the last byte has gone, and reading begins there.
function post(path, file, uploaded) {
  return new Promise((take, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.responseType = "json";
    request.upload.addEventListener("load", uploaded);
    request.addEventListener("error", () => fail(new Error("The program does not answer. Is it still running?")));
    request.addEventListener("load", () => {
      if (request.status === 200 && request.response) take(request.response);
      else fail(new Error(request.response?.error || `The program answered with error ${request.status}.`));
    });
    request.send(file);
  });
}

// The lines of what was added last. They stay until they are dismissed or, where nothing is wrong, the next files come.
function startBatch() {
  const list = make("ul", { class: "vb-uploads" });
  const summary = make("summary", {});
  const fold = make("details", { class: "vb-batch" }, summary, list);
  const clear = make("button", { type: "button", class: "vb-link", onclick: () => forget(() => true) }, "Clear");
  const left = make("div", { class: "vb-left-out" });
  const area = make("div", { class: "vb-progress", role: "group", "aria-label": "Files being added", hidden: true }, fold, left, clear);
  let lines = [];

  function forget(which) {
    for (const line of lines) if (line.finished && which(line)) line.element.remove();
    lines = lines.filter((line) => line.element.isConnected);
    if (!lines.length) left.replaceChildren();
    show();
  }

  function show() {
    const over = lines.filter((line) => line.outcome).length;
    const bad = lines.filter((line) => line.outcome && !(line.outcome.status in DONE)).length;
    const rest = bad ? `, ${bad} not read` : "";
    const words = over < lines.length ? `Adding ${lines.length} files: ${over} done${rest}` : `${over - bad} of ${over} files read${rest}`;
    if (summary.textContent !== words) summary.textContent = words;
    const many = lines.length > OPEN_LINES;
    fold.classList.toggle("vb-few", !many);
    summary.classList.toggle("vb-working", over < lines.length);
    clear.hidden = !many || !lines.every((line) => line.finished);
    area.hidden = !lines.length && !left.childElementCount;
  }

  return {
    area,
    begin(leftOut) {
      forget((line) => line.outcome.status in DONE && !line.remarks);
      const said = leftOut.length === 1 ? "1 file left out: no document" : `${leftOut.length} files left out: no documents`;
      const names = leftOut.slice(0, NAMED).map((name) => make("li", {}, name));
      left.replaceChildren(...(leftOut.length ? [make("details", {}, make("summary", {}, said), make("ul", {}, ...names))] : []));
      fold.open = false;
      show();
    },
    line(name) {
      const line = startLine(name, () => {
        lines = lines.filter((other) => other !== line);
        show();
      }, show);
      lines.push(line);
      list.append(line.element);
      if (lines.length <= OPEN_LINES) fold.open = true;
      else if (lines.length === OPEN_LINES + 1) fold.open = false;
      show();
      return line;
    },
    update(status, documentOf) {
      for (const line of lines) if (line.outcome && !line.finished) line.vectors(status, documentOf);
      show();
    },
  };
}

function startLine(name, dismissed, changed) {
  const state = make("span", { class: "vb-state vb-working", role: "status" }, "waiting");
  const element = make("li", {}, make("span", { class: "vb-name", title: name }, name), state);
  const line = { element, outcome: null, finished: false, remarks: 0 };

  function finish(words, good, remarks) {
    line.finished = true;
    line.remarks = remarks.length;
    state.classList.remove("vb-working");
    state.classList.toggle("vb-bad", !good);
    state.textContent = words;
    for (const remark of remarks) element.append(make("span", { class: "vb-reason" }, remark));
    const dismiss = make("button", { type: "button", class: "vb-dismiss", "aria-label": `Dismiss ${name}` }, icon("close"));
    dismiss.addEventListener("click", () => {
      element.remove();
      dismissed();
    });
    element.append(dismiss);
  }

  line.say = (words) => (state.textContent = words);
  line.read = (outcome) => {
    line.outcome = outcome;
    const remarks = [outcome.reason, ...outcome.notes].filter(Boolean);
    if (!(outcome.status in DONE)) finish("Not read", false, remarks);
    changed();
  };
  // It is found by its words already; the vectors are made one document after the other.
  line.vectors = ({ model, waiting_by: waiting }, documentOf) => {
    const left = waiting[documentOf(line.outcome.source)];
    const remarks = [line.outcome.reason, ...line.outcome.notes].filter(Boolean);
    if (left && model !== "failed") return line.say(`making vectors, ${left[0]} of ${left[1]}`);
    if (left) remarks.push("It is found by its words only, for there is no model.");
    return finish(DONE[line.outcome.status], true, remarks);
  };
  return line;
}
