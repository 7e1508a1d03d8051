// Behind "⋯" beside a conversation in the list: rename, export, delete.

import { confirmation, make } from "/ui/dom.js";

/** The button and what it unfolds; `change(options)` sends a request for the conversation. */
export function conversationActions(conversation, change) {
  const area = make("div", { class: "vb-conversation-acts", hidden: true });
  const more = make(
    "button",
    {
      type: "button",
      class: "vb-button vb-square vb-more-acts",
      "aria-expanded": "false",
      "aria-label": `More for ${conversation.title}`,
    },
    "⋯",
  );
  const toggle = (open) => {
    area.hidden = !open;
    more.setAttribute("aria-expanded", String(open));
    if (open) area.replaceChildren(...actions(conversation, area, change, () => toggle(false)));
    else more.focus();
  };
  more.addEventListener("click", () => toggle(area.hidden));
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    toggle(false);
  });
  return [more, area];
}

function actions(conversation, area, change, close) {
  const action = (words, onclick) => make("button", { type: "button", class: "vb-act", onclick }, words);
  const address = `/api/conversations/${conversation.id}.md`;
  return [
    action("Rename", () => askTitle(conversation, area, change, close)),
    make("a", { class: "vb-act", href: address, download: "" }, "Export"),
    action("Delete", () => confirmDelete(area, change, close)),
  ];
}

function askTitle(conversation, area, change, close) {
  const attributes = { type: "text", "aria-label": "Title of the conversation", maxlength: "120" };
  const field = make("input", { ...attributes, value: conversation.title });
  const form = make("form", { class: "vb-rename" }, field, make("button", { class: "vb-act" }, "Save"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!field.value.trim() || field.value.trim() === conversation.title) close();
    else change({ method: "PATCH", sent: { title: field.value } });
  });
  area.replaceChildren(form);
  field.focus();
  field.select();
}

function confirmDelete(area, change, close) {
  const onclick = () => change({ method: "DELETE" });
  const remove = make("button", { type: "button", class: "vb-button vb-danger", onclick }, "Delete");
  const cancel = make("button", { type: "button", class: "vb-button", onclick: close }, "Cancel");
  const words = "Its questions and answers will be deleted. Your documents are not affected.";
  area.replaceChildren(confirmation("Delete the conversation", "Delete this conversation?", [words], remove, cancel));
  cancel.focus();
}
