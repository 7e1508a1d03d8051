// The source panel: a document beside the answer, with the quote highlighted, as text or as the picture of a page.

import { catchFocus, copyText, fetchJson, icon, iconButton, make } from "/ui/dom.js";
import { citationAt, questionField } from "/ui/gradio_bridge.js";
import { PageView } from "/ui/pdf.js";
import { TextView } from "/ui/text.js";

const HREF = /^#c-([0-9a-f]{8,64})-(\d{1,15})-(\d{1,15})(?:-(\d{1,15})(?:\.([0-9a-f]{8}))?-(.*))?$/s;
const COPIED_MS = 2000;
const SLOW_MS = 400;
const NOTHING = { location: null, trigger: null, quotes: [], index: -1, loading: null, link: "" };

/** The location that a citation link names, or null; old links carry no source, no library id or no words. */
export function locationFromHref(href) {
  const match = HREF.exec(href || "");
  if (!match) return null;
  const [, document, start, end, source, library, words] = match;
  return {
    document,
    start: Number(start),
    end: Number(end),
    source: Number(source || 0),
    library: library || "",
    words: decoded(words || ""),
  };
}

/** What the panel is made of; the arguments are what its buttons do. */
function buildParts({ move, copyLink, close, choose }) {
  const title = make("h2", { class: "vb-source-title" });
  const path = make("p", { class: "vb-source-path" });
  const position = make("span", { class: "vb-position" });
  const previous = iconButton("previous", "Previous quote (p)", () => move(-1));
  const next = iconButton("next", "Next quote (n)", () => move(1));
  const steps = make("div", { class: "vb-steps", hidden: true }, previous, position, next);
  const copy = iconButton("link", "Copy a link to this quote", copyLink);
  const shut = iconButton("close", "Close source (Escape)", close);
  const asPages = choice("Pages", () => choose(true));
  const asText = choice("Text", () => choose(false));
  const look = make("div", { class: "vb-look", role: "group", "aria-label": "Show as" }, asPages, asText);
  const heading = make("div", { class: "vb-source-head" }, title, path);
  return {
    header: make("header", {}, heading, steps, copy, shut),
    notice: make("p", { class: "vb-notice vb-source-notice", role: "status", hidden: true }),
    said: make("p", { class: "vb-hidden", role: "status" }),
    body: make("div", { class: "vb-source-text", tabindex: "0", role: "region", "aria-label": "Document text" }),
    ...{ title, path, position, previous, next, steps, copy, asPages, asText, look },
  };
}

/** The panel, built in `panel`. */
export class SourcePanel {
  #panel;
  #parts;
  #bar;
  #text;
  #pages = new PageView();
  #state = NOTHING;
  #wantsPages = true;
  #hasPages = false;

  constructor(panel) {
    this.#panel = panel;
    this.#parts = buildParts({
      move: (by) => this.#move(by),
      copyLink: () => this.#copyLink(),
      close: () => this.close(),
      choose: (inPages) => this.#choose(inPages),
    });
    const { header, look, notice, body, said } = this.#parts;
    this.#text = new TextView(body);
    this.#bar = make("div", { class: "vb-source-bar", hidden: true }, this.#pages.bar, look);
    panel.append(header, this.#bar, notice, body, this.#pages.stage, said);
    document.addEventListener("keydown", (event) => this.#key(event));
    window.addEventListener("hashchange", () => this.openLink());
  }

  /** Open what the page's own address names, if it names something. */
  openLink() {
    const linked = locationFromHref(window.location.hash);
    if (linked) this.open(linked);
  }

  /** Open a location. `trigger` gets the focus afterwards; `quotes` can be stepped through, from `index` on. */
  async open(location, { trigger = null, quotes = [], index = -1 } = {}) {
    this.#stop();
    const loading = new AbortController();
    this.#state = { ...NOTHING, location, trigger: trigger || this.#state.trigger, quotes, index, loading };
    this.#reveal();
    const { signal } = loading;
    const slow = setTimeout(() => signal.aborted || this.#showAlone("Opening…"), SLOW_MS);
    try {
      await this.#load(location, signal);
    } catch (error) {
      if (error.name !== "AbortError" && !signal.aborted) this.#showError(error.message);
    } finally {
      clearTimeout(slow);
    }
  }

  close() {
    this.#stop();
    this.#panel.hidden = true;
    document.body.classList.remove("vb-source-open");
    this.#state.trigger?.focus({ preventScroll: true });
    catchFocus(questionField());
    this.#state = NOTHING;
  }

  #stop() {
    this.#state.loading?.abort();
    this.#pages.stop();
  }

  #reveal() {
    const panel = this.#panel;
    panel.hidden = false;
    document.body.classList.add("vb-source-open");
    this.#showSteps();
    this.#parts.copy.disabled = true;
    if (!panel.contains(document.activeElement)) panel.focus({ preventScroll: true });
    catchFocus(panel); // "next" has come to its end
    this.#state.trigger?.scrollIntoView({ block: "nearest" }); // there is less room for the conversation now
  }

  async #load(asked, signal) {
    const { location, data, message } = await find(asked, signal);
    const trouble = data.pdf ? await this.#pages.load(location, signal).catch(asMessage) : "";
    if (signal.aborted) return;
    Object.assign(this.#state, { location, link: data.link });
    const { title, path, copy } = this.#parts;
    copy.disabled = false;
    title.textContent = data.title;
    path.textContent = data.name === data.title ? "" : data.name;
    path.title = data.path;
    this.#hasPages = data.pdf && !trouble;
    this.#tell([message, trouble].filter(Boolean).join(" "));
    this.#text.show(data, (rest) => addressOf(location, rest));
    this.#showAs(this.#hasPages && this.#wantsPages);
  }

  #choose(inPages) {
    this.#wantsPages = inPages;
    this.#showAs(inPages);
  }

  #showAs(inPages) {
    const { body, asPages, asText } = this.#parts;
    const pages = this.#pages;
    this.#bar.hidden = !this.#hasPages;
    pages.bar.hidden = pages.stage.hidden = !inPages;
    body.hidden = inPages;
    asPages.setAttribute("aria-pressed", String(inPages));
    asText.setAttribute("aria-pressed", String(!inPages));
    if (inPages) pages.show();
    else this.#text.toQuote();
    catchFocus(inPages ? pages.stage : body);
  }

  #showError(message) {
    this.#showAlone("Source", make("p", { class: "vb-notice", role: "alert" }, message));
  }

  #showAlone(heading, ...parts) {
    this.#parts.title.textContent = heading;
    this.#parts.path.textContent = "";
    this.#hasPages = false;
    this.#tell("");
    this.#parts.body.replaceChildren(...parts);
    this.#showAs(false);
  }

  #tell(message) {
    this.#parts.notice.textContent = message;
    this.#parts.notice.hidden = !message;
  }

  #move(by) {
    const { quotes, index } = this.#state;
    const next = quotes[index + by];
    if (next) this.open(next, { quotes, index: index + by });
  }

  #showSteps() {
    const { quotes, index } = this.#state;
    const { steps, position, previous, next } = this.#parts;
    steps.hidden = quotes.length < 2;
    position.textContent = `${index + 1} of ${quotes.length}`;
    previous.disabled = index <= 0;
    next.disabled = index >= quotes.length - 1;
  }

  async #copyLink() {
    const { copy, said } = this.#parts;
    const done = await copyText(`${window.location.origin}${window.location.pathname}${this.#state.link}`);
    said.textContent = done ? "Link copied" : "The browser does not allow copying";
    copy.replaceChildren(icon(done ? "done" : "close"));
    setTimeout(() => {
      copy.replaceChildren(icon("link"));
      said.textContent = "";
    }, COPIED_MS);
  }

  // Escape works everywhere; other keys only in the panel, and the letters on a citation, too.
  #key(event) {
    if (this.#panel.hidden) return;
    if (event.key === "Escape") this.close();
    else if (!hasModifier(event) && this.#keyHere(event)) event.preventDefault();
  }

  #keyHere(event) {
    const inside = this.#panel.contains(event.target);
    if (!inside && !citationAt(event.target)) return false;
    if (event.key === "n" || event.key === "p") {
      this.#move(event.key === "n" ? 1 : -1);
      return true;
    }
    return inside && !this.#pages.stage.hidden && this.#pages.key(event);
  }
}

const hasModifier = ({ ctrlKey, metaKey, altKey }) => ctrlKey || metaKey || altKey;

/** The document at a location; where that version is gone, the location of the words today. */
async function find(location, signal) {
  try {
    return { location, data: await fetchJson(addressOf(location, ""), { signal }), message: "" };
  } catch (error) {
    if (error.name === "AbortError") throw error;
    const { message, ...now } = await fetchJson(`/api/location?${new URLSearchParams(location)}`, { signal });
    if (now.document === location.document) throw error;
    return { location: now, data: await fetchJson(addressOf(now, ""), { signal }), message };
  }
}

function addressOf({ document, start, end }, rest) {
  return `/api/document/${document}?start=${start}&end=${end}${rest}`;
}

function asMessage(error) {
  if (error.name === "AbortError") throw error;
  return error.message;
}

function decoded(words) {
  try {
    return decodeURIComponent(words);
  } catch {
    return words;
  }
}

function choice(label, onclick) {
  return make("button", { type: "button", class: "vb-choice", "aria-pressed": "false", onclick }, label);
}
