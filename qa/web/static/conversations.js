// The conversations kept in the library: their list, and the controls under each answer.

import { fill } from "/ui/chat.js";
import { catchFocus, confirmation, copyText, fetchJson, fetchOwn, icon, iconButton, make } from "/ui/dom.js";

const OPEN = "verbatim-conversation"; // only its number; the conversation itself is in the library
const SETTLED_MS = 200;
const TAKEN_MS = 50;
const REOPEN_MS = 500;
const REOPEN_TRIES = 40;
const RATINGS = ["right", "wrong", "wrong source"];

const field = () => document.querySelector("#conversation textarea");

// Gradio looks at a field when Enter is pressed in it, and takes its words over a moment after they came.
function send(box) {
  setTimeout(() => box?.dispatchEvent(new KeyboardEvent("keypress", { key: "Enter", bubbles: true })), TAKEN_MS);
}

/** Fill `container` with the list; `opened()` hears when a conversation is chosen. */
export function startConversations(container, opened) {
  const list = make("ul", { class: "vb-conversation-list" });
  const problem = make("p", { class: "vb-conversation-problem vb-bad", role: "status" });
  const begin = () => {
    open(null);
    document.querySelector("#ask textarea")?.focus();
  };
  const add = make("button", { type: "button", class: "vb-button vb-new", onclick: begin }, icon("add"), "New conversation");
  const head = make("h2", { class: "vb-conversations-head" }, "Conversations");
  container.append(add, head, list, problem);
  const addAtTop = iconButton("add", "New conversation", begin);
  addAtTop.classList.add("vb-new-top");
  document.getElementById("vb-top").append(addAtTop);

  let conversations = [];
  let current = null;
  let shown = "";
  let seen = "";
  let timer = null;

  async function refresh() {
    try {
      ({ conversations } = await fetchJson("/api/conversations"));
      problem.textContent = "";
    } catch (error) {
      problem.textContent = error.message;
    }
    draw();
  }

  function draw() {
    const state = JSON.stringify([conversations.map(({ id, title }) => [id, title]), current]);
    if (state === shown || list.querySelector("form, .vb-confirm")) return;
    shown = state;
    const held = list.contains(document.activeElement);
    head.hidden = !conversations.length;
    list.replaceChildren(...conversations.map((each) => row(each, each.id === current, { open, change })));
    if (held) focusOn(current);
  }

  function focusOn(id) {
    list.children[conversations.findIndex((each) => each.id === id)]?.querySelector("button").focus();
    catchFocus(add);
  }

  function open(id) {
    const number = id === null ? "" : String(id);
    if (id === null || field()?.value !== number) send(fill("#conversation", number));
    setCurrent(id);
    seen = ""; // one that is left as soon as it has its answer is not in the list yet
    opened();
  }

  function setCurrent(id) {
    current = id;
    if (id === null) sessionStorage.removeItem(OPEN);
    else sessionStorage.setItem(OPEN, String(id));
    draw();
  }

  async function change(id, options) {
    let trouble = "";
    try {
      await fetchJson(`/api/conversations/${id}`, options);
      if (options.method === "DELETE" && id === current) open(null);
    } catch (error) {
      trouble = error.message;
    }
    shown = "";
    list.replaceChildren();
    await refresh();
    problem.textContent ||= trouble;
    focusOn(id);
  }

  // Its quotes are blank now where they were of a document that is gone. An answer on its way is not disturbed.
  window.addEventListener("vb:removed", () => {
    if (current !== null && !document.querySelector("#ask .stop-button")) send(fill("#conversation", String(current)));
  });

  // The server names the conversation that a question was kept in through the hidden field.
  function look() {
    const id = Number(field()?.value) || null;
    const now = `${id} ${document.querySelectorAll("#chat .bot-row, #chat .vb-tools").length}`;
    if (now === seen) return;
    seen = now;
    if (id !== null && id !== current) setCurrent(id);
    refresh();
  }

  const watch = new MutationObserver(() => {
    tools();
    clearTimeout(timer);
    timer = setTimeout(look, SETTLED_MS);
  });

  window.addEventListener("pagehide", () => {
    if (Number(field()?.value)) sessionStorage.setItem(OPEN, field().value);
  });

  // Gradio comes later than this script.
  const arrival = new MutationObserver(() => {
    const chat = document.getElementById("chat");
    if (!chat || !field()) return;
    arrival.disconnect();
    watch.observe(chat, { childList: true, subtree: true });
    const last = Number(sessionStorage.getItem(OPEN)) || null;
    if (last !== null) reopen(last);
    else refresh();
  });
  arrival.observe(document.body, { childList: true, subtree: true });

  // Gradio shows its fields before it listens to them.
  async function reopen(id) {
    await refresh();
    setCurrent(conversations.some((each) => each.id === id) ? id : null);
    for (let tries = 0; tries < REOPEN_TRIES && current === id && !document.querySelector("#chat .user-row"); tries += 1) {
      send(fill("#conversation", String(id)));
      await new Promise((done) => setTimeout(done, REOPEN_MS));
    }
  }
}

function row(conversation, isCurrent, { open, change }) {
  const item = make("li", { class: isCurrent ? "vb-current" : null });
  const title = make(
    "button",
    { type: "button", class: "vb-conversation", "aria-current": isCurrent ? "true" : null, onclick: () => open(conversation.id) },
    make("span", { class: "vb-name" }, conversation.title),
  );
  const acts = make("div", { class: "vb-conversation-acts", hidden: true });
  const more = make(
    "button",
    { type: "button", class: "vb-button vb-square vb-more-acts", "aria-expanded": "false", "aria-label": `More for ${conversation.title}` },
    "⋯",
  );
  const toggle = (shownNow) => {
    acts.hidden = !shownNow;
    more.setAttribute("aria-expanded", String(shownNow));
    if (shownNow) acts.replaceChildren(...actions(conversation, acts, change, () => toggle(false)));
    else more.focus();
  };
  more.addEventListener("click", () => toggle(acts.hidden));
  acts.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    toggle(false);
  });
  item.append(title, more, acts);
  return item;
}

function actions(conversation, area, change, close) {
  const act = (words, onclick) => make("button", { type: "button", class: "vb-act", onclick }, words);
  const save = make("a", { class: "vb-act", href: `/api/conversations/${conversation.id}.md`, download: "" }, "Export");
  return [
    act("Rename", () => askTitle(conversation, area, change, close)),
    save,
    act("Delete", () => confirmDelete(conversation, area, change, close)),
  ];
}

function askTitle(conversation, area, change, close) {
  const field = make("input", { type: "text", "aria-label": "Title of the conversation", maxlength: "120", value: conversation.title });
  const form = make("form", { class: "vb-rename" }, field, make("button", { class: "vb-act" }, "Save"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!field.value.trim() || field.value.trim() === conversation.title) return close();
    return change(conversation.id, { method: "PATCH", sent: { title: field.value } });
  });
  area.replaceChildren(form);
  field.focus();
  field.select();
}

function confirmDelete(conversation, area, change, close) {
  const onclick = () => change(conversation.id, { method: "DELETE" });
  const remove = make("button", { type: "button", class: "vb-button vb-danger", onclick }, "Delete");
  const keep = make("button", { type: "button", class: "vb-button", onclick: close }, "Keep");
  const words = "Its questions and answers are deleted. Your documents stay.";
  area.replaceChildren(confirmation("Delete the conversation", "Delete this conversation?", [words], remove, keep));
  keep.focus();
}

/** Under each answer: copy and feedback; above it, where a follow-up was searched otherwise, that question to be edited. */
function tools() {
  for (const area of document.querySelectorAll("#chat .vb-tools:empty")) {
    const match = /^(?:user-content-)?vb-message-(\d+)-(\d+)$/.exec(area.id);
    if (match) area.append(...controls(`/api/conversations/${match[1]}/messages/${match[2]}`, area));
  }
  for (const line of document.querySelectorAll("#chat .vb-searched:not(:has(button))")) {
    const question = line.querySelector("span")?.textContent || "";
    const edit = () => fill("#ask", question)?.focus();
    line.append(make("button", { type: "button", class: "vb-act", "aria-label": "Edit the question that was searched for", onclick: edit }, "Edit"));
  }
}

function controls(address, area) {
  const said = make("span", { class: "vb-said", role: "status" });
  const copy = make("button", { type: "button", class: "vb-act", "aria-label": "Copy message", title: "Copy as Markdown with its quotes" }, "Copy");
  copy.addEventListener("click", async () => {
    const text = fetchOwn(`${address}.md`).then((response) => response.text());
    const done = await copyText(text).catch(() => false);
    said.textContent = done ? "Copied" : "Could not copy";
  });
  let rated = RATINGS.find((rating) => area.classList.contains(`vb-rated-${rating.replace(" ", "-")}`)) || null;
  const buttons = RATINGS.map((rating) => {
    const words = rating[0].toUpperCase() + rating.slice(1);
    return make("button", { type: "button", class: "vb-act", onclick: () => rate(rating) }, words);
  });
  const show = () => buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(RATINGS[index] === rated)));
  async function rate(rating) {
    const feedback = rating === rated ? null : rating;
    try {
      await fetchJson(`${address}/feedback`, { method: "PUT", sent: { feedback } });
      rated = feedback;
      said.textContent = feedback ? "Kept in your library" : "Taken back";
    } catch (error) {
      said.textContent = error.message;
    }
    show();
  }
  show();
  return [copy, make("span", { class: "vb-rating", role: "group", "aria-label": "Was this answer right?" }, ...buttons), said];
}
