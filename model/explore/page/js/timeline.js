// What an actor said of a target over time: polarity as height, shifts between the sides marked, the sentence at each point.

import uPlot from "../vendor/uplot.js";
import { h, show } from "./dom.js";
import { badge, count, date, polarityWords, sign, sure } from "./labels.js";
import { articleLink, link, saveButton } from "./stances.js";

const ROWS = 200; // of the table at first
const TICKS = [[1, "supportive"], [0.5, "conciliatory"], [0, "neutral"], [-0.5, "sceptical"], [-0.8, "opposed"], [-1, "threatening"]];

/** Draw GET /pairs. `onPoint(index)` is called where a point is chosen. */
export function timeline(element, data, { onPoint = () => {} } = {}) {
  const dated = data.points.map((point, index) => ({ ...point, index, t: Date.parse(point.published_at ?? "") / 1000 })).filter((p) => !Number.isNaN(p.t));
  const undated = data.points.length - dated.length;
  const holder = h("div", { class: "chart", role: "img", "aria-label": describe(data, dated) });
  const told = h("p", { class: "soft", "aria-live": "polite" }, dated.length ? "Point at the chart to read the sentence." : "");
  show(element,
    h("header", {}, h("p", { class: "soft kind" }, "Over time"), h("h1", { dir: "auto" }, link("actor", data.actor), " toward ", link("target", data.target)),
      h("p", { class: "soft" }, `${count(data.points.length, "stance")}, ${data.shifts.length ? count(data.shifts.length, "change of side").replace("sides", "side") : "no change of side"}`,
        undated ? `; ${undated} without a date stand in the list only` : "", data.next ? "; the oldest of more, narrow the period for later ones" : "")),
    data.points.length === 0 && h("p", { class: "empty" }, "No stances fit. Widen the period or lower the confidence."),
    data.shifts.length > 0 && h("ol", { class: "shifts" }, data.shifts.map((shift) => h("li", {}, h("strong", {}, date(shift.at)), ": from ", badge(shift.from_attitude), " to ", badge(shift.to_attitude), " ",
      h("q", {}, data.points[shift.index].evidence[0]?.text.trim() ?? "")))),
    dated.length > 1 && [holder, told],
    data.points.length > 0 && table(data));
  if (dated.length > 1) draw(holder, dated, data.shifts, (point) => {
    show(told, date(point.published_at), " ", badge(point.attitude, point.confidence), " ", point.evidence[0]?.text.trim() ?? "");
    onPoint(point.index);
  });
}

function describe(data, dated) {
  if (dated.length < 2) return "Too few dates to draw";
  const [first, last] = [dated[0], dated[dated.length - 1]];
  return `Polarity over time from ${date(first.published_at)} to ${date(last.published_at)}: from ${polarityWords(first.polarity)} to ${polarityWords(last.polarity)}. The table below has every point.`;
}

function draw(holder, points, shifts, tell) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const sides = ["support", "neutral", "oppose"];
  const shifted = new Set(shifts.map((shift) => shift.index));
  const values = sides.map((side) => points.map((p) => (p.side === side ? p.polarity : null)));
  const text = colour("ink"), lines = colour("line");
  const chart = new uPlot({
    width: Math.max(260, holder.clientWidth), height: 260, legend: { show: false }, cursor: { points: { size: 12 }, drag: { x: false, y: false } },
    scales: { x: { time: true, range: (_, from, to) => [from - Math.max(86400, (to - from) * 0.04), to + Math.max(86400, (to - from) * 0.04)] }, y: { range: () => [-1.15, 1.15] } },
    axes: [
      { stroke: text, grid: { stroke: lines }, ticks: { stroke: lines } },
      { stroke: text, grid: { stroke: lines }, ticks: { stroke: lines }, size: 96, splits: () => TICKS.map(([y]) => y), values: () => TICKS.map(([, word]) => word) },
    ],
    series: [{}, { stroke: lines, width: 1, points: { show: false }, spanGaps: true },
      ...sides.map((side) => ({ stroke: colour(side), paths: () => null, points: { show: true, size: points.length > 2000 ? 4 : 9, fill: colour(side), stroke: colour(side) } }))],
    hooks: {
      setCursor: [(u) => { if (u.cursor.idx !== null && u.cursor.idx !== undefined) tell(points[u.cursor.idx]); }],
      draw: [(u) => { // a ring around each change of side
        u.ctx.strokeStyle = text;
        u.ctx.lineWidth = 2 * devicePixelRatio;
        for (const p of points) if (shifted.has(p.index)) {
          u.ctx.beginPath();
          u.ctx.arc(u.valToPos(p.t, "x", true), u.valToPos(p.polarity, "y", true), 9 * devicePixelRatio, 0, 2 * Math.PI);
          u.ctx.stroke();
        }
      }],
    },
  }, [points.map((p) => p.t), points.map((p) => p.polarity), ...values], holder);
  new ResizeObserver(() => chart.setSize({ width: Math.max(260, holder.clientWidth), height: 260 })).observe(holder);
}

function table(data) {
  const shifted = new Set(data.shifts.map((shift) => shift.index));
  const row = (point, index) => h("tr", { class: shifted.has(index) ? "shift" : null },
    h("td", {}, date(point.published_at), shifted.has(index) ? h("span", { class: "soft" }, " change of side") : null),
    h("td", {}, badge(point.attitude, point.confidence)), h("td", {}, sure(point.confidence)),
    h("td", { dir: "auto" }, point.evidence[0]?.text.trim() ?? "", " ", h("span", { class: "soft" }, articleLink(point), point.source ? ` · ${point.source}` : "")));
  const body = h("tbody", {}, data.points.slice(0, ROWS).map(row));
  const rest = data.points.length > ROWS && h("button", { type: "button", class: "quiet", onclick: (event) => {
    body.append(...data.points.slice(ROWS).map((point, i) => row(point, ROWS + i)));
    event.target.remove();
  } }, `Show all ${data.points.length.toLocaleString("en-GB")}`);
  return [h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Every point" }, h("table", { class: "points" },
    h("thead", {}, h("tr", {}, ["Date", "Attitude", "Confidence", "Sentence"].map((t) => h("th", { scope: "col" }, t)))), body)), rest,
    h("p", {}, saveButton(() => data.points, `${data.actor.id}-${data.target.id}.csv`), h("span", { class: "soft" }, ` ${sign("support")} support  ${sign("oppose")} oppose`))];
}
