-- Where the reconciler left off reading a list of Stripe's, so that a run that is cut short is gone on with.

create table reconciled_lists (
  list text primary key check (list in ('refunds', 'disputes', 'events')),
  read_to text -- the last id that was taken; null: the list was read to its end
);
