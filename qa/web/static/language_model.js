// The language model that writes answers: its dialog, and the switch beside the question that leaves it out.

import { fill } from "/ui/chat.js";
import { fetchJson, iconButton, make } from "/ui/dom.js";

const ADDRESS = "/api/language-model";
const KEPT = "verbatim-quotes-only";
const LOCAL = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** `container` gets the button; `look()` makes the page see what has changed. Gives `show(status)`. */
export function startLanguageModel(container, look) {
  const state = make("span", { class: "vb-name" });
  const open = make("button", { type: "button", class: "vb-llm-open", "aria-haspopup": "dialog" }, "Language model", state);
  const area = make("div", { class: "vb-llm-area" });
  const heading = make("h2", { id: "vb-llm-heading" }, "Language model");
  const close = iconButton("close", "Close", () => dialog.close());
  const dialog = make("dialog", { id: "vb-llm", "aria-labelledby": heading.id }, make("header", {}, heading, close), area);
  const quotes = startQuotes();
  container.append(open);
  document.body.append(dialog);

  dialog.addEventListener("keydown", (event) => event.key === "Escape" && event.stopPropagation()); // it closes this alone
  open.addEventListener("click", async () => {
    area.replaceChildren(make("p", { class: "vb-working" }, "Looking at the settings"));
    dialog.showModal();
    try {
      draw(await fetchJson(ADDRESS));
    } catch (error) {
      area.replaceChildren(make("p", { class: "vb-bad", role: "alert" }, error.message));
    }
  });

  function draw(now, said = "") {
    area.replaceChildren(...(now.editable ? form(now, draw, look) : elsewhere(now)));
    area.querySelector("input:enabled")?.focus();
    if (said) area.querySelector("[role='status']").textContent = said; // told once it is there
  }

  return {
    show({ writer }) {
      state.textContent = writer.on ? writer.name : writer.problem ? "not working" : "off";
      state.classList.toggle("vb-bad", writer.problem);
      quotes(writer.on);
    },
  };
}

function elsewhere({ on, problem, name, host, local, why }) {
  const words = on ? `Answers are written by ${name} at ${host}.` : "Answers are made of quotes; no language model is used.";
  const lines = [words, on && !local ? sent(host) : "", problem ? "Its settings are not right, so it is not used." : "", why];
  return lines.filter(Boolean).map((line) => make("p", {}, line));
}

const sent = (where) =>
  `Each question goes to ${where} with up to ten passages of your documents that may answer it, and a follow-up with the questions and short answers before it.`;

function form({ on, settings }, draw, look) {
  const fixed = new Set(settings.fixed);
  const inputs = {
    url: field("text", { inputmode: "url", required: true, placeholder: "http://127.0.0.1:11434/v1" }),
    model: field("text", { required: true }),
    key: field("password", { autocomplete: "new-password" }),
    context: field("number", { required: true, min: "1024", step: "1" }),
    temperature: field("number", { required: true, min: "0", max: "2", step: "any" }),
    timeout: field("number", { required: true, min: "1", step: "any" }),
  };
  for (const [name, input] of Object.entries(inputs)) {
    input.id = `vb-llm-${name}`;
    input.disabled = fixed.has(name);
    input.value = name === "key" ? "" : settings[name];
  }

  const where = make("p", { class: "vb-llm-where" });
  const keyNote = make("span", {});
  const forget = make("input", { type: "checkbox", id: "vb-llm-forget" });
  const forgetLine = make("label", { class: "vb-llm-check" }, forget, "Remove the kept key");
  const found = make("select", { id: "vb-llm-found", "aria-label": "Models at this address", hidden: true });
  const message = make("p", { class: settings.problem ? "vb-llm-said vb-bad" : "vb-llm-said", role: "status" }, settings.problem);

  function tell() {
    const host = hostOf(inputs.url.value);
    const outside = host && !LOCAL.test(host.hostname);
    const open = outside && host.protocol === "http:" ? " It is not encrypted on the way (http)." : "";
    where.textContent = outside ? `${sent(host.host)} That is another machine: these words leave yours.${open}` : sent("this address");
    where.classList.toggle("vb-llm-warning", Boolean(outside));
    const same = inputs.url.value.trim().replace(/\/+$/, "") === settings.url;
    const kept = settings.has_key && same && !fixed.has("key");
    forgetLine.hidden = !kept;
    keyNote.textContent = fixed.has("key")
      ? `Address and key are set in the environment, ${settings.has_key ? "which gives a key" : "which gives no key"}.`
      : kept
        ? "A key is kept. Leave this empty to go on with it."
        : settings.has_key
          ? "The kept key belongs to the address before and is not sent to this one."
          : "Only where the address asks for one. It is never shown again.";
  }
  inputs.url.addEventListener("input", () => {
    found.hidden = true; // they were another address's
    message.textContent = "";
    tell();
  });
  tell();

  const wanted = () => ({
    url: inputs.url.value,
    model: inputs.model.value,
    key: inputs.key.value || (forget.checked ? "" : null),
    context: Number(inputs.context.value),
    temperature: Number(inputs.temperature.value),
    timeout: Number(inputs.timeout.value),
  });

  async function run(words, work) {
    for (const button of buttons) button.disabled = true;
    message.className = "vb-llm-said vb-working";
    message.textContent = words;
    const held = document.activeElement;
    try {
      message.textContent = (await work()) || "";
      message.classList.remove("vb-working");
    } catch (error) {
      message.className = "vb-llm-said vb-bad";
      message.textContent = error.message;
    }
    for (const button of buttons) button.disabled = false;
    if (held?.isConnected) held.focus();
  }

  const save = make("button", { class: "vb-button vb-primary" }, "Save");
  const test = action("Test", () => box.reportValidity() && run("Asking the model for a word", async () => {
    const { seconds } = await fetchJson(`${ADDRESS}/test`, { method: "POST", sent: wanted() });
    return `${inputs.model.value} answered after ${seconds.toFixed(1)} seconds.`;
  }));
  const list = action("Show models", () => inputs.url.reportValidity() && run("Asking what this address offers", async () => {
    const { models } = await fetchJson(`${ADDRESS}/models`, { method: "POST", sent: wanted() });
    found.replaceChildren(make("option", { value: "" }, "Choose one"), ...models.map((name) => make("option", { value: name }, name)));
    found.value = models.includes(inputs.model.value) ? inputs.model.value : "";
    found.hidden = !models.length;
    return models.length === 1 ? "1 model is there." : `${models.length} models are there.`;
  }));
  list.disabled = false;
  const off = action("Turn off", () => run("Turning it off", async () => {
    draw(await fetchJson(ADDRESS, { method: "DELETE" }), "It is off: answers are made of quotes. Address and key are forgotten.");
    look();
  }));
  off.hidden = fixed.has("url") || !(on || settings.url || settings.problem);
  const buttons = [save, test, list, off];
  found.addEventListener("change", () => {
    if (found.value) inputs.model.value = found.value;
  });
  found.disabled = fixed.has("model");

  const more = make(
    "details",
    {},
    make("summary", {}, "More"),
    make(
      "div",
      { class: "vb-llm-more" },
      line("Context size (tokens)", inputs.context, fixed.has("context") && "Set in the environment."),
      line("Temperature (0 to 2)", inputs.temperature, fixed.has("temperature") && "Set in the environment."),
      line("Time-out (seconds without a word)", inputs.timeout, fixed.has("timeout") && "Set in the environment."),
    ),
  );
  more.addEventListener("invalid", () => (more.open = true), true); // a field that is not shown cannot be pointed at
  const box = make(
    "form",
    { class: "vb-llm-form" },
    make("p", {}, "With a language model, answers are written in sentences. Every quote in them is checked, and what no document proves is marked."),
    line("Address", inputs.url, fixed.has("url") && "Set in the environment."),
    where,
    line("Model", inputs.model, fixed.has("model") && "Set in the environment."),
    make("div", { class: "vb-llm-models" }, list, found),
    line("Key", inputs.key, keyNote),
    forgetLine,
    more,
    message,
    make("div", { class: "vb-buttons" }, save, test, off),
  );
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    run("Saving", async () => {
      draw(await fetchJson(ADDRESS, { method: "PUT", sent: wanted() }), "Saved. Answers are written by this model from now on.");
      look();
    });
  });
  return [box];
}

const field = (type, attributes) => make("input", { type, autocomplete: "off", spellcheck: "false", ...attributes });
const action = (words, onclick) => make("button", { type: "button", class: "vb-button", onclick }, words);

function line(words, input, note) {
  const said = note ? make("span", { class: "vb-llm-note", id: `${input.id}-note` }, note) : null;
  if (said) input.setAttribute("aria-describedby", said.id);
  return make("div", { class: "vb-llm-line" }, make("label", { for: input.id }, words), input, said);
}

function hostOf(address) {
  try {
    return new URL(address.trim());
  } catch {
    return null;
  }
}

// Goes with the question in a hidden field, as the documents chosen do (chat.js): filled before anything can be asked,
// again and again, for Gradio shows the field before it listens to it.
function startQuotes() {
  const box = make("input", { type: "checkbox", id: "vb-quotes-box" });
  const bar = make("label", { id: "vb-quotes", hidden: true }, box, "Quotes only, without the language model");
  box.checked = sessionStorage.getItem(KEPT) === "yes";
  const send = () => fill("#quotes-only", box.checked && !bar.hidden ? "yes" : "");
  box.addEventListener("change", () => sessionStorage.setItem(KEPT, box.checked ? "yes" : "no"));
  document.addEventListener("input", ({ target }) => target.closest?.("#ask") && send());
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, ({ target }) => target.closest?.("#chat") && send(), true);
  const place = () => {
    const ask = document.querySelector("#ask");
    if (ask && bar.parentElement !== ask) ask.append(bar);
  };
  new MutationObserver(place).observe(document.body, { childList: true, subtree: true });
  place();
  return (on) => {
    bar.hidden = !on;
  };
}
