// Under each answer: copy and feedback. Above one to a follow-up: the question that was searched for, to be edited.

import { copyText, fetchJson, fetchOwn, make } from "/ui/dom.js";
import { editQuestion, idOf, inConversation, onPageChange } from "/ui/gradio_bridge.js";

const RATINGS = ["right", "wrong", "wrong source"];

/** Put the controls under every answer that comes. */
export function startAnswerControls() {
  onPageChange(() => {
    for (const area of inConversation(".vb-tools:empty")) addControls(area);
    for (const line of inConversation(".vb-searched:not(:has(button))")) addEdit(line);
  });
}

function addControls(area) {
  const match = /^vb-message-(\d+)-(\d+)$/.exec(idOf(area));
  if (!match) return;
  const address = `/api/conversations/${match[1]}/messages/${match[2]}`;
  const said = make("span", { class: "vb-said", role: "status" });
  area.append(copyButton(address, said), ratingButtons(address, area, said), said);
}

function addEdit(line) {
  const question = line.querySelector("span")?.textContent || "";
  const label = "Edit the question that was searched for";
  const onclick = () => editQuestion(question);
  line.append(make("button", { type: "button", class: "vb-act", "aria-label": label, onclick }, "Edit"));
}

function copyButton(address, said) {
  const onclick = async () => {
    const text = fetchOwn(`${address}.md`).then((response) => response.text());
    const done = await copyText(text).catch(() => false);
    said.textContent = done ? "Copied" : "Could not copy";
  };
  const title = "Copy as Markdown, with its quotes";
  return make("button", { type: "button", class: "vb-act", "aria-label": "Copy message", title, onclick }, "Copy");
}

function ratingButtons(address, area, said) {
  let rated = RATINGS.find((rating) => area.classList.contains(`vb-rated-${rating.replace(" ", "-")}`)) || null;
  const buttons = RATINGS.map((rating) => {
    const words = rating[0].toUpperCase() + rating.slice(1);
    return make("button", { type: "button", class: "vb-act", onclick: () => rate(rating) }, words);
  });
  const show = () => {
    for (const [index, button] of buttons.entries()) {
      button.setAttribute("aria-pressed", String(RATINGS[index] === rated));
    }
  };
  async function rate(rating) {
    const feedback = rating === rated ? null : rating;
    try {
      await fetchJson(`${address}/feedback`, { method: "PUT", sent: { feedback } });
      rated = feedback;
      said.textContent = feedback ? "Feedback saved" : "Feedback removed";
    } catch (error) {
      said.textContent = error.message;
    }
    show();
  }
  show();
  return make("span", { class: "vb-rating", role: "group", "aria-label": "Was this answer right?" }, ...buttons);
}
