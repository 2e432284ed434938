// Words and signs of stances. Polarities are the guidelines' (model/labels.py; a test compares them).

import { h } from "./dom.js";

export const POLARITY = {
  supportive: 1, conciliatory: 0.5, neutral: 0, ambivalent: 0, concerned: -0.3, demanding: -0.4,
  sceptical: -0.5, critical: -0.6, opposed: -0.8, defiant: -0.9, threatening: -1,
};
export const SIDES = ["support", "oppose", "neutral"];
export const UNSURE = 0.6; // below it a stance is said to be uncertain, and drawn lighter
const SIGNS = { support: "+", oppose: "−", neutral: "·" };
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

export const sideOf = (polarity) => (polarity > 0 ? "support" : polarity < 0 ? "oppose" : "neutral");
export const sign = (side) => SIGNS[side];

/** The class of a polarity's colour: strong or mild support, neutral, mild or strong opposition. */
export function tint(polarity) {
  const side = sideOf(polarity);
  return side === "neutral" ? "neutral" : `${side} ${Math.abs(polarity) >= 0.7 ? "strong" : "mild"}`;
}

export function percent(p) {
  return `${Math.round(p * 100)} %`;
}

export function date(iso) {
  const found = iso ? new Date(iso) : null;
  return found && !Number.isNaN(found.getTime()) ? DATE.format(found) : "no date";
}

export function count(n, noun) {
  return `${n.toLocaleString("en-GB")} ${noun}${n === 1 ? "" : "s"}`;
}

export function polarityWords(polarity) {
  if (Math.abs(polarity) < 0.15) return "balanced or neutral";
  return `${Math.abs(polarity) >= 0.6 ? "strongly " : ""}${polarity > 0 ? "in support" : "in opposition"}`;
}

/** "− opposed", with its colour. */
export function badge(attitude, confidence = 1) {
  const side = sideOf(POLARITY[attitude]);
  return h("span", { class: `badge ${tint(POLARITY[attitude])}${confidence < UNSURE ? " unsure" : ""}` },
    h("span", { "aria-hidden": "true" }, `${sign(side)} `), attitude);
}

/** How sure: a short bar and the number; in words where it is low. */
export function sure(confidence) {
  return h("span", { class: "sure" },
    h("span", { class: "bar", "aria-hidden": "true" }, h("span", { style: { width: percent(confidence) } })),
    h("span", {}, percent(confidence), confidence < UNSURE ? " · uncertain" : ""), h("span", { class: "hidden" }, " confidence"));
}
