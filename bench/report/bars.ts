/** A pair of bars. */
export interface Bars {
  readonly label: string;
  readonly ottla: number;
  readonly kafka: number;
}

const [WIDTH, LABEL_WIDTH, VALUE_WIDTH] = [760, 300, 90];
const [BAR_HEIGHT, GAP, TOP] = [12, 12, 40];
const COLORS = { ottla: '#2563eb', kafka: '#9ca3af' } as const;
const BACKGROUND = '#ffffff';

/** An SVG of horizontal bars, two a label, all to one scale from zero. */
export const barChart = (
  title: string,
  rows: readonly Bars[],
  textOf: (value: number) => string,
): string => {
  const most = Math.max(...rows.flatMap(({ ottla, kafka }) => [ottla, kafka]), Number.MIN_VALUE);
  const height = TOP + rows.length * (2 * BAR_HEIGHT + GAP);
  const widthOf = (value: number): number =>
    Math.round((value / most) * (WIDTH - LABEL_WIDTH - VALUE_WIDTH));
  const bar = (system: keyof typeof COLORS, value: number, y: number): string[] => [
    `<rect x="${LABEL_WIDTH}" y="${y}" width="${widthOf(value)}" height="${BAR_HEIGHT}" fill="${COLORS[system]}"/>`,
    `<text x="${LABEL_WIDTH + widthOf(value) + 4}" y="${y + BAR_HEIGHT - 2}">${textOf(value)}</text>`,
  ];
  const lines = rows.flatMap(({ label, ottla, kafka }, at) => {
    const y = TOP + at * (2 * BAR_HEIGHT + GAP);
    return [
      `<text x="${LABEL_WIDTH - 6}" y="${y + BAR_HEIGHT + 4}" text-anchor="end">${escaped(label)}</text>`,
      ...bar('ottla', ottla, y),
      ...bar('kafka', kafka, y + BAR_HEIGHT),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="11">`,
    // What a page says where the picture is not seen.
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="${BACKGROUND}"/>`,
    `<text x="8" y="18" font-size="14">${escaped(title)}</text>`,
    `<text x="${WIDTH - 8}" y="18" text-anchor="end"><tspan fill="${COLORS.ottla}">Ottla</tspan> <tspan fill="${COLORS.kafka}">Kafka</tspan></text>`,
    ...lines,
    '</svg>',
    '',
  ].join('\n');
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
