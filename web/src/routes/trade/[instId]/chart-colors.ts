/** Colors of the theme that holds now, as the chart library reads them. */

export interface Colors {
  buy: string;
  sell: string;
  text: string;
  line: string;
  faint: string;
  surface: string;
  volumeUp: string;
  volumeDown: string;
  accent: string;
  warn: string;
  /** Of lines that stand beside each other. */
  courses: readonly [string, string, string];
}

/** What the colors are at `element`. */
export function colorsOf(element: HTMLElement): Colors {
  // A property keeps the words of both themes; only a color that is used is that of one.
  const color = (name: string) => {
    // Each its own: one that changes would go over from color to color.
    const probe = document.createElement('span');
    probe.style.color = `var(--${name})`;
    element.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  return {
    buy: color('buy'),
    sell: color('sell'),
    text: color('muted'),
    line: color('line'),
    faint: color('faint'),
    surface: color('surface'),
    volumeUp: color('buy-flash'),
    volumeDown: color('sell-flash'),
    accent: color('accent-text'),
    warn: color('warn'),
    courses: [color('course-1'), color('course-2'), color('course-3')],
  };
}
