// Adding files, a few at a time. What becomes of each is told in batch.js.

import { startBatch } from "/ui/batch.js";
import { icon, make } from "/ui/dom.js";
import { startDropping } from "/ui/dropping.js";

const AT_ONCE = 2;

/** The buttons and the progress; `starting()` before files are sent, `sent(source)` after each that was read. */
export function startUploads({ starting, sent }) {
  const files = chooser({ id: "vb-files", multiple: true, "aria-label": "Files to add" });
  const folder = chooser({ id: "vb-folder", webkitdirectory: true, "aria-label": "Folder to add" });
  const addFiles = make("button", { type: "button", class: "vb-button vb-primary", onclick: () => files.click() }, icon("add"), "Add files");
  const addFolder = make("button", { type: "button", class: "vb-button", onclick: () => folder.click() }, "Add folder");
  const hint = make("p", { class: "vb-hint" }, "or drop them anywhere on this page");
  const batch = startBatch(addFiles);
  let accepted = { suffixes: null, bytes: Infinity };
  const queue = [];
  let working = 0;

  for (const input of [files, folder]) {
    input.addEventListener("change", () => {
      const seen = [...input.files].filter((file) => !isHidden(file.webkitRelativePath));
      take(seen.map((file) => ({ file, folder: parent(file.webkitRelativePath) })));
      input.value = "";
    });
  }
  startDropping(take);
  window.addEventListener("beforeunload", (event) => working && event.preventDefault()); // the browser asks: the rest would be lost

  function take(items) {
    if (!items.length) return;
    starting();
    const fits = ({ file, folder }) => !folder || !file || !accepted.suffixes || accepted.suffixes.has(suffix(file.name));
    const wanted = items.filter(fits);
    batch.begin(items.filter((item) => !fits(item)).map((item) => joined(item.folder, item.file.name)));
    const lines = batch.add(wanted.map((item) => joined(item.folder, item.file?.name || item.name)));
    wanted.forEach((item, at) => queue.push({ ...item, line: lines[at] }));
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
    area: make("div", { class: "vb-adding" }, make("div", { class: "vb-add" }, addFiles, addFolder, files, folder, hint), batch.area, batch.said),
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
const isHidden = (path) => path.includes("/."); // as for folders that are dropped: not the one chosen itself

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
