// The documents: their list, adding files, and the status line about the work in the background.

import { DocumentList } from "/ui/document_list.js";
import { fetchJson } from "/ui/dom.js";
import { startFolders } from "/ui/folders.js";
import { Scope } from "/ui/scope.js";
import { startUploads } from "/ui/uploads.js";

const SOON_MS = 100;
const BUSY_MS = 700;
const QUIET_MS = 10_000;

/** The documents panel, which asks the server now and then what has changed. */
export class Documents {
  #entries = [];
  #added = new Set(); // the sources that were added in this page
  #version = null;
  #timer = null;
  #looking = Promise.resolve();
  #lookedAt = 0;
  #parts;
  #on;
  #list;
  #folders;
  #uploads;

  /**
   * `on.open(location, trigger)` shows a document, `on.changed(status, titles)` is called with every new status, and
   * `on.uploading()` when files are added, so that their progress can be seen.
   */
  constructor({ status, said, count, documents: panel }, on) {
    this.#parts = { status, said, count };
    this.#on = on;
    const look = () => this.look();
    this.scope = new Scope(() => this.#list.show());
    this.#list = new DocumentList({ open: on.open, scope: this.scope, look });
    this.#folders = startFolders(look);
    this.#uploads = startUploads({ starting: () => this.#starting(), sent: (source) => this.#sent(source) });
    panel.append(this.#uploads.area, this.#folders.button, this.#folders.area, this.#list.area);
    this.look();
  }

  pickFiles() {
    this.#uploads.pickFiles();
  }

  /** Ask the server now; resolves when what has changed is shown. One at a time: a later call waits for its own. */
  look() {
    clearTimeout(this.#timer);
    this.#looking = this.#looking.then(() => this.#lookNow());
    return this.#looking;
  }

  async #lookNow() {
    clearTimeout(this.#timer);
    let busy = true;
    try {
      const status = await fetchJson("/api/status");
      busy = status.busy || (status.waiting > 0 && status.model !== "failed");
      await this.#show(status);
    } catch (error) {
      this.#tell(error.message, false);
    }
    this.#lookIn(busy ? BUSY_MS : QUIET_MS);
  }

  async #show(status) {
    this.#tell(status.message || status.problem, Boolean(status.message));
    this.#parts.count.textContent = String(status.documents);
    if (status.version !== this.#version) {
      this.#entries = (await fetchJson("/api/documents")).documents;
      this.#version = status.version;
      this.scope.know(this.#entries, this.#added);
      this.#list.take(this.#entries);
    }
    this.#list.progress(status.waiting_by);
    this.#uploads.update(status, (id) => this.#entries.find((entry) => entry.id === id)?.document_id);
    this.#folders.update(status, this.#entries);
    const titles = this.#entries.map(({ title }) => title);
    this.#on.changed(status, titles);
  }

  // Screen readers are told what is under way, but not twice a second how far it is.
  #tell(words, working) {
    const { status, said } = this.#parts;
    status.textContent = status.title = words;
    status.classList.toggle("vb-working", working);
    const spoken = working ? words.split(/[:,]/)[0] : words;
    if (said.textContent !== spoken) said.textContent = spoken;
  }

  #lookIn(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.look(), milliseconds);
  }

  #starting() {
    this.#on.uploading();
    this.#lookIn(SOON_MS);
  }

  // When many files are sent, not after each: every look lists all documents.
  async #sent(source) {
    if (source) this.#added.add(source);
    if (Date.now() - this.#lookedAt < BUSY_MS) return this.#lookIn(BUSY_MS);
    this.#lookedAt = Date.now();
    return this.look();
  }
}
