/** The box of each element when the pen was last put down on it. */
const boxes = new WeakMap<EventTarget, DOMRect>();

/**
 * Where the pen has been since the last event: shares of the element's width, from the left, and of its height, from the top.
 * A busy page gets one event for several movements, which are all here. (Browsers give them to secure pages only.) The box is
 * that of the moment when the pen was put down: if the page moves under the pen, the stroke keeps its form.
 */
export function positionsOf(event: PointerEvent): readonly (readonly [right: number, down: number])[] {
  const element = event.currentTarget as Element;
  const known = event.type === 'pointerdown' ? undefined : boxes.get(element);
  const box = known ?? element.getBoundingClientRect();
  if (!known) boxes.set(element, box);
  const movements = event.getCoalescedEvents?.() ?? [];
  return (movements.length > 0 ? movements : [event]).map(({ clientX, clientY }) => [
    (clientX - box.left) / box.width,
    (clientY - box.top) / box.height,
  ]);
}
