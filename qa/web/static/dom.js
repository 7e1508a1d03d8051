// Small helpers: nodes are made here and filled with text only, never with HTML.

/** Make an element; `attributes` are set as given, except functions named `on…`, which become listeners. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const SHAPES = {
  close: "M6 6l12 12M18 6L6 18",
  previous: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  add: "M12 5v14M5 12h14",
  less: "M5 12h14",
  link: "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1-1",
  done: "M5 13l4 4L19 7",
};

/** A line icon, hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("vb-icon");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

/** A square button with an icon and a name. */
export function iconButton(shape, label, onclick) {
  return make(
    "button",
    { type: "button", class: "vb-button vb-square", "aria-label": label, title: label, onclick },
    icon(shape),
  );
}

/** The question before something is deleted; Escape presses `cancel`. */
export function confirmation(label, heading, words, remove, cancel) {
  const buttons = make("div", { class: "vb-buttons" }, remove, cancel);
  const lines = words.map((line) => make("p", {}, line));
  const box = make(
    "div",
    { class: "vb-confirm", role: "group", "aria-label": label },
    make("strong", {}, heading),
    ...lines,
    buttons,
  );
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    cancel.click();
  });
  return box;
}

/** Give the focus to `other` where what had it has gone, is hidden, or can no longer be pressed. */
export function catchFocus(other) {
  const held = document.activeElement;
  if (!held || held === document.body || held.disabled || !held.getClientRects().length)
    other?.focus({ preventScroll: true });
}

/** Fetch one of the page's own routes; throws an Error whose message is meant for people. */
export async function fetchOwn(path, options = {}) {
  const response = await fetch(path, options).catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new Error("The server does not respond. Is it still running?");
  });
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new Error(body.error || `The server answered with error ${response.status}.`);
}

/** Its answer as JSON; `sent`, when given, goes along as JSON. */
export async function fetchJson(path, { sent, ...options } = {}) {
  const body = sent && { body: JSON.stringify(sent), headers: { "content-type": "application/json" } };
  return (await fetchOwn(path, { ...options, ...body })).json();
}

/**
 * Put text, or what a promise resolves to, on the clipboard, even where the browser withholds it because the page is not
 * served over HTTPS; true when it worked.
 */
export async function copyText(text) {
  try {
    const blob = Promise.resolve(text).then((words) => new Blob([words], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]); // in the click itself, as Safari requires
    return true;
  } catch {
    const field = make("textarea", { class: "vb-hidden", readonly: true, "aria-hidden": "true" }, await text);
    const back = document.activeElement;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    back?.focus();
    return done;
  }
}
