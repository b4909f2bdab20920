alter table file_uploads add column refused_etag text, add column refusal text,
  add constraint file_uploads_refused check ((refused_etag is null) = (refusal is null));
