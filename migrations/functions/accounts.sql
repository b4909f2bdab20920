-- Finds and removes personal data in Stripe's events when an account is erased.

create or replace function without_payer(told jsonb) returns jsonb language plpgsql stable as $$
begin
  case jsonb_typeof(told)
    when 'object' then
      return coalesce((
        select jsonb_object_agg(key, without_payer(value)) from jsonb_each(told)
        where key not in (
          'billing_details', 'collected_information', 'custom_fields', 'customer', 'customer_details', 'customer_email',
          'customer_email_address', 'customer_name', 'customer_purchase_ip', 'customer_signature', 'billing_address',
          'email', 'evidence', 'payment_method', 'payment_method_details', 'phone', 'receipt_email', 'receipt_url',
          'shipping', 'shipping_address', 'shipping_details', 'source'
        )
      ), '{}');
    when 'array' then
      return coalesce((
        select jsonb_agg(without_payer(item) order by place)
        from jsonb_array_elements(told) with ordinality as items(item, place)
      ), '[]');
    else
      return told;
  end case;
end $$;
comment on function without_payer(jsonb) is
  'Returns data from Stripe without anything that identifies the payer, at any depth. Amounts and ids stay.';

create or replace function tells_of_erased(told jsonb) returns boolean language sql stable as $$
  select exists (
    select from orders o left join users u on u.id = o.student_id
    where (u.id is null or u.erased_at is not null) and o.id in (
      select case
        when told #>> '{data,object,metadata,order_id}' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        then (told #>> '{data,object,metadata,order_id}')::uuid
      end
      union all
      select s.order_id from payment_sessions s
      where s.payment_intent_id in (told #>> '{data,object,payment_intent}', told #>> '{data,object,id}')
    )
  )
$$;
comment on function tells_of_erased(jsonb) is
  'Returns whether a Stripe event is about a payment of an erased person. The event names the order, or a payment that '
  'is known to belong to one.';
