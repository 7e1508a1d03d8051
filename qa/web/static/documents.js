// The documents: their list, adding files, and the status line about the work behind the page.

import { startList } from "/ui/document_list.js";
import { fetchJson } from "/ui/dom.js";
import { startFolders } from "/ui/folders.js";
import { startScope } from "/ui/scope.js";
import { startUploads } from "/ui/uploads.js";

const SOON_MS = 100;
const BUSY_MS = 700;
const QUIET_MS = 10_000;

/**
 * Fill the documents panel; `open(place, trigger)` shows a document, `changed(status, titles)` hears of every new status,
 * `uploading()` of new files, so that their progress can be seen.
 */
export function startDocuments({ status, said, count, documents: panel }, { open, changed, uploading }) {
  const added = new Set(); // the sources that were added in this page
  const scope = startScope(() => list.show());
  const list = startList({ open, scope, look });
  const folders = startFolders(look);
  const uploads = startUploads({ starting, sent });
  panel.append(uploads.area, folders.button, folders.area, list.area);

  let entries = [];
  let version = null;
  let timer = null;
  let looking = null;

  // One look at a time; who asks meanwhile waits for one that begins after it.
  function look() {
    clearTimeout(timer);
    const next = (looking || Promise.resolve()).then(lookNow);
    looking = next;
    return next;
  }

  async function lookNow() {
    clearTimeout(timer);
    let busy = true;
    try {
      const now = await fetchJson("/api/status");
      busy = now.busy || (now.waiting > 0 && now.model !== "failed");
      tell(now.message || now.problem, Boolean(now.message));
      count.textContent = String(now.documents);
      if (now.version !== version) {
        entries = (await fetchJson("/api/documents")).documents;
        version = now.version;
        scope.know(entries, added);
        list.take(entries);
      }
      list.progress(now.waiting_by);
      uploads.update(now, (id) => entries.find((entry) => entry.id === id)?.document_id);
      folders.update(now, entries);
      changed(now, entries.map(({ title }) => title));
    } catch (error) {
      tell(error.message, false);
    }
    lookIn(busy ? BUSY_MS : QUIET_MS);
  }

  // Screen readers hear what is under way, not how far it is twice a second.
  function tell(words, working) {
    status.textContent = status.title = words;
    status.classList.toggle("vb-working", working);
    const spoken = working ? words.split(/[:,]/)[0] : words;
    if (said.textContent !== spoken) said.textContent = spoken;
  }

  function lookIn(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(look, milliseconds);
  }

  function starting() {
    uploading();
    lookIn(SOON_MS);
  }

  // Of many files only some are looked at: each look lists all documents.
  let seen = 0;
  async function sent(source) {
    if (source) added.add(source);
    if (Date.now() - seen < BUSY_MS) return lookIn(BUSY_MS);
    seen = Date.now();
    return look();
  }

  look();
  return { pickFiles: uploads.pickFiles, look };
}
