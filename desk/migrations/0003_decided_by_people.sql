-- Forms that are held until somebody at the customer's has confirmed them are kept until a technician decides, and are a
-- task until then. Wrong PINs are counted by day, for the notice that the customer gets of them.

-- The form while it is held, sealed as it came; whose it is; and what a technician decided.
ALTER TABLE intake ADD COLUMN held BLOB;
ALTER TABLE intake ADD COLUMN customer_id INTEGER REFERENCES customer (id);
ALTER TABLE intake ADD COLUMN decided_at INTEGER;
ALTER TABLE intake ADD COLUMN decided_by TEXT;
ALTER TABLE intake ADD COLUMN decided_why TEXT;

-- A task need not be about a ticket: about a form, and whom to call.
ALTER TABLE task ADD COLUMN receipt INTEGER;
ALTER TABLE task ADD COLUMN customer_id INTEGER REFERENCES customer (id);
ALTER TABLE task ADD COLUMN contact_id BLOB REFERENCES contact (id);
CREATE INDEX task_by_receipt ON task (receipt) WHERE receipt IS NOT NULL;

CREATE TABLE failed_pin (
    customer_id INTEGER NOT NULL REFERENCES customer (id),
    day TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    told_at INTEGER,
    PRIMARY KEY (customer_id, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX failed_pin_untold ON failed_pin (day) WHERE told_at IS NULL;
