// The source panel: a document's text with the quote highlighted. The server has cut the text; here it is only shown.

import { fetchJson, icon, make } from "/ui/dom.js";

const HREF = /^#c-([0-9a-f]{8,64})-(\d+)-(\d+)$/;

const BESIDE = window.matchMedia("(min-width: 768px)");

/** The place that a citation link names, or null. */
export function placeFromHref(href) {
  const match = HREF.exec(href || "");
  return match && { document: match[1], start: Number(match[2]), end: Number(match[3]) };
}

/** Build the panel in `panel`; returns `open(place, { trigger, quotes, index })` and `close()`. */
export function startSource(panel) {
  const title = make("h2", { class: "vb-source-title" });
  const path = make("p", { class: "vb-source-path" });
  const step = make("div", { class: "vb-steps", hidden: true });
  const position = make("span", { class: "vb-position" });
  const previous = button("previous", "Previous quote", () => move(-1));
  const next = button("next", "Next quote", () => move(1));
  step.append(previous, position, next);
  const close = button("close", "Close source (Escape)", () => shut());
  const body = make("div", { class: "vb-source-text", tabindex: "0", role: "region", "aria-label": "Document text" });
  panel.append(
    make("header", {}, make("div", { class: "vb-source-head" }, title, path), step, close),
    body,
  );
  let state = { place: null, trigger: null, quotes: [], index: -1, loading: null };

  async function open(place, { trigger = null, quotes = [], index = -1 }) {
    state.loading?.abort();
    state = { place, trigger: trigger || state.trigger, quotes, index, loading: new AbortController() };
    panel.hidden = false;
    document.body.classList.add("vb-source-open");
    showSteps();
    panel.focus({ preventScroll: true });
    if (BESIDE.matches) state.trigger?.scrollIntoView({ block: "nearest" }); // the conversation has grown narrower
    const { loading } = state;
    try {
      const data = await fetchJson(address(place, ""), { signal: loading.signal });
      if (!loading.signal.aborted) show(data);
    } catch (error) {
      if (error.name !== "AbortError") showError(error.message);
    }
  }

  function show(data) {
    title.textContent = data.title;
    path.textContent = data.name === data.title ? "" : data.name;
    path.title = data.path;
    const notes = data.notes.map((note) => make("p", { class: "vb-note" }, note));
    body.replaceChildren(...notes, ...data.blocks.map(block));
    if (data.first > 0) body.prepend(more("Show earlier text", "before", data.first));
    if (data.last < data.total) body.append(more("Show more text", "after", data.last));
    toQuote();
  }

  function showError(message) {
    title.textContent = "Source";
    path.textContent = "";
    body.replaceChildren(make("p", { class: "vb-note" }, message));
  }

  function toQuote() {
    const mark = body.querySelector("mark:not(.vb-gap mark)");
    body.scrollTop = 0;
    if (!mark) return;
    const offset = mark.getBoundingClientRect().top - body.getBoundingClientRect().top;
    body.scrollTop = offset - Math.min(body.clientHeight / 3, 160);
  }

  function more(label, side, number) {
    const control = make("button", { type: "button", class: "vb-button vb-more" }, label);
    control.addEventListener("click", async () => {
      control.disabled = true;
      const { place } = state;
      const data = await fetchJson(address(place, `&${side}=${number}`)).catch((error) => ({ error }));
      if (place !== state.place) return;
      if (data.error) {
        control.replaceWith(make("p", { class: "vb-note" }, data.error.message));
        return;
      }
      const height = body.scrollHeight;
      const added = data.blocks.map(block);
      if (side === "before" && data.first > 0) added.unshift(more(label, side, data.first));
      if (side === "after" && data.last < data.total) added.push(more(label, side, data.last));
      control.replaceWith(...added);
      if (side === "before") body.scrollTop += body.scrollHeight - height;
    });
    return control;
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

  function shut() {
    state.loading?.abort();
    panel.hidden = true;
    document.body.classList.remove("vb-source-open");
    const back = state.trigger?.isConnected ? state.trigger : document.querySelector("#ask textarea");
    back?.focus({ preventScroll: true });
    state = { place: null, trigger: null, quotes: [], index: -1, loading: null };
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) shut();
  });
  return { open, close: shut };
}

function button(shape, label, onclick) {
  return make("button", { type: "button", class: "vb-button vb-square", "aria-label": label, title: label, onclick }, icon(shape));
}

function address(place, rest) {
  return `/api/document/${place.document}?start=${place.start}&end=${place.end}${rest}`;
}

const TAGS = { code: "pre", quote: "blockquote" };

function block(data) {
  if (data.kind === "gap") return make("span", { class: "vb-gap", hidden: true }, ...data.parts.map(part));
  const tag = data.kind === "heading" ? `h${Math.min(data.level + 2, 6) || 3}` : TAGS[data.kind] || "p";
  const classes = `vb-${data.kind.replace("_", "-")}${data.continued ? " vb-continued" : ""}${data.flows ? " vb-flows" : ""}`;
  const element = make(tag, { class: classes, "data-level": data.level || null }, ...data.parts.map(part));
  if (data.page === null) return element;
  const page = make("div", { class: "vb-page", role: "separator", "aria-label": `Page ${data.page}` }, `Page ${data.page}`);
  const both = document.createDocumentFragment();
  both.append(page, element);
  return both;
}

function part(data) {
  return data.mark ? make("mark", {}, data.text) : document.createTextNode(data.text);
}
