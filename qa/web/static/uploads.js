// Adding files, a few at a time. What becomes of each is shown by batch.js.

import { Batch } from "/ui/batch.js";
import { icon, make } from "/ui/dom.js";
import { startDropping } from "/ui/dropping.js";

const AT_ONCE = 2;

/** The buttons and the progress; `starting()` before files are sent, `sent(source)` after each that was read. */
export function startUploads({ starting, sent }) {
  const files = chooser({ id: "vb-files", multiple: true, "aria-label": "Files to add" });
  const folder = chooser({ id: "vb-folder", webkitdirectory: true, "aria-label": "Folder to add" });
  const pickFiles = () => files.click();
  const pickFolder = () => folder.click();
  const primary = { type: "button", class: "vb-button vb-primary", onclick: pickFiles };
  const addFiles = make("button", primary, icon("add"), "Add files");
  const addFolder = make("button", { type: "button", class: "vb-button", onclick: pickFolder }, "Add folder");
  const hint = make("p", { class: "vb-hint" }, "or drop them anywhere on this page");
  const batch = new Batch(addFiles);
  const queue = new UploadQueue(sent);
  let accepted = { suffixes: null, bytes: Infinity };

  function take(items) {
    if (!items.length) return;
    starting();
    const wanted = items.filter((item) => isAccepted(item, accepted.suffixes));
    const others = items.filter((item) => !wanted.includes(item));
    batch.begin(others.map((item) => joined(item.folder, item.file.name)));
    const lines = batch.add(wanted.map((item) => joined(item.folder, item.file?.name || item.name)));
    queue.add(
      wanted.map((item, at) => ({ ...item, line: lines[at] })),
      accepted.bytes,
    );
  }

  for (const input of [files, folder]) {
    input.addEventListener("change", () => {
      const seen = [...input.files].filter((file) => !isHidden(file.webkitRelativePath));
      take(seen.map((file) => ({ file, folder: parent(file.webkitRelativePath) })));
      input.value = "";
    });
  }
  startDropping(take);
  window.addEventListener("beforeunload", (event) => {
    if (queue.isWorking) event.preventDefault(); // the browser asks: the rest would be lost
  });

  const buttons = make("div", { class: "vb-add" }, addFiles, addFolder, files, folder, hint);
  return {
    area: make("div", { class: "vb-adding" }, buttons, batch.area, batch.said),
    pickFiles,
    /** Take from the status which files the program reads, and how far their embedding is. */
    update(status, documentOf) {
      files.accept ||= status.accept.join(",");
      accepted = { suffixes: new Set(status.accept), bytes: status.max_file_bytes };
      batch.update(status, documentOf);
    },
  };
}

class UploadQueue {
  #sent;
  #items = [];
  #working = 0;

  constructor(sent) {
    this.#sent = sent;
  }

  get isWorking() {
    return this.#working > 0;
  }

  add(items, limit) {
    this.#items.push(...items);
    while (this.#working < AT_ONCE && this.#items.length) this.#work(limit);
  }

  async #work(limit) {
    this.#working += 1;
    for (let item = this.#items.shift(); item; item = this.#items.shift()) {
      const outcome = await upload(item, limit);
      item.line.read(outcome);
      await this.#sent(outcome.source);
    }
    this.#working -= 1;
  }
}

const chooser = (attributes) => make("input", { type: "file", class: "vb-hidden", tabindex: "-1", ...attributes });
const parent = (path) => path.split("/").slice(0, -1).join("/");
const joined = (folder, name) => (folder ? `${folder}/${name}` : name);
const suffix = (name) => (name.includes(".") ? name.slice(name.lastIndexOf(".")).toLowerCase() : "");
const isHidden = (path) => path.includes("/."); // as in folders that are dropped, but not the chosen folder itself

// What is added by itself is always tried, so that the user is told why it cannot be read.
function isAccepted({ file, folder }, suffixes) {
  return !folder || !file || !suffixes || suffixes.has(suffix(file.name));
}

async function upload({ file, folder, problem, line }, limit) {
  const failed = (reason) => ({ status: "failed", reason, notes: [] });
  if (problem) return failed(problem);
  if (file.size > limit) return failed(`The file is larger than the limit of ${Math.round(limit / 1e6)} MB.`);
  line.say("uploading");
  try {
    const query = `name=${encodeURIComponent(file.name)}&folder=${encodeURIComponent(folder)}`;
    const done = await post(`/api/documents?${query}`, file, () => line.say("reading"));
    return done.files[0] || failed("Nothing was read.");
  } catch (error) {
    return failed(error.message);
  }
}

// `fetch` does not tell when the last byte has been sent, which is when reading begins.
function post(path, file, uploaded) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.responseType = "json";
    request.upload.addEventListener("load", uploaded);
    request.addEventListener("error", () => reject(new Error("The server does not respond. Is it still running?")));
    request.addEventListener("load", () => {
      if (request.status === 200 && request.response) resolve(request.response);
      else reject(new Error(request.response?.error || `The server answered with error ${request.status}.`));
    });
    request.send(file);
  });
}
