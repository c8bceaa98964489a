/**
 * The curves of a report as an SVG picture: x on a logarithmic axis, y from zero, a line a driver and curve.
 *
 * d3-scale finds ticks and places, d3-shape makes paths (ISC, together under 1.5 MB with what they need); libraries that draw whole charts want a
 * browser's document or a canvas (uPlot, Chartist, Plot) or weigh 60 MB (ECharts, Vega).
 */
import { scaleLinear, scaleLog } from "d3-scale";
import { line } from "d3-shape";
import { curvesOf, type Report } from "../measure.js";
import { figure } from "./figures.js";

const width = 760;
const height = 420;
const margin = { top: 40, right: 230, bottom: 48, left: 90 };
// Okabe and Ito's colours, which colour-blind people tell apart.
const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999"];

/** Undefined if the report has no curves. */
export function picture(report: Report): string | undefined {
  const curves = report.rows.flatMap((row) =>
    curvesOf(row).map(([name, points]) => ({ name: `${row.driver}, ${name}`, points })),
  );
  const points = curves.flatMap((curve) => curve.points).filter(([x, y]) => x > 0 && Number.isFinite(y));
  if (report.axes === undefined || points.length === 0) return undefined;
  const xs = points.map(([x]) => x);
  const x = scaleLog([Math.min(...xs), Math.max(...xs)], [margin.left, width - margin.right]);
  const y = scaleLinear([0, Math.max(...points.map(([, y]) => y))], [height - margin.bottom, margin.top]).nice();
  const path = line(
    ([at]) => x(at),
    ([, value]) => y(value),
  );
  const bottom = height - margin.bottom;
  const right = width - margin.right;
  const xTicks = [...new Set(curves.flatMap((curve) => curve.points.map(([at]) => at)))];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    text(margin.left, 20, report.workload, 'font-size="15"'),
    ...y
      .ticks(6)
      .flatMap((tick) => [
        `<path d="M${margin.left},${y(tick)}H${right}" stroke="#dddddd"/>`,
        text(margin.left - 8, y(tick) + 4, figure(tick), 'text-anchor="end"'),
      ]),
    ...xTicks.map((tick) => text(x(tick), bottom + 18, figure(tick), 'text-anchor="middle"')),
    `<path d="M${margin.left},${bottom}H${right}" stroke="black"/>`,
    text((margin.left + right) / 2, height - 8, report.axes.x, 'text-anchor="middle"'),
    text(8, margin.top - 8, report.axes.y),
    ...curves.flatMap(({ name, points }, i) => {
      const colour = colours[i % colours.length] as string;
      const top = margin.top + 18 * i;
      return [
        `<path d="${path(points) ?? ""}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        ...points.map(([at, value]) => `<circle cx="${x(at)}" cy="${y(value)}" r="3" fill="${colour}"/>`),
        `<rect x="${right + 14}" y="${top - 9}" width="10" height="10" fill="${colour}"/>`,
        text(right + 30, top, name),
      ];
    }),
    "</svg>",
    "",
  ].join("\n");
}

function text(x: number, y: number, words: string, attributes = ""): string {
  const escaped = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}" ${attributes}>${escaped}</text>`;
}
