// Stances as a list: who, what, how sure, and the sentence.

import { h } from "./dom.js";
import { badge, date, sure } from "./labels.js";
import { address } from "./state.js";

export const link = (kind, entity) => h("a", { href: address([kind, entity.id]), class: "name" }, entity.name);
export const articleLink = (stance) => h("a", { href: address(["article", stance.article_id]) }, stance.title || stance.article_id);

/** A stance with its surest sentence. */
export function stanceItem(stance, { article = true } = {}) {
  const best = [...stance.evidence].sort((a, b) => b.confidence - a.confidence)[0];
  return h("li", { class: "stance" },
    h("p", { class: "who" }, link("actor", stance.actor), " ", badge(stance.attitude, stance.confidence), " ", link("target", stance.target), " ", sure(stance.confidence)),
    best && h("blockquote", {}, best.text.trim(), stance.evidence.length > 1 ? h("span", { class: "soft" }, ` and ${stance.evidence.length - 1} more`) : null),
    article && h("p", { class: "soft" }, articleLink(stance), ` · ${[stance.source, date(stance.published_at)].filter(Boolean).join(" · ")} · `,
      h("a", { href: address(["pair", stance.actor.id, stance.target.id]) }, "over time")));
}

export const stanceList = (stances, options) => h("ol", { class: "stances" }, stances.map((stance) => stanceItem(stance, options)));

/** CSV of stances, a sentence a row, for a spreadsheet: cells that begin like a formula get an apostrophe before them. */
export function csv(stances) {
  const columns = ["article_id", "published_at", "source", "title", "actor", "actor_name", "target", "target_name", "attitude", "side", "confidence", "sentence"];
  const cell = (value) => `"${String(value ?? "").replace(/^(?=[=+\-@\t\r])/, "'").replaceAll('"', '""')}"`;
  const rows = stances.flatMap((s) => s.evidence.map((e) =>
    [s.article_id, s.published_at, s.source, s.title, s.actor.id, s.actor.name, s.target.id, s.target.name, e.attitude, e.side, e.confidence, e.text]));
  return [columns, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

export function saveButton(stances, name) {
  return h("button", { type: "button", class: "quiet", onclick: () => {
    const address = URL.createObjectURL(new Blob([csv(stances())], { type: "text/csv" }));
    h("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  } }, "Save as CSV");
}
