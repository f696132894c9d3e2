// Who wants to know of one kind of event, in the order in which they asked.

export type Listener<Event> = (event: Event) => void;

export class Listeners<Event> {
  private readonly listeners = new Set<Listener<Event>>();

  /** @returns what takes the listener back. */
  readonly add = (listener: Listener<Event>): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  tell(event: Event): void {
    for (const listener of [...this.listeners]) listener(event);
  }
}
