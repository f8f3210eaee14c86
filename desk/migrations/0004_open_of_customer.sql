-- How many tickets of a customer are open stands on every ticket; without this all of them were read to count.
CREATE INDEX ticket_open_of_customer ON ticket (customer_id) WHERE is_open = 1;
