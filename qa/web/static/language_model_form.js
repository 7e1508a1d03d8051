// The form of the dialog “Language model”.

import { fetchJson, make } from "/ui/dom.js";

export const ADDRESS = "/api/language-model";
const LOCAL = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** What goes where when a language model writes. */
export function sentWords(where) {
  return (
    `Each question is sent to ${where} with up to ten passages from your documents that may answer it, and a follow-up ` +
    "with the earlier questions and their short answers."
  );
}

/** The form for these settings; `draw(settings, said)` shows other ones, `look()` updates the page. */
export class LanguageModelForm {
  #settings;
  #fixed;
  #on;
  #draw;
  #look;
  #inputs = {
    url: field("text", { inputmode: "url", required: true, placeholder: "http://127.0.0.1:11434/v1" }),
    model: field("text", { required: true }),
    key: field("password", { autocomplete: "new-password" }),
    context: field("number", { required: true, min: "1024", step: "1" }),
    temperature: field("number", { required: true, min: "0", max: "2", step: "any" }),
    timeout: field("number", { required: true, min: "1", step: "any" }),
  };
  #where = make("p", { class: "vb-llm-where" });
  #keyNote = make("span", {});
  #forget = make("input", { type: "checkbox", id: "vb-llm-forget" });
  #forgetLine = make("label", { class: "vb-llm-check" }, this.#forget, "Remove the saved key");
  #models = make("select", { id: "vb-llm-found", "aria-label": "Models at this address", hidden: true });
  #message = make("p", { class: "vb-llm-said", role: "status" });
  #buttons;

  constructor({ on, settings }, { draw, look }) {
    this.#settings = settings;
    this.#fixed = new Set(settings.fixed);
    this.#on = on;
    this.#draw = draw;
    this.#look = look;
    this.#fillIn();
    this.#buttons = this.#makeButtons();
    this.element = this.#build();
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#run("Saving", () => this.#save());
    });
    this.#tell();
  }

  #fillIn() {
    for (const [name, input] of Object.entries(this.#inputs)) {
      input.id = `vb-llm-${name}`;
      input.disabled = this.#fixed.has(name);
      input.value = name === "key" ? "" : this.#settings[name];
    }
    this.#message.textContent = this.#settings.problem;
    this.#message.classList.toggle("vb-bad", Boolean(this.#settings.problem));
    this.#inputs.url.addEventListener("input", () => {
      this.#models.hidden = true; // they were another address's
      this.#message.textContent = "";
      this.#tell();
    });
    this.#models.disabled = this.#fixed.has("model");
    this.#models.addEventListener("change", () => {
      if (this.#models.value) this.#inputs.model.value = this.#models.value;
    });
  }

  #makeButtons() {
    const off = action("Turn off", () => this.#run("Turning off", () => this.#turnOff()));
    off.hidden = this.#fixed.has("url") || !(this.#on || this.#settings.url || this.#settings.problem);
    return {
      save: make("button", { class: "vb-button vb-primary" }, "Save"),
      test: action("Test", () => this.element.reportValidity() && this.#run("Testing the model", () => this.#test())),
      list: action("Show models", () => {
        if (this.#inputs.url.reportValidity()) this.#run("Listing the models", () => this.#listModels());
      }),
      off,
    };
  }

  #build() {
    const { url, model, key } = this.#inputs;
    const { save, test, list, off } = this.#buttons;
    const about =
      "With a language model, answers are written in sentences. Every quote in them is checked, and what your documents " +
      "do not support is marked.";
    return make(
      "form",
      { class: "vb-llm-form" },
      make("p", {}, about),
      line("Address", url, this.#fixedNote("url")),
      this.#where,
      line("Model", model, this.#fixedNote("model")),
      make("div", { class: "vb-llm-models" }, list, this.#models),
      line("Key", key, this.#keyNote),
      this.#forgetLine,
      this.#advanced(),
      this.#message,
      make("div", { class: "vb-buttons" }, save, test, off),
    );
  }

  #advanced() {
    const { context, temperature, timeout } = this.#inputs;
    const lines = make(
      "div",
      { class: "vb-llm-more" },
      line("Context size (tokens)", context, this.#fixedNote("context")),
      line("Temperature (0 to 2)", temperature, this.#fixedNote("temperature")),
      line("Timeout (seconds without output)", timeout, this.#fixedNote("timeout")),
    );
    const more = make("details", {}, make("summary", {}, "More"), lines);
    const unfold = () => {
      more.open = true; // the browser cannot point at a field that is not shown
    };
    more.addEventListener("invalid", unfold, true);
    return more;
  }

  #fixedNote(name) {
    return this.#fixed.has(name) ? "Set in the environment." : null;
  }

  /** Say where questions go, and what becomes of the key. */
  #tell() {
    const host = parsed(this.#inputs.url.value);
    const isOutside = Boolean(host) && !LOCAL.test(host.hostname);
    const open = isOutside && host.protocol === "http:" ? " The connection is not encrypted (http)." : "";
    const warning = isOutside ? `${sentWords(host.host)} This data leaves your machine.${open}` : "";
    this.#where.textContent = warning || sentWords("this address");
    this.#where.classList.toggle("vb-llm-warning", isOutside);
    const isSame = this.#inputs.url.value.trim().replace(/\/+$/, "") === this.#settings.url;
    this.#forgetLine.hidden = !(this.#settings.has_key && isSame) || this.#fixed.has("key");
    this.#keyNote.textContent = this.#keyWords(isSame);
  }

  #keyWords(isSameAddress) {
    const { has_key: hasKey } = this.#settings;
    if (this.#fixed.has("key")) return `Address and key are set in the environment${hasKey ? "" : ", without a key"}.`;
    if (!hasKey) return "Only if the address requires one. It is never shown again.";
    if (isSameAddress) return "A key is saved. Leave this empty to go on using it.";
    return "The saved key is for the previous address and will not be sent to this one.";
  }

  #wanted() {
    const { url, model, key, context, temperature, timeout } = this.#inputs;
    return {
      url: url.value,
      model: model.value,
      key: key.value || (this.#forget.checked ? "" : null),
      context: Number(context.value),
      temperature: Number(temperature.value),
      timeout: Number(timeout.value),
    };
  }

  /** Do `work`, and show `words` meanwhile, then what it returns or why it failed. */
  async #run(words, work) {
    const message = this.#message;
    const buttons = Object.values(this.#buttons);
    for (const button of buttons) button.disabled = true;
    message.className = "vb-llm-said vb-working";
    message.textContent = words;
    const focused = document.activeElement;
    try {
      message.textContent = (await work()) || "";
      message.classList.remove("vb-working");
    } catch (error) {
      message.className = "vb-llm-said vb-bad";
      message.textContent = error.message;
    }
    for (const button of buttons) button.disabled = false;
    if (focused?.isConnected) focused.focus();
  }

  async #save() {
    const saved = await fetchJson(ADDRESS, { method: "PUT", sent: this.#wanted() });
    this.#draw(saved, "Saved. Answers are written by this model from now on.");
    this.#look();
  }

  async #turnOff() {
    const now = await fetchJson(ADDRESS, { method: "DELETE" });
    this.#draw(now, "Turned off: answers consist of quotes. Address and key were deleted.");
    this.#look();
  }

  async #test() {
    const { seconds } = await fetchJson(`${ADDRESS}/test`, { method: "POST", sent: this.#wanted() });
    return `${this.#inputs.model.value} answered after ${seconds.toFixed(1)} seconds.`;
  }

  async #listModels() {
    const { models } = await fetchJson(`${ADDRESS}/models`, { method: "POST", sent: this.#wanted() });
    const options = models.map((name) => make("option", { value: name }, name));
    this.#models.replaceChildren(make("option", { value: "" }, "Choose one"), ...options);
    this.#models.value = models.includes(this.#inputs.model.value) ? this.#inputs.model.value : "";
    this.#models.hidden = !models.length;
    return models.length === 1 ? "1 model available." : `${models.length} models available.`;
  }
}

const field = (type, attributes) => make("input", { type, autocomplete: "off", spellcheck: "false", ...attributes });
const action = (words, onclick) => make("button", { type: "button", class: "vb-button", onclick }, words);

function line(words, input, note) {
  const said = note ? make("span", { class: "vb-llm-note", id: `${input.id}-note` }, note) : null;
  if (said) input.setAttribute("aria-describedby", said.id);
  return make("div", { class: "vb-llm-line" }, make("label", { for: input.id }, words), input, said);
}

function parsed(address) {
  try {
    return new URL(address.trim());
  } catch {
    return null;
  }
}
