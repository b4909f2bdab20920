/**
 * Returns together those who ask for the same at the same time: while one answer is being made, all who come share the next.
 * Nobody is given an answer that was begun before they asked, so nothing is stale; a crowd before one page costs little
 * more than two visitors.
 */
export function sharedAnswers<Answer>(): (key: string, make: () => Promise<Answer>) => Promise<Answer> {
  const underWay = new Map<string, { ended: Promise<void>; next: Promise<Answer> | null }>();

  /** Makes an answer; when it is there, the next one may begin, or nobody waits for one. */
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
