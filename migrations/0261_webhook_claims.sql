create index webhook_deliveries_sending on webhook_deliveries (endpoint_id, due_at) where state = 'sending';
