// The form above a view: which stances count. It changes the address, and the address draws the view.

import { h } from "./dom.js";
import { address } from "./state.js";
import { POLARITY, SIDES } from "./labels.js";

/** `extra` are controls of one view: {name, label, options: [[value, text]…]}. */
export function filterForm(state, extra = [], { labels = true } = {}) {
  const { parts, query } = state;
  const form = h("form", { class: "filters", "aria-label": "Which stances count" },
    ...extra.map((control) => field(control.label, select(control.name, control.options, query.get(control.name) ?? control.options[0][0]))),
    field("From", h("input", { type: "date", name: "from", value: (query.get("from") ?? "").slice(0, 10) })),
    field("Before", h("input", { type: "date", name: "to", value: (query.get("to") ?? "").slice(0, 10) })),
    labels && field("Side", select("side", [["", "any"], ...SIDES.map((side) => [side, side])], query.get("side") ?? "")),
    labels && field("Attitude", select("attitude", [["", "any"], ...Object.keys(POLARITY).map((a) => [a, a])], query.get("attitude") ?? "")),
    field("Source", h("input", { name: "source", value: query.get("source") ?? "", placeholder: "any", size: 12 })),
    labels && field("Least confidence", select("min_confidence", [["", "any"], ["0.5", "50 %"], ["0.6", "60 %"], ["0.75", "75 %"], ["0.9", "90 %"]], query.get("min_confidence") ?? "")),
    h("button", { type: "button", class: "quiet", onclick: () => { location.hash = address(parts); } }, "Reset"));
  form.addEventListener("change", () => {
    location.hash = address(parts, Object.fromEntries([...new FormData(form)].filter(([name, value]) => value !== "" && !isDefault(extra, name, value))));
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  return form;
}

function isDefault(extra, name, value) {
  return extra.some((control) => control.name === name && control.options[0][0] === value);
}

function select(name, options, chosen) {
  const element = h("select", { name }, options.map(([value, text]) => h("option", { value }, text)));
  element.value = chosen;
  if (element.selectedIndex < 0) element.selectedIndex = 0;
  return element;
}

function field(label, control) {
  return h("label", {}, h("span", {}, label), control);
}
