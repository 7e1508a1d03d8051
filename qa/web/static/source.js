// The source panel: a document beside the answer, with the quote highlighted, as text or as the picture of a page.

import { catchFocus, copyText, fetchJson, icon, iconButton, make } from "/ui/dom.js";
import { startHover } from "/ui/hover.js";
import { pageView } from "/ui/pdf.js";
import { textView } from "/ui/text.js";

const HREF = /^#c-([0-9a-f]{8,64})-(\d{1,15})-(\d{1,15})(?:-(\d{1,15})(?:\.([0-9a-f]{8}))?-(.*))?$/s;
const CITATION = '#chat a[href^="#c-"]';
const COPIED_MS = 2000;
const SLOW_MS = 400;

/** The place that a citation link names, or null; old links carry no source, no mark of the library or no words. */
export function placeFromHref(href) {
  const match = HREF.exec(href || "");
  if (!match) return null;
  const [, document, start, end, source, mark, words] = match;
  return { document, start: Number(start), end: Number(end), source: Number(source || 0), mark: mark || "", words: decoded(words || "") };
}

/** Build the panel in `panel`; returns `open(place, { trigger, quotes, index })` and `close()`. */
export function startSource(panel) {
  const title = make("h2", { class: "vb-source-title" });
  const path = make("p", { class: "vb-source-path" });
  const step = make("div", { class: "vb-steps", hidden: true });
  const position = make("span", { class: "vb-position" });
  const previous = iconButton("previous", "Previous quote (p)", () => move(-1));
  const next = iconButton("next", "Next quote (n)", () => move(1));
  step.append(previous, position, next);
  const copy = iconButton("link", "Copy a link to this place", copyLink);
  const close = iconButton("close", "Close source (Escape)", () => shut());
  const notice = make("p", { class: "vb-note vb-source-notice", role: "status", hidden: true });
  const said = make("p", { class: "vb-hidden", role: "status" });
  const body = make("div", { class: "vb-source-text", tabindex: "0", role: "region", "aria-label": "Document text" });
  const text = textView(body);
  const pages = pageView();
  const asPages = choice("Pages", () => choose(true));
  const asText = choice("Text", () => choose(false));
  const look = make("div", { class: "vb-look", role: "group", "aria-label": "Show as" }, asPages, asText);
  const bar = make("div", { class: "vb-source-bar", hidden: true }, pages.bar, look);
  panel.append(
    make("header", {}, make("div", { class: "vb-source-head" }, title, path), step, copy, close),
    bar,
    notice,
    body,
    pages.stage,
    said,
  );
  const nothing = { place: null, trigger: null, quotes: [], index: -1, loading: null, link: "" };
  let state = nothing;
  let wantsPages = true;
  let hasPages = false;

  async function open(place, { trigger = null, quotes = [], index = -1 } = {}) {
    state.loading?.abort();
    pages.stop();
    state = { ...nothing, place, trigger: trigger || state.trigger, quotes, index, loading: new AbortController() };
    panel.hidden = false;
    document.body.classList.add("vb-source-open");
    showSteps();
    copy.disabled = true;
    if (!panel.contains(document.activeElement)) panel.focus({ preventScroll: true });
    catchFocus(panel); // "next" has come to its end
    state.trigger?.scrollIntoView({ block: "nearest" }); // there is less room for the conversation now
    const { signal } = state.loading;
    const slow = setTimeout(() => signal.aborted || showOpening(), SLOW_MS);
    try {
      await load(place, signal);
    } catch (error) {
      if (error.name !== "AbortError" && !signal.aborted) showError(error.message);
    } finally {
      clearTimeout(slow);
    }
  }

  async function load(asked, signal) {
    const { place, data, message } = await found(asked, signal);
    const trouble = data.pdf ? await pages.load(place, signal).catch(asMessage) : "";
    if (signal.aborted) return;
    state.place = place;
    state.link = data.link;
    copy.disabled = false;
    hasPages = data.pdf && !trouble;
    title.textContent = data.title;
    path.textContent = data.name === data.title ? "" : data.name;
    path.title = data.path;
    tell([message, trouble].filter(Boolean).join(" "));
    text.show(data, (rest) => address(place, rest));
    showAs(hasPages && wantsPages);
  }

  function showAs(inPages) {
    bar.hidden = !hasPages;
    pages.bar.hidden = pages.stage.hidden = !inPages;
    body.hidden = inPages;
    asPages.setAttribute("aria-pressed", String(inPages));
    asText.setAttribute("aria-pressed", String(!inPages));
    if (inPages) pages.show();
    else text.toQuote();
    catchFocus(inPages ? pages.stage : body);
  }

  function choose(inPages) {
    wantsPages = inPages;
    showAs(inPages);
  }

  function showError(message) {
    showAlone("Source", make("p", { class: "vb-note", role: "alert" }, message));
  }

  function showOpening() {
    showAlone("Opening…");
  }

  function showAlone(heading, ...parts) {
    title.textContent = heading;
    path.textContent = "";
    hasPages = false;
    tell("");
    body.replaceChildren(...parts);
    showAs(false);
  }

  function tell(message) {
    notice.textContent = message;
    notice.hidden = !message;
  }

  function move(by) {
    const index = state.index + by;
    if (index < 0 || index >= state.quotes.length) return;
    open(state.quotes[index], { quotes: state.quotes, index });
  }

  function showSteps() {
    const { quotes, index } = state;
    step.hidden = quotes.length < 2;
    position.textContent = `${index + 1} of ${quotes.length}`;
    previous.disabled = index <= 0;
    next.disabled = index >= quotes.length - 1;
  }

  async function copyLink() {
    const done = await copyText(`${window.location.origin}${window.location.pathname}${state.link}`);
    said.textContent = done ? "Link copied" : "The browser does not allow copying";
    copy.replaceChildren(icon(done ? "done" : "close"));
    setTimeout(() => {
      copy.replaceChildren(icon("link"));
      said.textContent = "";
    }, COPIED_MS);
  }

  function shut() {
    state.loading?.abort();
    pages.stop();
    panel.hidden = true;
    document.body.classList.remove("vb-source-open");
    state.trigger?.focus({ preventScroll: true });
    catchFocus(document.querySelector("#ask textarea"));
    state = nothing;
  }

  // Escape works everywhere; single letters and signs only in the panel, the letters on a citation too.
  function key(event) {
    if (panel.hidden) return;
    if (event.key === "Escape") shut();
    const inside = panel.contains(event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || !(inside || event.target.closest?.(CITATION))) return;
    if (event.key === "n") move(1);
    else if (event.key === "p") move(-1);
    else if (pages.stage.hidden || !inside || !pages.key(event)) return;
    event.preventDefault();
  }

  document.addEventListener("keydown", key);
  window.addEventListener("vb:open", ({ detail }) => open(detail, { trigger: document.activeElement }));
  window.addEventListener("hashchange", () => {
    const linked = placeFromHref(window.location.hash);
    if (linked) open(linked);
  });
  startHover();
  return { open, close: shut };
}

/** The document at a place; where that version is gone, the place that the words stand at today. */
async function found(place, signal) {
  try {
    return { place, data: await fetchJson(address(place, ""), { signal }), message: "" };
  } catch (error) {
    if (error.name === "AbortError") throw error;
    const asked = new URLSearchParams({ ...place, source: place.source || 0, mark: place.mark || "", words: place.words || "" });
    const { message, ...now } = await fetchJson(`/api/place?${asked}`, { signal });
    if (now.document === place.document) throw error;
    return { place: now, data: await fetchJson(address(now, ""), { signal }), message };
  }
}

function address(place, rest) {
  return `/api/document/${place.document}?start=${place.start}&end=${place.end}${rest}`;
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
