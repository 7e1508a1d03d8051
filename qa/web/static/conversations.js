// The saved conversations: their list. The controls under each answer are in answer_controls.js.

import { conversationActions } from "/ui/conversation_actions.js";
import { catchFocus, fetchJson, icon, iconButton, make } from "/ui/dom.js";
import {
  answersShown,
  conversationReady,
  inConversation,
  isAnswering,
  loadConversation,
  onConversationChange,
  questionField,
  showConversation,
  shownConversation,
} from "/ui/gradio_bridge.js";

const OPEN = "verbatim-conversation"; // only its number; the conversation itself is in the library

/** Fill `container` with the list; `opened()` is called when a conversation is chosen. */
export function startConversations(container, opened) {
  const list = new ConversationList(container, opened);
  list.start();
}

class ConversationList {
  #conversations = [];
  #current = null;
  #drawn = "";
  #seen = "";
  #opened;
  #list = make("ul", { class: "vb-conversation-list" });
  #problem = make("p", { class: "vb-conversation-problem vb-bad", role: "status" });
  #heading = make("h2", { class: "vb-conversations-head" }, "Conversations");
  #add;

  constructor(container, opened) {
    this.#opened = opened;
    const begin = () => {
      this.#open(null);
      questionField()?.focus();
    };
    const attributes = { type: "button", class: "vb-button vb-new", onclick: begin };
    this.#add = make("button", attributes, icon("add"), "New conversation");
    container.append(this.#add, this.#heading, this.#list, this.#problem);
    const addAtTop = iconButton("add", "New conversation", begin);
    addAtTop.classList.add("vb-new-top");
    document.getElementById("vb-top").append(addAtTop);
  }

  async start() {
    // Quotes of a removed document are blank now. An answer on its way is not disturbed.
    window.addEventListener("vb:removed", () => {
      if (this.#current !== null && !isAnswering()) showConversation(this.#current);
    });
    window.addEventListener("pagehide", () => {
      if (shownConversation()) sessionStorage.setItem(OPEN, String(shownConversation()));
    });
    await conversationReady();
    onConversationChange(() => this.#look());
    await this.#refresh();
    const last = Number(sessionStorage.getItem(OPEN)) || null;
    if (last === null) return;
    this.#setCurrent(this.#conversations.some(({ id }) => id === last) ? last : null);
    await loadConversation(last, () => this.#current === last);
  }

  async #refresh() {
    try {
      this.#conversations = (await fetchJson("/api/conversations")).conversations;
      this.#problem.textContent = "";
    } catch (error) {
      this.#problem.textContent = error.message;
    }
    this.#draw();
  }

  #draw() {
    const state = JSON.stringify([this.#conversations.map(({ id, title }) => [id, title]), this.#current]);
    if (state === this.#drawn || this.#list.querySelector("form, .vb-confirm")) return;
    this.#drawn = state;
    const hadFocus = this.#list.contains(document.activeElement);
    this.#heading.hidden = !this.#conversations.length;
    this.#list.replaceChildren(...this.#conversations.map((each) => this.#row(each)));
    if (hadFocus) this.#focusOn(this.#current);
  }

  #row(conversation) {
    const isCurrent = conversation.id === this.#current;
    const title = make(
      "button",
      {
        type: "button",
        class: "vb-conversation",
        "aria-current": isCurrent ? "true" : null,
        onclick: () => this.#open(conversation.id),
      },
      make("span", { class: "vb-name" }, conversation.title),
    );
    const change = (options) => this.#change(conversation.id, options);
    return make("li", { class: isCurrent ? "vb-current" : null }, title, ...conversationActions(conversation, change));
  }

  #focusOn(id) {
    this.#list.children[this.#conversations.findIndex((each) => each.id === id)]?.querySelector("button").focus();
    catchFocus(this.#add);
  }

  #open(id) {
    if (id === null || shownConversation() !== id) showConversation(id);
    this.#setCurrent(id);
    this.#seen = ""; // one that is left as soon as it has its answer is not in the list yet
    this.#opened();
  }

  #setCurrent(id) {
    this.#current = id;
    if (id === null) sessionStorage.removeItem(OPEN);
    else sessionStorage.setItem(OPEN, String(id));
    this.#draw();
  }

  async #change(id, options) {
    let trouble = "";
    try {
      await fetchJson(`/api/conversations/${id}`, options);
      if (options.method === "DELETE" && id === this.#current) this.#open(null);
    } catch (error) {
      trouble = error.message;
    }
    this.#drawn = "";
    this.#list.replaceChildren();
    await this.#refresh();
    this.#problem.textContent ||= trouble;
    this.#focusOn(id);
  }

  // The server says in which conversation a question was saved.
  #look() {
    const id = shownConversation();
    const now = `${id} ${answersShown()} ${inConversation(".vb-tools").length}`;
    if (now === this.#seen) return;
    this.#seen = now;
    if (id !== null && id !== this.#current) this.#setCurrent(id);
    this.#refresh();
  }
}
