// The source as pictures of its pages, with the quote's rectangles over them. One page is shown at a time.

import { catchFocus, fetchJson, fetchOwn, iconButton, make } from "/ui/dom.js";

const ZOOMS = [1, 1.25, 1.5, 2, 3];
const WIDTH_STEP = 200;
const MAX_WIDTH = 3000;
const A4 = { width: 595, height: 842, rectangles: [] };

/** A view of a PDF's pages: `bar` and `stage` are its elements. */
export function pageView() {
  const label = make("span", { class: "vb-page-label", "aria-live": "polite" });
  const back = iconButton("previous", "Previous page (←)", () => turn(-1));
  const on = iconButton("next", "Next page (→)", () => turn(1));
  const smaller = iconButton("less", "Zoom out (−)", () => zoomBy(-1));
  const larger = iconButton("add", "Zoom in (+)", () => zoomBy(1));
  const bar = make("div", { class: "vb-page-bar", role: "group", "aria-label": "Pages" }, back, label, on, smaller, larger);
  const picture = make("img", { class: "vb-picture", alt: "", draggable: "false" });
  const marks = make("div", { class: "vb-marks", "aria-hidden": "true" });
  const sheet = make("div", { class: "vb-sheet" }, picture, marks);
  const note = make("p", { class: "vb-note", role: "status", hidden: true });
  const further = make("button", { type: "button", class: "vb-button vb-more", hidden: true, onclick: () => turn(1, true) });
  const stage = make("div", { class: "vb-stage", tabindex: "0", role: "region", "aria-label": "Page" }, note, sheet, further);
  let file = { document: "", count: 0, first: 0, labels: [], sheets: {}, notes: {} };
  let page = 0;
  let zoom = 0;
  let drawing = null;

  /** Ask where the quote stands; throws an Error for people when the pages cannot be shown. */
  async function load(place, signal) {
    const found = await fetchJson(`/api/document/${place.document}/pages?start=${place.start}&end=${place.end}`, { signal });
    if (place.document !== file.document) zoom = 0; // the width of the panel
    file = { ...found, document: place.document };
    page = file.first;
  }

  /** Show the page at hand; `quote`: with its first rectangle in view, else from its top. */
  function show(quote = true) {
    const { width, height, rectangles } = file.sheets[page] || { ...size(), rectangles: [] };
    label.textContent = pageLabel(page);
    back.disabled = page <= 0;
    on.disabled = page >= file.count - 1;
    smaller.disabled = zoom <= 0;
    larger.disabled = zoom >= ZOOMS.length - 1;
    note.textContent = file.notes[page] || "";
    note.hidden = !note.textContent;
    sheet.style.width = `${100 * ZOOMS[zoom]}%`;
    sheet.style.aspectRatio = `${width} / ${height}`;
    marks.replaceChildren(...rectangles.map(rectangle));
    const goesOn = Boolean(file.sheets[page] && file.sheets[page + 1]);
    further.textContent = goesOn ? `The quote goes on on page ${file.labels[page + 1]}` : "";
    further.hidden = !goesOn;
    draw();
    catchFocus(stage); // a button that was pressed can have come to its end
    if (quote) toQuote();
    else stage.scrollTo(0, 0);
  }

  /** The size of a page that was not measured: most often that of the others. */
  function size() {
    return Object.values(file.sheets)[0] || A4;
  }

  function pageLabel(number) {
    const printed = file.labels[number] || String(number + 1);
    const count = printed === String(number + 1) ? ` of ${file.count}` : ` (${number + 1} of ${file.count})`;
    return `Page ${printed}${count}`;
  }

  async function draw() {
    drawing?.abort();
    const mine = (drawing = new AbortController());
    const key = `${file.document} ${page}`;
    if (sheet.dataset.shown !== key) picture.hidden = true;
    sheet.classList.add("vb-drawing");
    const pixels = sheet.clientWidth * Math.min(window.devicePixelRatio || 1, 2);
    const width = Math.min(Math.max(Math.ceil(pixels / WIDTH_STEP), 2) * WIDTH_STEP, MAX_WIDTH);
    try {
      const picture = await fetchOwn(`/api/document/${file.document}/page/${page + 1}?width=${width}`, { signal: mine.signal });
      await put(await picture.blob(), mine.signal);
      sheet.dataset.shown = key;
    } catch (error) {
      if (error.name === "AbortError") return;
      picture.hidden = true;
      note.hidden = false;
      note.textContent = error.message;
    }
    sheet.classList.remove("vb-drawing");
  }

  async function put(blob, signal) {
    signal.throwIfAborted();
    const address = URL.createObjectURL(blob);
    try {
      picture.src = address;
      await picture.decode();
    } finally {
      URL.revokeObjectURL(address);
    }
    picture.alt = `Page ${file.labels[page]} as a picture; “Text” shows its words`;
    picture.hidden = false;
    if (!file.sheets[page]) sheet.style.aspectRatio = `${picture.naturalWidth} / ${picture.naturalHeight}`;
  }

  function toQuote() {
    const first = marks.firstElementChild;
    stage.scrollTo(0, 0);
    if (!first) return;
    const box = first.getBoundingClientRect();
    const frame = stage.getBoundingClientRect();
    const beside = box.right > frame.right ? box.left - frame.left - 24 : 0;
    stage.scrollTo(beside, box.top - frame.top - Math.min(stage.clientHeight / 3, 160));
  }

  function turn(by, quote = false) {
    const next = page + by;
    if (next < 0 || next >= file.count) return false;
    page = next;
    show(quote || Boolean(file.sheets[page]));
    return true;
  }

  function zoomBy(by) {
    const next = by === 0 ? 0 : Math.min(Math.max(zoom + by, 0), ZOOMS.length - 1);
    if (next === zoom) return;
    const mark = marks.firstElementChild?.getBoundingClientRect();
    const frame = stage.getBoundingClientRect();
    const seen = Boolean(mark) && mark.bottom > frame.top && mark.top < frame.bottom;
    const across = (stage.scrollLeft + stage.clientWidth / 2) / stage.scrollWidth;
    const down = (stage.scrollTop + stage.clientHeight / 2) / stage.scrollHeight;
    zoom = next;
    show(seen);
    if (seen) return;
    stage.scrollTo(across * stage.scrollWidth - stage.clientWidth / 2, down * stage.scrollHeight - stage.clientHeight / 2);
  }

  /** Keys of the view; true when one was meant for it. */
  function key(event) {
    const wide = stage.scrollWidth > stage.clientWidth + 1;
    const atEnd = stage.scrollTop + stage.clientHeight >= stage.scrollHeight - 2;
    if (event.key === "+" || event.key === "=") zoomBy(1);
    else if (event.key === "-") zoomBy(-1);
    else if (event.key === "0") zoomBy(0);
    else if (event.key === "ArrowRight" && !wide) turn(1);
    else if (event.key === "ArrowLeft" && !wide) turn(-1);
    else if (event.key === "PageDown" && atEnd) turn(1);
    else if (event.key === "PageUp" && stage.scrollTop <= 0) turn(-1);
    else return false;
    return true;
  }

  return { bar, stage, load, show, key, stop: () => drawing?.abort() };
}

function rectangle([left, top, right, bottom]) {
  const mark = make("div", { class: "vb-rectangle" });
  mark.style.left = `${left * 100}%`;
  mark.style.top = `${top * 100}%`;
  mark.style.width = `${(right - left) * 100}%`;
  mark.style.height = `${(bottom - top) * 100}%`;
  return mark;
}
