-- What a ticket is found by: folded text, made by protocol::desk::fold in the ticket's own transaction.
-- `public` is what its customer may know; `internal` is what only technicians may.

CREATE TABLE search_doc (
    ticket_id INTEGER NOT NULL PRIMARY KEY REFERENCES ticket (id),
    customer_id INTEGER NOT NULL,
    public TEXT NOT NULL,
    internal TEXT NOT NULL
) STRICT;

-- The index proposes, the column decides. It holds where every three characters are: fewer details make it half as
-- large, and ten times slower for words whose parts are common.
CREATE VIRTUAL TABLE search_index USING fts5 ( -- sqlite
    public, internal, content = 'search_doc', content_rowid = 'ticket_id', -- sqlite
    tokenize = 'trigram case_sensitive 1', columnsize = 0 -- sqlite
); -- sqlite
CREATE TRIGGER search_doc_added AFTER INSERT ON search_doc BEGIN -- sqlite
    INSERT INTO search_index (rowid, public, internal) VALUES (new.ticket_id, new.public, new.internal); -- sqlite
END; -- sqlite
CREATE TRIGGER search_doc_changed AFTER UPDATE ON search_doc BEGIN -- sqlite
    INSERT INTO search_index (search_index, rowid, public, internal) -- sqlite
        VALUES ('delete', old.ticket_id, old.public, old.internal); -- sqlite
    INSERT INTO search_index (rowid, public, internal) VALUES (new.ticket_id, new.public, new.internal); -- sqlite
END; -- sqlite

CREATE EXTENSION IF NOT EXISTS pg_trgm; -- postgres
CREATE INDEX search_public ON search_doc USING gin (public gin_trgm_ops); -- postgres
CREATE INDEX search_internal ON search_doc USING gin (internal gin_trgm_ops); -- postgres
