-- The desk: customers and their people, tickets and what is said and done about them.
--
-- Written for SQLite; src/store/db/dialect.rs makes it PostgreSQL's. Instants are milliseconds since 1970, dates are
-- 'YYYY-MM-DD', flags are 0 or 1, ids are random bytes but for what is counted.

CREATE TABLE counter (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT;
INSERT INTO counter (name, value) VALUES ('customer', 0), ('ticket', 0), ('outbox', 0), ('audit', 0);

CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- Customers and their people.

CREATE TABLE customer (
    id INTEGER NOT NULL PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    maintenance_until TEXT,
    bundesland TEXT NOT NULL,
    working_days TEXT NOT NULL,
    language TEXT NOT NULL,
    naming_rule TEXT,
    managed INTEGER NOT NULL,
    -- What a customer is found by, folded; with its people.
    search TEXT NOT NULL,
    active INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE contact (
    id BLOB NOT NULL PRIMARY KEY,
    salutation TEXT,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    mobile TEXT,
    position TEXT,
    language TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    erased_at INTEGER
) STRICT;

-- A person may belong to several customers, and sees their own tickets or the company's.
CREATE TABLE membership (
    contact_id BLOB NOT NULL REFERENCES contact (id),
    customer_id INTEGER NOT NULL REFERENCES customer (id),
    sees TEXT NOT NULL CHECK (sees IN ('own', 'company')),
    is_main INTEGER NOT NULL,
    PRIMARY KEY (customer_id, contact_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX membership_by_contact ON membership (contact_id);

CREATE TABLE pin (
    id BLOB NOT NULL PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customer (id),
    phc_hash TEXT NOT NULL,
    pepper_id TEXT NOT NULL,
    issued_by TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE INDEX pin_by_customer ON pin (customer_id);

CREATE TABLE link_code (
    code_hash BLOB NOT NULL PRIMARY KEY,
    contact_id BLOB NOT NULL REFERENCES contact (id),
    customer_id INTEGER NOT NULL REFERENCES customer (id),
    issued_by TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;

CREATE TABLE linked_app (
    id BLOB NOT NULL PRIMARY KEY,
    secret_hash BLOB NOT NULL UNIQUE,
    contact_id BLOB NOT NULL REFERENCES contact (id),
    customer_id INTEGER NOT NULL REFERENCES customer (id),
    device TEXT NOT NULL,
    linked_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE INDEX linked_app_by_contact ON linked_app (contact_id);

-- What came in by customer number and PIN. `payload` is there until it is decided on; the row goes after 72 hours.
CREATE TABLE intake (
    receipt INTEGER NOT NULL PRIMARY KEY,
    customer_hmac BLOB NOT NULL,
    network_hmac BLOB NOT NULL,
    at INTEGER NOT NULL,
    payload BLOB,
    outcome TEXT,
    ticket_id INTEGER
) STRICT;
CREATE INDEX intake_waiting ON intake (at) WHERE payload IS NOT NULL;
CREATE INDEX intake_by_customer ON intake (customer_hmac, at);
CREATE INDEX intake_by_network ON intake (network_hmac, at);
CREATE INDEX intake_by_age ON intake (at);

-- Tickets.

CREATE TABLE ticket (
    id INTEGER NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,
    customer_id INTEGER NOT NULL REFERENCES customer (id),
    requester_id BLOB REFERENCES contact (id),
    request_type TEXT NOT NULL,
    channel TEXT NOT NULL,
    auth TEXT NOT NULL,
    receipt INTEGER,
    visibility TEXT NOT NULL CHECK (visibility IN ('requester', 'company')),
    contact TEXT NOT NULL,
    reference TEXT,
    title TEXT NOT NULL,
    severity INTEGER NOT NULL CHECK (severity BETWEEN 1 AND 4),
    severity_source TEXT NOT NULL,
    -- The form as it was filed: protocol::desk::form::Request.
    request TEXT NOT NULL,
    due_on TEXT,
    state TEXT NOT NULL,
    state_since INTEGER NOT NULL,
    is_open INTEGER NOT NULL,
    -- 0 for customers with maintenance, who always go first, and 1 for others.
    precedence INTEGER NOT NULL,
    owner_id INTEGER,
    owner_name TEXT,
    -- Nothing moves when tickets are merged, so that it can be undone.
    merged_into INTEGER REFERENCES ticket (id),
    merged_at INTEGER,
    merged_before TEXT,
    resolution TEXT,
    resolved_at INTEGER,
    reopened INTEGER NOT NULL,
    -- When the customer raised the severity last, unless a technician set it since.
    raised_at INTEGER,
    -- The last event, and the last one that the customer may see.
    last_seq INTEGER NOT NULL,
    last_public_seq INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- When something last happened that the customer may know.
    public_at INTEGER NOT NULL
) STRICT;
CREATE INDEX ticket_queue ON ticket (precedence, severity, id, owner_id, state) WHERE is_open = 1;
CREATE INDEX ticket_by_change ON ticket (updated_at, id);
CREATE INDEX ticket_queue_of_owner ON ticket (owner_id, precedence, severity, id) WHERE is_open = 1;
CREATE INDEX ticket_resolved ON ticket (resolved_at) WHERE state = 'resolved';
CREATE INDEX ticket_by_customer ON ticket (customer_id, public_at, id);
CREATE INDEX ticket_by_requester ON ticket (requester_id, public_at, id);
CREATE INDEX ticket_merged_into ON ticket (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX ticket_by_receipt ON ticket (receipt) WHERE receipt IS NOT NULL;

-- What customers read. What only technicians read is in `note`, so that no query for customers can meet it.
CREATE TABLE message (
    id BLOB NOT NULL PRIMARY KEY,
    ticket_id INTEGER NOT NULL REFERENCES ticket (id),
    body TEXT NOT NULL
) STRICT;
CREATE INDEX message_by_ticket ON message (ticket_id);

CREATE TABLE note (
    id BLOB NOT NULL PRIMARY KEY,
    ticket_id INTEGER NOT NULL REFERENCES ticket (id),
    body TEXT NOT NULL
) STRICT;
CREATE INDEX note_by_ticket ON note (ticket_id);

-- Only ever added to; each hash covers the one before. The words of a message or note are in their table, so that they
-- can be erased; the chain has their hash.
CREATE TABLE ticket_event (
    ticket_id INTEGER NOT NULL REFERENCES ticket (id),
    seq INTEGER NOT NULL,
    id BLOB NOT NULL,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    is_public INTEGER NOT NULL,
    what TEXT NOT NULL,
    body_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (ticket_id, seq)
) STRICT, WITHOUT ROWID;
CREATE VIEW public_event AS
    SELECT ticket_id, seq, id, at, actor_kind, actor_id, actor_name, what FROM ticket_event WHERE is_public = 1;

CREATE TABLE ticket_link (
    a INTEGER NOT NULL REFERENCES ticket (id),
    b INTEGER NOT NULL REFERENCES ticket (id),
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (a, b, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_link_back ON ticket_link (b);

CREATE TABLE time_entry (
    id BLOB NOT NULL PRIMARY KEY,
    ticket_id INTEGER NOT NULL REFERENCES ticket (id),
    technician_id INTEGER NOT NULL,
    technician_name TEXT NOT NULL,
    minutes INTEGER NOT NULL,
    spent_on TEXT NOT NULL,
    billable INTEGER NOT NULL,
    what TEXT,
    session_id BLOB,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX time_entry_by_ticket ON time_entry (ticket_id);

CREATE TABLE remote_session (
    id BLOB NOT NULL PRIMARY KEY,
    ticket_id INTEGER NOT NULL REFERENCES ticket (id),
    technician_id INTEGER NOT NULL,
    technician_name TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    -- protocol::desk::api::session::SessionReport, once it is there.
    report TEXT
) STRICT;
CREATE INDEX remote_session_by_ticket ON remote_session (ticket_id);

-- A file belongs to nobody's ticket until an entry takes it; `uploader` alone may then use it.
CREATE TABLE attachment (
    id BLOB NOT NULL PRIMARY KEY,
    uploader TEXT NOT NULL,
    ticket_id INTEGER REFERENCES ticket (id),
    entry_id BLOB,
    is_public INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    size INTEGER NOT NULL,
    sent_bytes INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    -- Without its key the file is noise: so it is erased.
    blob_key BLOB,
    notes TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX attachment_by_ticket ON attachment (ticket_id);
CREATE INDEX attachment_unused ON attachment (at) WHERE ticket_id IS NULL;
CREATE VIEW public_attachment AS
    SELECT id, ticket_id, entry_id, name, kind, size, sent_bytes, sha256, blob_key, notes, at
    FROM attachment WHERE is_public = 1;

-- Beside the tickets.

CREATE TABLE outbox (
    id INTEGER NOT NULL PRIMARY KEY,
    adapter TEXT NOT NULL,
    ticket_id INTEGER REFERENCES ticket (id),
    contact_id BLOB REFERENCES contact (id),
    seq INTEGER NOT NULL,
    idem_key TEXT NOT NULL UNIQUE,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'leased', 'done', 'dead')),
    attempts INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    leased_until INTEGER,
    last_error TEXT,
    external_id TEXT,
    tasked INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox (adapter, next_at, id) WHERE state IN ('pending', 'leased');
CREATE INDEX outbox_thread ON outbox (ticket_id, contact_id, id);
CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';

CREATE TABLE task (
    id BLOB NOT NULL PRIMARY KEY,
    ticket_id INTEGER REFERENCES ticket (id),
    kind TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    done_at INTEGER,
    done_by TEXT
) STRICT;
CREATE INDEX task_undone ON task (created_at) WHERE done_at IS NULL;
CREATE INDEX task_by_ticket ON task (ticket_id);

CREATE TABLE idempotency_key (
    actor TEXT NOT NULL,
    idem_key TEXT NOT NULL,
    body_hash BLOB NOT NULL,
    outcome TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (actor, idem_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_key_by_age ON idempotency_key (at);

CREATE TABLE read_marker (
    reader TEXT NOT NULL,
    ticket_id INTEGER NOT NULL REFERENCES ticket (id),
    seq INTEGER NOT NULL,
    PRIMARY KEY (reader, ticket_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE presence (
    ticket_id INTEGER NOT NULL REFERENCES ticket (id),
    technician_id INTEGER NOT NULL,
    technician_name TEXT NOT NULL,
    writing INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (ticket_id, technician_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_log (
    id INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL
) STRICT;
