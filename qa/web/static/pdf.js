// The source as pictures of its pages, with the quote's rectangles over them. One page is shown at a time.

import { catchFocus, fetchJson, fetchOwn, iconButton, make } from "/ui/dom.js";

const ZOOMS = [1, 1.25, 1.5, 2, 3];
const WIDTH_STEP = 200;
const MAX_WIDTH = 3000;
const A4 = { width: 595, height: 842, rectangles: [] };
const NO_FILE = { document: "", count: 0, first: 1, labels: [], sheets: {}, notes: {} };

/** A view of a PDF's pages, which count from 1: `bar` and `stage` are its elements. */
export class PageView {
  #label = make("span", { class: "vb-page-label", "aria-live": "polite" });
  #back = iconButton("previous", "Previous page (←)", () => this.#turn(-1));
  #on = iconButton("next", "Next page (→)", () => this.#turn(1));
  #smaller = iconButton("less", "Zoom out (−)", () => this.#zoomBy(-1));
  #larger = iconButton("add", "Zoom in (+)", () => this.#zoomBy(1));
  #picture = make("img", { class: "vb-picture", alt: "", draggable: "false" });
  #marks = make("div", { class: "vb-marks", "aria-hidden": "true" });
  #sheet = make("div", { class: "vb-sheet" }, this.#picture, this.#marks);
  #note = make("p", { class: "vb-notice", role: "status", hidden: true });
  #further;
  #file = NO_FILE;
  #page = 1;
  #zoom = 0;
  #drawing = null;

  constructor() {
    const attributes = { class: "vb-page-bar", role: "group", "aria-label": "Pages" };
    this.bar = make("div", attributes, this.#back, this.#label, this.#on, this.#smaller, this.#larger);
    const onclick = () => this.#turn(1, true);
    this.#further = make("button", { type: "button", class: "vb-button vb-more", hidden: true, onclick });
    const region = { class: "vb-stage", tabindex: "0", role: "region", "aria-label": "Page" };
    this.stage = make("div", region, this.#note, this.#sheet, this.#further);
  }

  /** Ask on which pages the quote is; throws an Error for people when the pages cannot be shown. */
  async load({ document, start, end }, signal) {
    const found = await fetchJson(`/api/document/${document}/pages?start=${start}&end=${end}`, { signal });
    if (document !== this.#file.document) this.#zoom = 0; // the width of the panel
    this.#file = { ...found, document };
    this.#page = found.first;
  }

  /** Show the current page; `quote`: with its first rectangle in view, else from its top. */
  show(quote = true) {
    const { sheets, notes } = this.#file;
    const { width, height, rectangles } = sheets[this.#page] || { ...this.#usualSize(), rectangles: [] };
    this.#showControls();
    this.#say(notes[this.#page] || "");
    this.#sheet.style.width = `${100 * ZOOMS[this.#zoom]}%`;
    this.#sheet.style.aspectRatio = `${width} / ${height}`;
    this.#marks.replaceChildren(...rectangles.map(rectangle));
    this.#draw();
    catchFocus(this.stage); // a button that was pressed can have come to its end
    if (quote) this.#toQuote();
    else this.stage.scrollTo(0, 0);
  }

  stop() {
    this.#drawing?.abort();
  }

  /** Keys of the view; true when one was meant for it. */
  key(event) {
    const zoom = { "+": 1, "=": 1, "-": -1, 0: 0 }[event.key];
    if (zoom !== undefined) {
      this.#zoomBy(zoom);
      return true;
    }
    const turn = this.#turnOf(event.key);
    if (turn) this.#turn(turn);
    return turn !== 0;
  }

  #turnOf(key) {
    const { scrollWidth, clientWidth, scrollTop, clientHeight, scrollHeight } = this.stage;
    const isWide = scrollWidth > clientWidth + 1;
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - 2;
    if ((key === "ArrowRight" && !isWide) || (key === "PageDown" && isAtEnd)) return 1;
    if ((key === "ArrowLeft" && !isWide) || (key === "PageUp" && scrollTop <= 0)) return -1;
    return 0;
  }

  #showControls() {
    const { count, sheets, labels } = this.#file;
    const page = this.#page;
    this.#label.textContent = this.#pageLabel();
    this.#back.disabled = page <= 1;
    this.#on.disabled = page >= count;
    this.#smaller.disabled = this.#zoom <= 0;
    this.#larger.disabled = this.#zoom >= ZOOMS.length - 1;
    const goesOn = Boolean(sheets[page] && sheets[page + 1]);
    this.#further.textContent = goesOn ? `The quote continues on page ${labels[page]}` : "";
    this.#further.hidden = !goesOn;
  }

  #say(words) {
    this.#note.textContent = words;
    this.#note.hidden = !words;
  }

  /** The size of a page that was not measured: most often that of the others. */
  #usualSize() {
    return Object.values(this.#file.sheets)[0] || A4;
  }

  #pageLabel() {
    const { labels, count } = this.#file;
    const number = String(this.#page);
    const printed = labels[this.#page - 1] || number;
    return `Page ${printed}${printed === number ? ` of ${count}` : ` (${number} of ${count})`}`;
  }

  async #draw() {
    this.stop();
    this.#drawing = new AbortController();
    const { signal } = this.#drawing;
    const { document } = this.#file;
    const key = `${document} ${this.#page}`;
    if (this.#sheet.dataset.shown !== key) this.#picture.hidden = true;
    this.#sheet.classList.add("vb-drawing");
    const pixels = this.#sheet.clientWidth * Math.min(window.devicePixelRatio || 1, 2);
    const width = Math.min(Math.max(Math.ceil(pixels / WIDTH_STEP), 2) * WIDTH_STEP, MAX_WIDTH);
    try {
      const response = await fetchOwn(`/api/document/${document}/page/${this.#page}?width=${width}`, { signal });
      await this.#put(await response.blob(), signal);
      this.#sheet.dataset.shown = key;
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#picture.hidden = true;
      this.#say(error.message);
    }
    this.#sheet.classList.remove("vb-drawing");
  }

  async #put(blob, signal) {
    signal.throwIfAborted();
    const picture = this.#picture;
    const address = URL.createObjectURL(blob);
    try {
      picture.src = address;
      await picture.decode();
    } finally {
      URL.revokeObjectURL(address);
    }
    picture.alt = `Page ${this.#file.labels[this.#page - 1]} as a picture; “Text” shows its words`;
    picture.hidden = false;
    if (this.#file.sheets[this.#page]) return;
    this.#sheet.style.aspectRatio = `${picture.naturalWidth} / ${picture.naturalHeight}`;
  }

  #toQuote() {
    const { stage } = this;
    stage.scrollTo(0, 0);
    const box = this.#marks.firstElementChild?.getBoundingClientRect();
    if (!box) return;
    const frame = stage.getBoundingClientRect();
    const across = box.right > frame.right ? box.left - frame.left - 24 : 0;
    stage.scrollTo(across, box.top - frame.top - Math.min(stage.clientHeight / 3, 160));
  }

  #turn(by, quote = false) {
    const next = this.#page + by;
    if (next < 1 || next > this.#file.count) return;
    this.#page = next;
    this.show(quote || Boolean(this.#file.sheets[next]));
  }

  #zoomBy(by) {
    const next = by === 0 ? 0 : Math.min(Math.max(this.#zoom + by, 0), ZOOMS.length - 1);
    if (next === this.#zoom) return;
    const { stage } = this;
    const quoteIsSeen = this.#quoteIsSeen();
    const across = (stage.scrollLeft + stage.clientWidth / 2) / stage.scrollWidth;
    const down = (stage.scrollTop + stage.clientHeight / 2) / stage.scrollHeight;
    this.#zoom = next;
    this.show(quoteIsSeen);
    if (quoteIsSeen) return;
    stage.scrollTo(
      across * stage.scrollWidth - stage.clientWidth / 2,
      down * stage.scrollHeight - stage.clientHeight / 2,
    );
  }

  #quoteIsSeen() {
    const mark = this.#marks.firstElementChild?.getBoundingClientRect();
    const frame = this.stage.getBoundingClientRect();
    return Boolean(mark) && mark.bottom > frame.top && mark.top < frame.bottom;
  }
}

function rectangle([left, top, right, bottom]) {
  const mark = make("div", { class: "vb-rectangle" });
  mark.style.left = `${left * 100}%`;
  mark.style.top = `${top * 100}%`;
  mark.style.width = `${(right - left) * 100}%`;
  mark.style.height = `${(bottom - top) * 100}%`;
  return mark;
}
