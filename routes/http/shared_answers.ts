/**
 * Shares one response among concurrent requests for the same resource: all that arrive while a response is being
 * built share the next one. No request gets a response that was started before it arrived, so none is stale. Many
 * requests for one page cost little more than two.
 */
export function sharedAnswers<Answer>(): (key: string, make: () => Promise<Answer>) => Promise<Answer> {
  const underWay = new Map<string, { ended: Promise<void>; next: Promise<Answer> | null }>();

  /** Builds a response. When it is finished, the next one starts if any request waits for it. */
  function begin(key: string, make: () => Promise<Answer>): Promise<Answer> {
    const answer = make();
    const ended = answer.then(() => {}, () => {}).then(() => {
      if (underWay.get(key) === turn && turn.next === null) underWay.delete(key);
    });
    const turn = { ended, next: null as Promise<Answer> | null };
    underWay.set(key, turn);
    return answer;
  }

  return (key, make) => {
    const turn = underWay.get(key);
    if (!turn) return begin(key, make);
    return turn.next ??= turn.ended.then(() => begin(key, make));
  };
}
