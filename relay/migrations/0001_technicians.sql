-- Who may take the technician's side, and the keys of their devices. Times are seconds since 1970, UTC.
CREATE TABLE technicians (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    login         TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    disabled_at   INTEGER
) STRICT;

CREATE TABLE devices (
    id            BLOB    PRIMARY KEY,
    technician_id INTEGER NOT NULL REFERENCES technicians (id),
    public_key    BLOB    NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX devices_of_technician ON devices (technician_id);

-- Counts up with every change that a running relay must hear of.
CREATE TABLE revision (number INTEGER NOT NULL) STRICT;
INSERT INTO revision (number) VALUES (1);
