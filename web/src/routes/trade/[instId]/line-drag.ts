/** Lines of the chart that are moved with a pointer: the pointer takes hold of one, and tells where it was let go. */
import type { CandleChart, Mark } from './candle-chart';

const NEAR_PX = 6;

export interface DragEvents {
  /** Lines there are; those with an id can be moved. */
  marks(): readonly Mark[];
  /** The line `id` is held at `price`; `null` when it was let go where it was. */
  onMove(held: { id: string; price: number } | null): void;
  onDrop(id: string, price: number): void;
}

/** Let lines be moved until the returned function is called. */
export function dragLines(element: HTMLElement, chart: CandleChart, events: DragEvents): () => void {
  let held: { id: string; price: number; fromY: number } | null = null;

  const yOf = (event: PointerEvent) => event.clientY - element.getBoundingClientRect().top;
  const near = (y: number) =>
    events.marks().find(({ id, price }) => {
      const at = id ? chart.yOf(price) : null;
      return at !== null && Math.abs(at - y) <= NEAR_PX;
    });

  function down(event: PointerEvent): void {
    const y = yOf(event);
    const mark = event.button === 0 ? near(y) : undefined;
    if (!mark?.id) return;
    // The chart must not move with it.
    event.stopPropagation();
    event.preventDefault();
    held = { id: mark.id, price: Number(mark.price), fromY: y };
    element.setPointerCapture(event.pointerId);
  }

  function move(event: PointerEvent): void {
    const y = yOf(event);
    if (!held) {
      element.classList.toggle('movable', near(y) !== undefined);
      return;
    }
    event.stopPropagation();
    const price = chart.priceAt(y);
    if (price === null) return;
    held.price = price;
    events.onMove(held);
  }

  function up(event: PointerEvent): void {
    if (!held) return;
    event.stopPropagation();
    const { id, price, fromY } = held;
    const isMoved = event.type === 'pointerup' && Math.abs(yOf(event) - fromY) > 2;
    held = null;
    events.onMove(null);
    if (isMoved) events.onDrop(id, price);
  }

  const heard = [
    ['pointerdown', down],
    ['pointermove', move],
    ['pointerup', up],
    ['pointercancel', up],
  ] as const;
  for (const [name, hear] of heard) element.addEventListener(name, hear, true);
  // The chart hears of the mouse by names of its own.
  const still = (event: Event) => held && event.stopPropagation();
  const mouse = ['mousedown', 'mousemove', 'touchstart', 'touchmove'] as const;
  for (const name of mouse) element.addEventListener(name, still, true);
  return () => {
    for (const [name, hear] of heard) element.removeEventListener(name, hear, true);
    for (const name of mouse) element.removeEventListener(name, still, true);
  };
}
