// A line of polarity over time, small enough to stand in a sentence.

import { svg } from "./dom.js";
import { polarityWords, sideOf } from "./labels.js";

const WIDTH = 96, HEIGHT = 24;

/** `points`: [{at, polarity}] in any order; those without a time are left out. Returns an SVG with a description. */
export function spark(points) {
  const dated = points.filter((p) => p.at).map((p) => ({ t: Date.parse(p.at), y: p.polarity })).filter((p) => !Number.isNaN(p.t)).sort((a, b) => a.t - b.t);
  const y = (polarity) => HEIGHT / 2 - polarity * (HEIGHT / 2 - 3);
  const [first, last] = [dated[0], dated[dated.length - 1]];
  const x = (t) => (last && last.t > first.t ? 3 + ((t - first.t) / (last.t - first.t)) * (WIDTH - 6) : WIDTH / 2);
  const label = dated.length === 0 ? "No dates" : dated.length === 1 ? `One date: ${polarityWords(first.y)}`
    : `${dated.length} points, from ${polarityWords(first.y)} to ${polarityWords(last.y)}`;
  return svg("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, role: "img", "aria-label": label },
    svg("line", { x1: 0, x2: WIDTH, y1: HEIGHT / 2, y2: HEIGHT / 2, class: "axis" }),
    dated.length > 1 ? svg("polyline", { points: thin(dated).map((p) => `${x(p.t).toFixed(1)},${y(p.y).toFixed(1)}`).join(" ") }) : null,
    last ? svg("circle", { cx: x(last.t), cy: y(last.y), r: 3, class: sideOf(last.y) }) : null);
}

/** At most one point a pixel: the mean of those that share it. */
export function thin(points, most = WIDTH) {
  if (points.length <= most) return points;
  const size = points.length / most;
  return Array.from({ length: most }, (_, i) => {
    const part = points.slice(Math.floor(i * size), Math.max(Math.floor(i * size) + 1, Math.floor((i + 1) * size)));
    return { t: part[part.length - 1].t, y: part.reduce((sum, p) => sum + p.y, 0) / part.length };
  });
}
