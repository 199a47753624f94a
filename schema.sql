-- The tables of Resguardo: the authority, written by hand. Databases are made from this file and from nothing else;
-- tests/test_schema.py compares it with the tables in code on both engines.
--
-- One file serves SQLite (3.37 or later) and PostgreSQL (15 or later). intake/schema.py reads it:
--   "-- part: NAME"                          begins a part; a part goes into a database (or schema) of its own
--   "-- only sqlite" / "-- only postgresql"  begins lines that only one engine gets, up to "-- end"
-- A statement ends where a line ends in a semicolon, outside $$ quotes.
--
-- Rules (protocol.md §5, T1, T12):
-- * Keys are random bytes, never counters, so that the order of arrival is not in a key.
-- * SQLite tables are WITHOUT ROWID, or a hidden counter would give that order away; STRICT, or a text passes for a blob.
-- * The key comes first and the large sealed column last: a row that overflows its page keeps the small columns in it.
-- * There is a day ('YYYY-MM-DD', UTC) and never a time.
-- * No foreign key crosses the parts: they stand on different hosts.

-- part: drop
--
-- What the intake leaves for the desk: sealed bytes, days and random identifiers. Nothing links a report to a slot.
-- There are no foreign keys inside the part either: the intake's role could not check one, as it reads no table.

-- only postgresql
-- One name for sealed bytes on both engines.
DO $$ BEGIN
    IF to_regtype('blob') IS NULL THEN CREATE DOMAIN blob AS bytea; END IF;
END $$;
-- end

-- A report as it was filed, until the desk collects it.
CREATE TABLE report (
    id         BLOB    NOT NULL,
    day        TEXT    NOT NULL,
    danger     INTEGER NOT NULL,  -- 1: the reporter chose to say on the outside that there is danger now
    report_age BLOB    NOT NULL,  -- sealed to the case key
    CONSTRAINT report_pkey PRIMARY KEY (id),
    CONSTRAINT report_id_size CHECK (length(id) = 16),
    CONSTRAINT report_day_form CHECK (length(day) = 10 AND day LIKE '____-__-__'),
    CONSTRAINT report_danger_flag CHECK (danger IN (0, 1)),
    CONSTRAINT report_size CHECK (length(report_age) BETWEEN 1 AND 2097152)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- The share files of a report's case key, one for every holder in manifest order, blank or not (protocol.md §3).
CREATE TABLE report_share (
    report_id BLOB    NOT NULL,
    x         INTEGER NOT NULL,
    sealed    BLOB    NOT NULL,
    CONSTRAINT report_share_pkey PRIMARY KEY (report_id, x),
    CONSTRAINT report_share_id_size CHECK (length(report_id) = 16),
    CONSTRAINT report_share_x_range CHECK (x BETWEEN 1 AND 255),
    CONSTRAINT report_share_size CHECK (length(sealed) BETWEEN 1 AND 16384)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- A message from a reporter to a thread. A file is a message: metadata here, its bytes in message_chunk.
CREATE TABLE message (
    id          BLOB NOT NULL,
    day         TEXT NOT NULL,
    thread_id   BLOB NOT NULL,
    kind        TEXT NOT NULL,
    message_age BLOB NOT NULL,  -- sealed to the case key
    CONSTRAINT message_pkey PRIMARY KEY (id),
    CONSTRAINT message_id_size CHECK (length(id) = 16),
    CONSTRAINT message_day_form CHECK (length(day) = 10 AND day LIKE '____-__-__'),
    CONSTRAINT message_thread_id_size CHECK (length(thread_id) = 32),
    CONSTRAINT message_kind_known CHECK (kind IN ('text', 'file', 'consent', 'withdrawal')),
    CONSTRAINT message_size CHECK (length(message_age) BETWEEN 1 AND 2097152)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- The age file of a message of kind file, cut into rows of at most 1 MiB.
CREATE TABLE message_chunk (
    message_id BLOB    NOT NULL,
    number     INTEGER NOT NULL,
    sealed     BLOB    NOT NULL,
    CONSTRAINT message_chunk_pkey PRIMARY KEY (message_id, number),
    CONSTRAINT message_chunk_id_size CHECK (length(message_id) = 16),
    CONSTRAINT message_chunk_number_range CHECK (number >= 0),
    CONSTRAINT message_chunk_size CHECK (length(sealed) BETWEEN 1 AND 1048576)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- What the board answers a thread: one sealed answer of constant size, rewritten in slot rounds.
CREATE TABLE slot (
    thread_id BLOB NOT NULL,
    sealed    BLOB NOT NULL,
    CONSTRAINT slot_pkey PRIMARY KEY (thread_id),
    CONSTRAINT slot_thread_id_size CHECK (length(thread_id) = 32),
    CONSTRAINT slot_size CHECK (length(sealed) = 32768)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- The manifests the intake has started on, so that an older one is refused (protocol.md §2). Manifests are public.
CREATE TABLE seen_manifest (
    board_id BLOB    NOT NULL,
    sequence INTEGER NOT NULL,
    hash     BLOB    NOT NULL,
    CONSTRAINT seen_manifest_pkey PRIMARY KEY (board_id, sequence),
    CONSTRAINT seen_manifest_board_id_size CHECK (length(board_id) = 16),
    CONSTRAINT seen_manifest_sequence_range CHECK (sequence >= 0),
    CONSTRAINT seen_manifest_hash_size CHECK (length(hash) = 32)
)
-- only sqlite
WITHOUT ROWID, STRICT
-- end
;

-- only postgresql
-- Two roles, without login: the operator grants them to the login of the intake and to that of the desk.
-- A plain SELECT would let whoever holds the intake's login list every thread; so the intake reads by functions that
-- want the random id, and the ids are as good as keys (protocol.md §5, T1).
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'resguardo_intake') THEN
        CREATE ROLE resguardo_intake NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'resguardo_desk') THEN
        CREATE ROLE resguardo_desk NOLOGIN;
    END IF;
END $$;

-- The sealed slot of one thread.
CREATE FUNCTION drop_slot(thread bytea) RETURNS bytea
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT sealed FROM slot WHERE thread_id = thread $$;

-- How many reports wait, and the oldest day among them: what an operator needs to see that collection works.
CREATE FUNCTION drop_waiting(OUT reports bigint, OUT oldest text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT count(*), min(day) FROM report $$;

-- SHA-256 over day, danger and the SHA-256 of every part: the proof that a report is stored as it was sent.
CREATE FUNCTION drop_report_digest(report bytea) RETURNS bytea
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT sha256(convert_to(r.day || r.danger, 'UTF8') || sha256(r.report_age) || coalesce(
        (SELECT string_agg(sha256(s.sealed), ''::bytea ORDER BY s.x) FROM report_share s WHERE s.report_id = r.id),
        ''::bytea))
    FROM report r WHERE r.id = report
$$;

-- The same for a message: day and kind, thread, and the SHA-256 of every part.
CREATE FUNCTION drop_message_digest(message bytea) RETURNS bytea
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT sha256(convert_to(m.day || m.kind, 'UTF8') || m.thread_id || sha256(m.message_age) || coalesce(
        (SELECT string_agg(sha256(c.sealed), ''::bytea ORDER BY c.number) FROM message_chunk c WHERE c.message_id = m.id),
        ''::bytea))
    FROM message m WHERE m.id = message
$$;

-- Who may do what. A function, because rewriting makes new tables.
CREATE FUNCTION drop_rights() RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    GRANT INSERT ON report, report_share, message, message_chunk, slot TO resguardo_intake;
    GRANT SELECT, DELETE ON report, report_share, message, message_chunk TO resguardo_desk;
    GRANT SELECT (thread_id), UPDATE (sealed), DELETE ON slot TO resguardo_desk;
$$;

-- Rewrite every table in the order of its key: PostgreSQL keeps the order of arrival in ctid and xmin, and CLUSTER and
-- VACUUM FULL keep xmin (T1). Readers and writers wait meanwhile.
CREATE FUNCTION drop_rewrite() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    name text;
    keys text;
BEGIN
    LOCK TABLE report, report_share, message, message_chunk, slot IN ACCESS EXCLUSIVE MODE;
    FOR name, keys IN VALUES
        ('report', 'id'), ('report_share', 'report_id, x'), ('message', 'id'),
        ('message_chunk', 'message_id, number'), ('slot', 'thread_id')
    LOOP
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', name || '_new', name);
        EXECUTE format('INSERT INTO %I SELECT * FROM %I ORDER BY %s', name || '_new', name, keys);
        EXECUTE format('DROP TABLE %I', name);
        EXECUTE format('ALTER TABLE %I RENAME TO %I', name || '_new', name);
        EXECUTE format('ALTER INDEX %I RENAME TO %I', name || '_new_pkey', name || '_pkey');
    END LOOP;
    PERFORM drop_rights();
END $$;

REVOKE ALL ON FUNCTION drop_slot(bytea), drop_waiting(), drop_report_digest(bytea), drop_message_digest(bytea),
    drop_rights(), drop_rewrite() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION drop_slot(bytea), drop_waiting(), drop_report_digest(bytea), drop_message_digest(bytea)
    TO resguardo_intake;
GRANT EXECUTE ON FUNCTION drop_waiting(), drop_rewrite() TO resguardo_desk;
GRANT SELECT, INSERT ON seen_manifest TO resguardo_intake;
SELECT drop_rights();
-- end

-- part: register
--
-- What the board keeps. Everything about a case is sealed; in clear stand the staff list, random ids and days (T5).

-- part: keys
--
-- Grants, identities and shares: a file of its own, backed up apart for at most 30 days (protocol.md §6).
