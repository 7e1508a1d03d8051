// The language model that writes answers: its dialog, and the switch beside the question that leaves it out.

import { fetchJson, iconButton, make } from "/ui/dom.js";
import { putInQuestionBox, sendAlong } from "/ui/gradio_bridge.js";
import { ADDRESS, LanguageModelForm, sentWords } from "/ui/language_model_form.js";

const QUOTES_ONLY = "verbatim-quotes-only";

/** `container` gets the button; `look()` updates the page. Returns `show(status)`. */
export function startLanguageModel(container, look) {
  const state = make("span", { class: "vb-name" });
  const attributes = { type: "button", class: "vb-llm-open", "aria-haspopup": "dialog" };
  const open = make("button", attributes, "Language model", state);
  const dialog = buildDialog(look);
  const showQuotesOnly = startQuotesOnly();
  open.addEventListener("click", dialog.open);
  container.append(open);

  return {
    show({ writer }) {
      const off = writer.problem ? "not working" : "off";
      state.textContent = writer.on ? writer.name : off;
      state.classList.toggle("vb-bad", writer.problem);
      showQuotesOnly(writer.on);
    },
  };
}

function buildDialog(look) {
  const area = make("div", { class: "vb-llm-area" });
  const heading = make("h2", { id: "vb-llm-heading" }, "Language model");
  const header = make(
    "header",
    {},
    heading,
    iconButton("close", "Close", () => dialog.close()),
  );
  const dialog = make("dialog", { id: "vb-llm", "aria-labelledby": heading.id }, header, area);
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape") event.stopPropagation(); // it closes this alone
  });
  document.body.append(dialog);

  function draw(now, said = "") {
    const parts = now.editable ? [new LanguageModelForm(now, { draw, look }).element] : readOnly(now);
    area.replaceChildren(...parts);
    area.querySelector("input:enabled")?.focus();
    if (said) area.querySelector("[role='status']").textContent = said; // told once it is there
  }

  async function open() {
    area.replaceChildren(make("p", { class: "vb-working" }, "Loading the settings"));
    dialog.showModal();
    try {
      draw(await fetchJson(ADDRESS));
    } catch (error) {
      area.replaceChildren(make("p", { class: "vb-bad", role: "alert" }, error.message));
    }
  }

  return { open };
}

/** What those see who may not change the settings. */
function readOnly({ on, problem, name, host, local, why }) {
  const how = on
    ? `Answers are written by ${name} at ${host}.`
    : "Answers consist of quotes; no language model is used.";
  const privacy = on && !local ? sentWords(host) : "";
  const trouble = problem ? "The language model's settings are invalid, so it is not used." : "";
  return [how, privacy, trouble, why].filter(Boolean).map((line) => make("p", {}, line));
}

/** The switch in the question box. Returns `show(on)`: it is there only while a language model writes. */
function startQuotesOnly() {
  const box = make("input", { type: "checkbox", id: "vb-quotes-box" });
  const bar = make("label", { id: "vb-quotes", hidden: true }, box, "Quotes only, without the language model");
  box.checked = sessionStorage.getItem(QUOTES_ONLY) === "yes";
  const send = () => sendAlong("quotes-only", box.checked && !bar.hidden ? "yes" : "");
  box.addEventListener("change", () => {
    sessionStorage.setItem(QUOTES_ONLY, box.checked ? "yes" : "no");
    send();
  });
  putInQuestionBox(bar, "bottom");
  return (on) => {
    bar.hidden = !on;
    send();
  };
}
